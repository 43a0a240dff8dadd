"""Skill of the network on ln tau over the power law of porosity: what it sees in the voxels beyond porosity.

    python tests/scale/network_skill.py [--volumes 300] [--edge 64] [--seeds 3] [--epochs 40] [--threads 2]

Anisotropic Gaussian random fields; a quarter of the volumes is held out, a fifth of the rest stops the training early.
Skill = 1 - SSE(network) / SSE(power law) on ln tau of the held-out volumes; each seed deals and trains anew.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass

import numpy as np

from poregrove.features import describe
from poregrove.models import registry
from poregrove.models.base import Columns, FitContext, Rows, TrainingData
from poregrove.pipelines.simulate.microstructures import gaussian_random_field

TAU = "tortuosity_factor_z"
HELD_OUT, STOPPED_ON = 0.25, 0.2


class Packed:
    """Masks of one shape, bit-packed as the network reads them."""

    def __init__(self, masks):
        self.shape = masks[0].shape
        self._bits = [np.packbits(mask, axis=-1) for mask in masks]

    def __len__(self):
        return len(self._bits)

    def read(self, index):
        """One mask, bit-packed along its last axis."""
        return self._bits[index]


@dataclass(frozen=True)
class Fields:
    """Rows of distinct volumes with their porosity, and ln tau."""

    rows: Rows
    ln_tau: np.ndarray


def fields(volumes: int, edge: int, seed: int = 0) -> Fields:
    """Percolating fields with porosities of .25 to .65, lengths of 2 to 5 voxels stretched by up to 2 along each axis."""
    rng = np.random.default_rng(seed)
    masks, porosity, tau = [], [], []
    while len(masks) < volumes:
        stretch = tuple(2.0 ** rng.uniform(-1, 1, 3))
        mask = gaussian_random_field(
            (edge,) * 3, rng.uniform(0.25, 0.65), rng.uniform(2, 5), stretch, seed=int(rng.integers(2**31))
        )
        values = describe(mask, columns=[TAU])
        if np.isfinite(values[TAU]):
            masks.append(mask)
            porosity.append(mask.mean())
            tau.append(values[TAU])
    rows = Rows(
        np.array(porosity, np.float32)[:, None],
        np.zeros((0, 0), np.float32),
        np.arange(volumes, dtype=np.int32),
        np.full(volumes, -1, np.int32),
        Columns(("porosity",)),
        Packed(masks),
    )
    return Fields(rows, np.log(tau).astype(np.float32))


def skills(found: Fields, seed: int, threads: int, **settings: object) -> tuple[float, float, float]:
    """Skill of the network over the power law on held-out volumes, R2 of the network, R2 of the law."""
    rank = np.random.default_rng(seed).permutation(len(found.rows)) / len(found.rows)
    test = rank < HELD_OUT
    valid = ~test & (rank < HELD_OUT + STOPPED_ON * (1 - HELD_OUT))
    train = ~test & ~valid
    law = registry.create("power-law").fit(
        TrainingData(found.rows.take(~test), found.ln_tau[~test]), None, FitContext()
    )
    voxels = Rows(  # the network is not told the porosity
        np.zeros((len(found.rows), 0), np.float32),
        found.rows.designs,
        found.rows.volume,
        found.rows.design,
        Columns(),
        found.rows.volumes,
    )
    y = found.ln_tau
    network = registry.create("cnn", **settings).fit(
        TrainingData(voxels.take(train), y[train]),
        TrainingData(voxels.take(valid), y[valid]),
        FitContext(seed=seed, threads=threads),
    )
    total = np.sum((y[test] - y[test].mean()) ** 2)
    sse = [
        np.sum((model.predict(rows.take(test)).y - y[test]) ** 2)
        for model, rows in ((network, voxels), (law, found.rows))
    ]
    return 1 - sse[0] / sse[1], 1 - sse[0] / total, 1 - sse[1] / total


def main() -> None:
    """Print the skill of each seed and their mean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("volumes", 300), ("edge", 64), ("seeds", 3), ("epochs", 40), ("members", 1), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    began = time.perf_counter()
    found = fields(options.volumes, options.edge)
    say = sys.stdout.write
    say(f"{options.volumes} fields of {options.edge}^3, ln tau {found.ln_tau.min():.2f} to {found.ln_tau.max():.2f}, ")
    say(f"{time.perf_counter() - began:.0f} s\n")
    results = []
    for seed in range(options.seeds):
        began = time.perf_counter()
        results.append(skills(found, seed, options.threads, members=options.members, epochs=options.epochs))
        skill, network, law = results[-1]
        say(
            f"seed {seed}: skill {skill:.3f} (R2 {network:.3f} against {law:.3f}), {time.perf_counter() - began:.0f} s\n"
        )
    say(f"mean skill {np.mean([skill for skill, _, _ in results]):.3f}\n")


if __name__ == "__main__":
    main()
