import dataclasses

import numpy as np
import pandas as pd
import pytest

from poregrove.features import describe
from poregrove.features.volumes import Volume, digest
from poregrove.schema import TargetSpec

TAU = TargetSpec("tau", "strength", descriptor="tortuosity_factor_z", derivable="transport")


@pytest.fixture
def solved(clean):
    """Descriptors of the clean volumes, the three axes apart, as ``features`` holds them."""
    rng = np.random.default_rng(5)
    axes = {
        f"tortuosity_factor_{axis}": rng.uniform(low, low + 0.5, 24)
        for axis, low in zip("zyx", (1.5, 2.5, 4.0), strict=True)
    }
    porosity = clean.volumes["porosity_voxels"].to_numpy()
    return pd.DataFrame({"volume_digest": clean.volumes["volume_digest"], **axes, "porosity": porosity})


def _with(evidence, features):
    return dataclasses.replace(evidence, features=features)


def test_the_declared_axis_is_no_finding_within_three_percent(own, solved, counts):
    given = solved["tortuosity_factor_z"].to_numpy() * 1.02
    assert "tau_mismatch" not in counts(_with(own(target=TAU, strength=given), solved))


def test_another_axis_is_named_with_how_far_the_declared_one_is_off(own, solved, findings):
    given = solved["tortuosity_factor_x"].to_numpy()
    found = findings(_with(own(target=TAU, strength=given), solved))["tau_mismatch"]
    assert found.count == 24
    assert "24 hold the factor along axis 2 (tortuosity_factor_x)" in found.message
    off = np.median(np.abs(solved["tortuosity_factor_z"] / given - 1))
    assert f"off by {100 * off:.3g} %" in found.message


def test_a_value_that_changes_with_a_column_names_the_column(own, solved, findings):
    mean = solved.filter(like="tortuosity").mean(axis=1)
    given = np.where(np.arange(24) % 2 == 0, solved["tortuosity_factor_z"], mean)
    found = findings(_with(own(target=TAU, strength=given), solved))["tau_mismatch"]
    assert found.count == 12
    assert (
        "It follows the column grade: a: factor along axis 0 (tortuosity_factor_z); b: mean of the three axes."
        in found.message
    )


def test_what_is_none_of_them_is_said(own, solved, findings):
    found = findings(_with(own(target=TAU, strength=np.full(24, 50.0) + np.arange(24)), solved))["tau_mismatch"]
    assert "24 hold the value of none of them" in found.message


def test_without_descriptors_a_few_volumes_are_solved(own, findings):
    """Channels along the last axis alone: that way 1, the others closed or long."""
    rng = np.random.default_rng(0)
    masks = {name: _layers(rng, axis=2) for name in (f"volume_{number:02d}.tif" for number in range(24))}
    volumes = {name: Volume(mask, None, digest(mask, None), "1", float("nan")) for name, mask in masks.items()}
    given = [
        describe(volumes[name], columns=["tortuosity_factor_x"], device="cpu")["tortuosity_factor_x"]
        for name in volumes
    ]
    evidence = dataclasses.replace(own(target=TAU, strength=np.array(given)), open_volume=volumes.__getitem__)
    found = findings(evidence)["tau_mismatch"]
    assert "hold the factor along axis 2 (tortuosity_factor_x)" in found.message
    assert " 0 agree" in found.message


def _layers(rng, axis):
    """Mostly open along ``axis``, with walls across the others that leave small gates."""
    mask = np.ones((12, 12, 12), bool)
    for other in {0, 1, 2} - {axis}:
        walls = np.moveaxis(mask, other, 0)
        walls[4] = rng.random(walls[4].shape) < 0.5
    return mask
