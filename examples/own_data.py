"""Compare models on data of your own: other inputs, other targets, one CSV file.

    python examples/own_data.py FOLDER

makes 40 volumes of 20^3 voxels with 6 loads each and a table with four inputs and two targets of names that
nothing knows, then does what the command line does with

    poregrove init FOLDER --out FOLDER/contract.toml --targets strength,permeability
    poregrove audit FOLDER --contract FOLDER/contract.toml
    poregrove compare FOLDER --contract FOLDER/contract.toml --out FOLDER/run
"""
# ruff: noqa: T201  a script prints

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import tifffile

from poregrove.pipelines import (
    ComparisonSettings,
    Settings,
    StudySettings,
    audit,
    compare,
    init_contract,
)

VOLUMES, LOADS, EDGE = 40, 6, 20


def make_data(folder: Path) -> None:
    """Write images/ and table.csv: foams whose strength falls with their porosity and the load on them."""
    rng = np.random.default_rng(0)
    (folder / "images").mkdir(parents=True)
    loads = [(rng.uniform(1, 9), 10 ** rng.uniform(-6, -3), rng.choice(["dry", "wet"])) for _ in range(LOADS)]
    with (folder / "table.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(
            ["specimen", "filename", "load_kN", "rate_s", "surroundings", "annealed", "permeability", "strength_MPa"]
        )
        for number in range(VOLUMES):
            porosity, annealed = rng.uniform(0.3, 0.7), bool(number % 2)
            solid = rng.random((EDGE, EDGE, EDGE)) > porosity
            tifffile.imwrite(folder / "images" / f"foam_{number:02d}.tif", solid.astype(np.uint8) * 200)
            for load, rate, surroundings in loads:
                strength = (
                    80 * (1 - porosity) ** 2 + 2 * np.log10(rate) - load + 5 * annealed - 6 * (surroundings == "wet")
                )
                row = [number, f"foam_{number:02d}.tif", f"{load:.3f}", f"{rate:.3e}", surroundings, annealed]
                table.writerow([*row, f"{porosity**3:.5f}", f"{strength + rng.normal():.3f}"])


def main(folder: Path) -> None:
    """Make the data, guess their contract, audit and compare."""
    make_data(folder)
    contract = folder / "contract.toml"
    to_edit = init_contract(folder, contract, targets=["strength*", "permeability"])
    print(f"{contract}: nothing to edit" if not to_edit else f"edit {', '.join(to_edit)} in {contract}")
    for finding in audit(folder, contract=contract, workers=1):
        print(f"{finding.severity}: {finding.message}")
    quick = Settings(
        comparison=ComparisonSettings(models=("mean", "ridge"), repeats=1, intervals=(), bootstrap=500),
        study=StudySettings(importance=False, ablation=False, learning_curves=False, costs=False),
    )
    run = compare(folder, folder / "run", contract=contract, settings=quick, device="cpu", workers=1)
    print(run.report)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
