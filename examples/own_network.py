"""Train a network of your own on the files of ``poregrove folds``: python own_network.py FOLDS predictions.parquet."""

import argparse
import copy
import time
from pathlib import Path

import numpy as np
import pandas as pd
import tifffile
import torch
from torch import nn

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("folds", type=Path)
parser.add_argument("out", type=Path)
parser.add_argument("--target", default="projected_cycle_life")
parser.add_argument("--epochs", type=int, default=150)
options, began, found = parser.parse_args(), time.perf_counter(), []
rows, folds = (pd.read_parquet(options.folds / f"{name}.parquet") for name in ("rows", "folds"))
about, rows = rows.attrs, rows[rows[options.target].notna()].set_index("row")
folds, place = folds[folds["row"].isin(rows.index)], pd.Series(range(len(rows)), rows.index)
image, names = pd.factorize(rows["filename"])
masks = [np.isin(tifffile.imread(Path(about["images"], name)), about["pore"]) for name in names]
voxels = torch.stack([nn.functional.adaptive_avg_pool3d(torch.tensor(mask)[None].float(), 16) for mask in masks])
logs = np.log10(rows[about["inputs"]])
x = torch.tensor(((logs - logs.mean()) / logs.std().clip(1e-6)).fillna(0).to_numpy(np.float32))
y, image = torch.tensor(rows[options.target].to_numpy(np.float32)), torch.tensor(image)


class Network(nn.Module):
    """Two convolutions over 16^3 means of the voxels, joined to the scalars."""

    def __init__(self) -> None:
        super().__init__()
        layers = [nn.Conv3d(1, 8, 3), nn.ReLU(), nn.MaxPool3d(2), nn.Conv3d(8, 16, 3), nn.ReLU()]
        self.see = nn.Sequential(*layers, nn.AdaptiveAvgPool3d(1), nn.Flatten())
        self.decide = nn.Sequential(nn.Linear(16 + x.shape[1], 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, at: torch.Tensor) -> torch.Tensor:
        """Predictions of the rows at these positions; each image is seen once."""
        distinct, which = image[at].unique(return_inverse=True)
        return self.decide(torch.cat([self.see(voxels[distinct])[which], x[at]], dim=1))[:, 0]


for key, own in folds[~folds["shares_with_validation"]].groupby(["regime", "repeat", "fold"], observed=True):
    fit, valid, test = (place[own["row"][own["part"] == part]].to_list() for part in ("train", "validation", "test"))
    centre, spread, network, least, best = y[fit].mean(), y[fit].std(), Network(), np.inf, None
    adam = torch.optim.Adam(network.parameters(), 1e-2)
    for _ in range(options.epochs):
        adam.zero_grad()
        (network(fit) - (y[fit] - centre) / spread).square().mean().backward()
        adam.step()
        error = (network(valid) * spread + centre - y[valid]).square().mean().item() if len(valid) else 0.0
        least, best = (error, copy.deepcopy(network)) if error <= least else (least, best)
    values = {"row": rows.index[test], "y_pred": (best(test) * spread + centre).detach().numpy()}
    found.append(pd.DataFrame(values | dict(zip(("regime", "repeat", "fold"), key, strict=True))))
table = pd.concat(found).assign(target=options.target, folds_digest=about["folds_digest"])
table.attrs = {"parameters": sum(w.numel() for w in best.parameters()), "seconds_fit": time.perf_counter() - began}
table.to_parquet(options.out)
