"""The transport columns: what they add up to, and how often the solver is asked."""

import math

import numpy as np
import pytest

from poregrove.features import AXES, describe
from poregrove.features.backends.cpu import CpuBackend
from poregrove.features.backends.cpu.diffusion import solve_diffusion


@pytest.fixture
def solved(monkeypatch):
    """The settings of every call of the solver."""
    calls = []

    def counting(_, masks, axis, *, spanning, **settings):
        calls.append((bool(masks[0][0, 0, 0]), axis, settings["keep_throughput"]))
        return [solve_diffusion(masks[0], axis, spanning=spanning[0], **settings)]

    monkeypatch.setattr(CpuBackend, "solve_diffusion", counting)
    return calls


def row(volume, **options):
    return describe(volume, device="cpu", **options)


def test_the_four_parts_of_the_pores_add_up_to_the_porosity(random_volume):
    values = row(random_volume)
    for phase, whole in (("", values["porosity"]), ("_solid", 1 - values["porosity"])):
        for axis in AXES:
            parts = ("conducting", "stagnant", "one_sided", "isolated")
            assert sum(values[f"{part}_porosity{phase}_{axis}"] for part in parts) == pytest.approx(whole, abs=1e-12)
            assert values[f"dead_end_porosity{phase}_{axis}"] == pytest.approx(
                values[f"stagnant_porosity{phase}_{axis}"] + values[f"one_sided_porosity{phase}_{axis}"], abs=1e-12
            )


def test_the_tortuosity_factors_are_porosity_over_diffusivity(random_volume):
    values = row(random_volume)
    for axis in AXES:
        relative = values[f"relative_diffusivity_{axis}"]
        if relative == 0.0:
            assert math.isnan(values[f"tortuosity_factor_{axis}"])
            continue
        assert values[f"tortuosity_factor_{axis}"] * relative == pytest.approx(values["porosity"])
        percolating = values[f"percolating_porosity_{axis}"]
        assert values[f"tortuosity_factor_percolating_{axis}"] * relative == pytest.approx(percolating)


def test_the_solid_conducts_as_the_pores_of_the_complement_do(random_volume):
    plain, other = row(random_volume), row(~random_volume)
    for axis in AXES:
        assert plain[f"relative_conductivity_solid_{axis}"] == other[f"relative_diffusivity_{axis}"]


def test_a_dead_end_is_stagnant_and_the_channel_conducts():
    volume = np.zeros((10, 9, 9), bool)
    volume[:, 2:4, 2:4] = True
    volume[4:6, 2:4, 4:8] = True
    volume[0, 8, 8] = volume[5, 7, 1] = True
    values = row(volume)
    assert values["isolated_porosity_z"] * volume.size == pytest.approx(1)
    assert values["one_sided_porosity_z"] * volume.size == pytest.approx(1)
    # the branch is 16 voxels: its mouth carries a part of the flux, its far half none
    assert 8 <= values["stagnant_porosity_z"] * volume.size <= 14
    assert values["dead_end_porosity_z"] == pytest.approx(values["stagnant_porosity_z"] + 1 / volume.size)


def test_an_even_flow_has_a_hundredth_in_its_top_hundredth():
    channels = np.zeros((10, 30, 30), bool)
    channels[:, ::3, ::3] = True
    values = row(channels, columns=["flux_share_top_z", "stagnant_porosity_z"])
    assert values["flux_share_top_z"] == pytest.approx(0.01, rel=1e-4)
    assert values["stagnant_porosity_z"] == 0.0


def test_a_neck_concentrates_the_flux():
    volume = np.ones((21, 20, 20), bool)
    volume[10] = False
    volume[10, 9:11, 9:11] = True
    values = row(volume, columns=["flux_share_top_z"])
    assert values["flux_share_top_z"] > 0.1


def test_each_phase_and_axis_is_solved_once_for_all_columns(solved):
    volume = np.random.default_rng(1).random((14, 15, 16)) < 0.6
    volume[0, 0, 0] = True
    row(volume)
    assert sorted(solved) == sorted((phase, axis, True) for phase in (True, False) for axis in range(3))


def test_the_throughput_is_not_kept_where_nobody_asks_for_shares(solved):
    volume = np.random.default_rng(1).random((14, 15, 16)) < 0.6
    volume[0, 0, 0] = True
    row(volume, columns=["tortuosity_factor_y", "relative_diffusivity_y", "diffusion_converged_y"])
    assert solved == [(True, 1, False)]


def test_a_solver_that_gives_up_leaves_no_number(monkeypatch, caplog):
    def impatient(_, masks, axis, *, spanning, **settings):
        return [solve_diffusion(masks[0], axis, spanning=spanning[0], max_iterations=1, **settings)]

    monkeypatch.setattr(CpuBackend, "solve_diffusion", impatient)
    values = row(np.random.default_rng(1).random((20, 21, 22)) < 0.6, tiers=("transport",))
    assert values["diffusion_converged_z"] == 0.0
    undefined = (
        "relative_diffusivity",
        "tortuosity_factor",
        "conducting_porosity",
        "dead_end_porosity",
        "flux_share_top",
    )
    assert all(math.isnan(values[f"{name}_z"]) for name in undefined)
    assert "did not converge" in caplog.text
