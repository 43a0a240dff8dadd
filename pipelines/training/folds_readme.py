"""README of exported folds: the format, and a runnable example in PyTorch."""

from __future__ import annotations

from collections.abc import Sequence

from ...schema import BUILT_IN, REGIME_BY_NAME, Contract
from .folds_table import FoldsSummary

EXAMPLE = """\
import pandas as pd, tifffile, torch

TARGET, rows, folds = "{target}", pd.read_parquet("rows.parquet"), pd.read_parquet("folds.parquet")
inputs, digest, done = rows.attrs["inputs"], rows.attrs["folds_digest"], []
rows = rows[rows[TARGET].notna()].reset_index(drop=True)
image, names = pd.factorize(rows["filename"])
voxels = [tifffile.imread(f"{images}/{{name}}"){coarse} {pore} for name in names]
voxels, image = torch.stack([torch.tensor(mask)[None].float() for mask in voxels]), torch.tensor(image)
x = torch.tensor((rows[inputs] / rows[inputs].max()).fillna(0).to_numpy("float32"))
y = torch.tensor(rows[TARGET].to_numpy("float32"))
folds = folds[folds["row"].isin(rows["row"])]
for (regime, repeat, fold), part in folds.groupby(["regime", "repeat", "fold"], observed=True):
    train, test = (torch.tensor(rows.index[rows["row"].isin(part["row"][part["part"].isin(of)])])
                   for of in (["train", "validation"], ["test"]))
    see = torch.nn.Sequential(torch.nn.Conv3d(1, 8, 3, 2), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool3d(2), torch.nn.Flatten())
    decide, centre, spread = torch.nn.Linear(64 + len(inputs), 1), y[train].mean(), y[train].std()
    network = lambda i: decide(torch.cat([see(voxels[image[i]]), x[i]], 1))[:, 0] * spread + centre
    adam = torch.optim.Adam([*see.parameters(), *decide.parameters()], 3e-3)
    for some in torch.randint(len(train), ({steps}, 32)):
        adam.zero_grad()
        (((network(train[some]) - y[train[some]]) / spread) ** 2).mean().backward()
        adam.step()
    found = dict(target=TARGET, regime=regime, repeat=repeat, fold=fold, y_pred=network(test).detach())
    done.append(pd.DataFrame(found).assign(row=rows["row"].to_numpy()[test], folds_digest=digest))
pd.concat(done).to_parquet("predictions.parquet")
"""
"""Trains a small network on every fold, on all that may be trained on; no early stopping, so no validation part."""

_STEPS = 200
_SHOWN = 5
_COARSE = 4
"""Every so manieth voxel is seen."""


def folds_readme(
    summary: FoldsSummary,
    images: str,
    pore: Sequence[int] | None,
    pores: Sequence[str],
    targets: Sequence[str],
    *,
    contract: Contract = BUILT_IN,
    steps: int = _STEPS,
) -> str:
    """The text: what the files hold, how predictions are handed in, and the example.

    ``images`` is the folder of the volumes, ``pore`` their grey values that are pore, where they are the same in all, else
    ``pores`` says what there is.
    """
    trainings = "\n".join(
        f"| `{name}` | {REGIME_BY_NAME[name].label} | {REGIME_BY_NAME[name].meaning} | {counts['cell']} | {counts['volume']} |"
        for name, counts in summary.folds.items()
    )
    without = "".join(f"\nNo folds under `{name}`: {reason}.\n" for name, reason in summary.without.items())
    units = "\n".join(
        f"| `{name}` | {contract.target(name).unit} | {contract.target(name).meaning} |" for name in targets
    )
    example = EXAMPLE.format(
        target=targets[0],
        images=images,
        coarse=f"[::{_COARSE}, ::{_COARSE}, ::{_COARSE}]",
        pore=f"== {pore[0]}" if pore and len(pore) == 1 else "> 0",
        steps=steps,
    )
    phase = (
        f'Pore is where a voxel is {" or ".join(map(str, pore))} (`rows.attrs["pore"]`)'
        if pore
        else f"What is pore differs from volume to volume ({', '.join(pores[:_SHOWN])}): see the audit"
    )
    return f"""# Folds

Written by `poregrove folds`. Train your network on them anywhere, write its predictions to a file, and enter it:

```
poregrove compare DATA --out RUN --entry "My net=predictions.parquet"
poregrove enter RUN "My net=predictions.parquet"      # into a run that is there
```

Folds digest: `{summary.digest}`. It names these data and these folds; put it into the column `folds_digest` of your
predictions, and nothing else can be taken for them.

## `rows.parquet`

{summary.n_rows} rows: `row` (the key), `kind`, `sample_id`, `param_id`, `filename` (below `{images}`),
`volume_digest`, the design scalars, the targets. `kind` is `cell` (one design in one volume) or `volume` (a distinct
volume with the targets that depend on it alone): train for the two apart, their folds differ. {phase}. pandas
reads the names of the inputs as `rows.attrs["inputs"]`, the folder of the volumes as `rows.attrs["images"]`.

| target | unit | meaning |
| --- | --- | --- |
{units}

## `folds.parquet`

`regime`, `repeat`, `fold`, `row`, `part`. Each (regime, repeat, fold) is one training of your own, from scratch:

- `train` and `validation` together are all that may be trained on, in any way;
- `validation` is a suggestion for early stopping, the very rows on which the built-in network stops. Where the test rows
  are new in volume and design it is a block of both, and training rows that share either with it have
  `shares_with_validation`: leave them out while you stop early;
- `test` are the rows to predict. Look at none of their targets, nor at anything learned from them.

| regime | | test rows have | trainings on cells | on volumes |
| --- | --- | --- | --: | --: |
{trainings}
{without}
You need not serve them all: a regime, a repeat or a target that is missing is left out of the comparison. A fold that
is there must be whole.

## Predictions

Parquet or CSV, one file or a folder of files, a line for each (target, regime, repeat, fold, row):

| column | what |
| --- | --- |
| `target`, `regime`, `repeat`, `fold`, `row` | as in the tables above: every `test` row whose target is not null, once |
| `y_pred` | in the unit of the target |
| `y_lo`, `y_hi` | optional: a 90 % interval |
| `folds_digest` | optional: `{summary.digest}` |

A JSON file of the same name (`predictions.json`; in a folder `entry.json`) may add `label`, `kind` (`network`, `booster`,
`linear`, `law`, `ensemble` or `other`), `reference`, `device`, `parameters`, `seconds_fit` and `seconds_predict` (of all trainings together).
To show what the image adds, train once more without it and hand both in:
`--entry "My net=with.parquet" --entry "My net:without-image=without.parquet"`.

## Example

Run it in this folder. It needs pandas, pyarrow, tifffile and PyTorch, and nothing of poregrove.

```python
{example}```
"""
