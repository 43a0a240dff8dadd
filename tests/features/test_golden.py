"""The golden table: what every column is on two fixed volumes, so that no number changes unnoticed.

It fails both ways: a column without a line, a line without a column. A value that changes on purpose
takes a higher version in its declaration, and a new table: ``python tests/features/test_golden.py``.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from poregrove.features import describe, descriptors

TABLE = Path(__file__).with_name("golden.json")
TIERS = ("morphology", "transport")
# solvers stop at a tolerance; the last are shares of voxels above a flux, and some of them lie close to it
CLOSE = {"morphology": {"rel": 1e-6, "abs": 1e-9}, "transport": {"rel": 2e-4, "abs": 1e-4}}
COUNTED, COUNTED_CLOSE = ("conducting_porosity", "stagnant_porosity", "dead_end_porosity"), {"abs": 1e-3}


def volumes():
    """Whole-number arithmetic only, so that they are the same on every machine."""
    places = np.indices((26, 30, 34))
    random = np.random.default_rng(20261122)
    centres, radii = random.integers(0, 34, (70, 3)), random.integers(3, 6, 70)
    solid = np.zeros(places.shape[1:], bool)
    for centre, radius in zip(centres, radii, strict=True):
        solid |= ((places - centre.reshape(3, 1, 1, 1)) ** 2).sum(axis=0) <= radius**2
    return {
        "spheres": ~solid,
        "stripes and noise": ((places[0] // 4 + places[2] // 7) % 2 == 0) ^ (random.random(solid.shape) < 0.1),
    }


def current():
    rows = {name: describe(volume, tiers=TIERS, device="cpu") for name, volume in volumes().items()}
    return {
        column.name: {
            "version": column.version,
            **{name: None if math.isnan(row[column.name]) else row[column.name] for name, row in rows.items()},
        }
        for column in descriptors(TIERS)
    }


def test_every_column_has_its_line_and_every_line_its_column():
    assert set(json.loads(TABLE.read_text())) == {column.name for column in descriptors(TIERS)}


def test_no_number_changes_without_a_new_version():
    golden, found = json.loads(TABLE.read_text()), current()
    tiers = {column.name: column.tier for column in descriptors(TIERS)}
    for name, line in golden.items():
        assert found[name]["version"] == line["version"], f"{name} has a new version: write a new table"
        close = COUNTED_CLOSE if name.startswith(COUNTED) else CLOSE[tiers[name]]
        for volume in volumes():
            before, now = line[volume], found[name][volume]
            assert (before is None) == (now is None), f"{name} on {volume}: {before} became {now}"
            assert before is None or now == pytest.approx(before, **close), f"{name} on {volume}"


if __name__ == "__main__":
    TABLE.write_text(json.dumps(current(), indent=1) + "\n")
