"""The network tier, where PoreSpy is installed, and what is said where it is not."""

import math
import sys

import numpy as np
import pytest

from poregrove.errors import MissingExtraError
from poregrove.features import describe, descriptors

NAMES = [column.name for column in descriptors(["network"])]


def test_without_porespy_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "porespy", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'poregrove\[network\]'"):
        describe(np.indices((4, 4, 4)).sum(axis=0) % 2 == 0, tiers=["network"], device="cpu")


@pytest.fixture
def porespy():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("porespy")


@pytest.mark.usefixtures("porespy")
def test_a_row_of_chambers_is_a_chain_of_pores():
    chambers = np.zeros((9, 9, 36), bool)
    for start in range(1, 36, 9):
        chambers[1:8, 1:8, start : start + 7] = True
    chambers[4, 4, 1:-1] = True
    row = describe(chambers, tiers=["network"], device="cpu", voxel_size=2.0)
    size = chambers.size * 8.0
    assert row["pore_density"] * size == pytest.approx(4)
    assert row["throat_density"] * size == pytest.approx(3)
    assert row["coordination_number_mean"] == pytest.approx(1.5)
    assert row["throat_length_mean"] == pytest.approx(18.0, rel=0.1)
    assert row["throat_diameter_mean"] < row["pore_diameter_mean"]


@pytest.mark.usefixtures("porespy")
def test_voxels_that_are_no_cubes_are_cut_into_them():
    chambers = np.zeros((9, 5, 18), bool)
    for start in range(1, 18, 9):
        chambers[1:8, 1:4, start : start + 7] = True
    chambers[4, 2, 1:-1] = True
    cut = describe(np.repeat(chambers, 2, axis=1), tiers=["network"], device="cpu", voxel_size=1e-7)
    found = describe(chambers, tiers=["network"], device="cpu", voxel_size=(1e-7, 2e-7, 1e-7))
    assert found == pytest.approx(cut, rel=1e-12, nan_ok=True)
    assert found["pore_density"] > 0
    odd = describe(chambers, tiers=["network"], device="cpu", voxel_size=(1e-7, 1.5e-7, 1e-7))
    assert all(map(math.isnan, odd.values()))


@pytest.mark.usefixtures("porespy")
def test_degenerate_volumes_have_a_defined_row(degenerate):
    columns = {column.name: column for column in descriptors(["network"])}
    for name, value in describe(degenerate[1], tiers=["network"], device="cpu").items():
        column = columns[name]
        assert math.isnan(value) or column.low <= value <= column.high, name
        assert not math.isnan(value) or column.undefined, name


@pytest.mark.usefixtures("porespy")
def test_the_same_volume_gives_the_same_numbers(random_volume):
    first, second = (describe(random_volume, columns=NAMES, device="cpu") for _ in range(2))
    assert first == pytest.approx(second, rel=0, abs=0, nan_ok=True)
