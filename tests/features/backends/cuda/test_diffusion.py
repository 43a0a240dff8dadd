"""The diffusion solver of the CUDA back end, its kernels executed on the CPU: closed forms, a float64 solution, its CPU twin."""

import os
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from poregrove.features.backends.cpu.diffusion import solve_diffusion as on_cpu
from poregrove.features.backends.cuda.diffusion import bytes_needed, solve_diffusion
from poregrove.features.backends.cuda.diffusion.grid import Grid, threads_for
from poregrove.features.backends.cuda.diffusion.levels import inverted
from poregrove.pipelines.bench.reference import reference_diffusivity

OF_THE_TRUTH = 5e-5
OF_THE_TWIN = 1e-4


def smooth(shape, porosity, length, seed):
    field = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(shape), length / 2, mode="wrap")
    return field < np.quantile(field, porosity)


def slanted_strip():
    strip = np.zeros((20, 21, 21), bool)
    for z in range(20):
        strip[z, z : z + 2, z : z + 2] = True
    return strip


VOLUMES = {
    "bulky": smooth((32, 26, 29), 0.45, 6.0, 1),
    "odd and even": smooth((31, 24, 18), 0.35, 4.0, 2),
    "near the threshold": smooth((30, 40, 35), 0.17, 4.0, 3),
    "white noise": np.random.default_rng(4).random((23, 26, 19)) < 0.36,
    "dense white noise": np.random.default_rng(5).random((21, 32, 17)) < 0.6,
    "flat": smooth((3, 45, 40), 0.5, 4.0, 6),
    "one voxel thick": smooth((1, 30, 30), 0.4, 4.0, 7),
    "one voxel wide": smooth((40, 41, 1), 0.7, 3.0, 8),
    "long": smooth((90, 12, 9), 0.5, 4.0, 9),
    "all pore": np.ones((9, 4, 6), bool),
    "all solid": np.zeros((4, 5, 6), bool),
    "one voxel": np.ones((1, 1, 1), bool),
}


@pytest.fixture
def plain(make_device):
    """NumPy arrays and threads in order: what is compared with numbers runs fastest so."""
    return make_device(strictly=False)


def spanning(mask, axis):
    labels, _ = ndimage.label(mask)
    both = np.intersect1d(np.take(labels, 0, axis), np.take(labels, -1, axis))
    return np.isin(labels, both[both > 0])


def solve(device, masks, axis, **settings):
    masks = np.asarray(masks)
    ways = np.stack([spanning(mask, axis) for mask in masks])
    return solve_diffusion(device, device.upload(masks), axis, spanning=device.upload(ways), **settings)


@pytest.mark.parametrize("name", VOLUMES)
@pytest.mark.parametrize("axis", range(3))
def test_the_diffusivity_is_that_of_the_converged_solution_and_of_the_cpu(plain, name, axis):
    mask = VOLUMES[name]
    (found,), twin = solve(plain, [mask], axis), on_cpu(mask, axis)
    assert found.converged
    assert found.relative_diffusivity == pytest.approx(reference_diffusivity(mask, axis), rel=OF_THE_TRUTH, abs=0.0)
    assert found.relative_diffusivity == pytest.approx(twin.relative_diffusivity, rel=OF_THE_TWIN, abs=0.0)
    assert (found.fraction, found.spanning_fraction) == (twin.fraction, twin.spanning_fraction)


@pytest.mark.parametrize("axis", range(3))
def test_the_slanted_strip(plain, axis):
    (found,) = solve(plain, [np.moveaxis(slanted_strip(), 0, axis)], axis)
    assert found.tortuosity == pytest.approx(451 / 60, rel=1e-5)


def test_straight_channels_have_the_diffusivity_of_their_porosity(plain):
    section = np.random.default_rng(0).random((13, 11)) < 0.4
    (found,) = solve(plain, [np.repeat(section[None], 17, axis=0)], 0)
    assert found.relative_diffusivity == pytest.approx(section.mean(), rel=1e-6)
    assert found.relative_diffusivity <= section.mean()


def test_the_outer_faces_lie_half_a_voxel_outside(plain):
    """A chain of n voxels that turns one corner of m: n - 1 + m unit resistors and two halves."""
    n, m = 6, 3
    chain = np.zeros((n, m + 1, 1), bool)
    chain[: n // 2, 0] = chain[n // 2 - 1, :] = chain[n // 2 - 1 :, m] = True
    (found,) = solve(plain, [chain], 0)
    assert found.relative_diffusivity == pytest.approx(n / (m + 1) / (n + m), rel=1e-6)


@pytest.mark.parametrize("cells", [1, 4, 7, 18])
def test_the_matrix_of_the_last_level_is_inverted_row_by_row(plain, cells):
    """Several rows a launch, to the last bit what a row a launch gives; and the inverse."""
    random = np.random.default_rng(cells)
    half = random.random((2, cells, cells))
    matrices = half @ half.swapaxes(1, 2) + np.eye(cells)
    wanted = matrices.copy()
    for inverse in wanted:
        for k in range(cells):
            old = inverse.copy()
            inverse[...] = old - np.outer(old[:, k], old[k]) / old[k, k]
            inverse[k], inverse[:, k] = old[k] / old[k, k], -old[:, k] / old[k, k]
            inverse[k, k] = 1.0 / old[k, k]
    assert np.array_equal(inverted(plain, plain.upload(matrices)), wanted)
    assert wanted == pytest.approx(np.linalg.inv(matrices), rel=1e-8, abs=1e-10)


def test_a_volume_without_a_path_conducts_exactly_nothing(plain):
    blocked = np.ones((6, 5, 4), bool)
    blocked[3] = False
    found = solve(plain, [blocked, ~blocked, blocked | True], 0)
    assert [result.relative_diffusivity for result in found] == [0.0, 0.0, 1.0]
    assert [result.converged for result in found] == [True] * 3
    assert np.isnan(found[0].tortuosity)


def test_every_device_and_every_order_of_threads_gives_the_same(device, make_device):
    masks = np.stack([VOLUMES["white noise"], ~VOLUMES["white noise"]])
    (ours, more), (theirs, others) = solve(device, masks, 1), solve(make_device("forwards"), masks, 1)
    assert ours.relative_diffusivity == theirs.relative_diffusivity
    assert more.relative_diffusivity == others.relative_diffusivity
    assert np.array_equal(ours.plane_fluxes, theirs.plane_fluxes)


def test_a_volume_does_not_know_what_batch_it_is_in(plain):
    """Volumes of a batch stop one by one; none changes after that, and sums are added in the same order."""
    masks = np.random.default_rng(1).random((5, 12, 14, 13)) < np.array([0.4, 0.95, 0.2, 0.6, 1.0])[:, None, None, None]
    together = solve(plain, masks, 2)
    alone = [solve(plain, [mask], 2)[0] for mask in masks]
    assert [result.relative_diffusivity for result in together] == [result.relative_diffusivity for result in alone]
    assert [result.iterations for result in together] == [result.iterations for result in alone]
    assert len({result.iterations for result in together}) > 2


def test_the_host_waits_once_in_a_few_steps_and_no_more(make_device):
    device = make_device()
    (found,) = solve(device, [VOLUMES["white noise"]], 0)
    # the counts, the start, one look every few steps, the end of the round
    assert found.iterations > 20
    assert device.counts["waits"] <= 3 + -(-found.iterations // 2)


@pytest.mark.parametrize(("name", "steps"), [("bulky", 6), ("dense white noise", 9), ("long", 8)])
def test_the_cycle_is_a_good_preconditioner(plain, name, steps):
    """Steps do not change the result, only its cost, which no other test sees."""
    assert solve(plain, [VOLUMES[name]], 0)[0].iterations <= steps


def test_what_is_copied_to_the_device_and_back_is_small(make_device):
    device = make_device()
    solve(device, np.stack([VOLUMES["bulky"]] * 2), 1)
    # masks and ways of this test, then state, tolerance and limit of the only round
    assert device.counts["uploads"] == 2 + 3


def test_a_solver_that_runs_out_of_iterations_says_so(plain):
    (found,) = solve(plain, [VOLUMES["white noise"]], 0, max_iterations=3, rescued=False)
    assert not found.converged
    assert found.iterations == 3
    assert np.isnan(found.relative_diffusivity)
    assert np.isnan(found.tortuosity)


def test_a_volume_that_the_device_does_not_settle_is_solved_on_the_cpu(device, caplog):
    masks = [VOLUMES["white noise"], np.ones_like(VOLUMES["white noise"])]
    with caplog.at_level("INFO"):
        hard, easy = solve(device, masks, 2, max_iterations=3, keep_throughput=True)
    twin = on_cpu(masks[0], 2, keep_throughput=True)
    assert hard.converged
    assert hard.relative_diffusivity == twin.relative_diffusivity
    assert hard.iterations == 3 + twin.iterations
    assert np.array_equal(device.download(hard.throughput)[0], twin.throughput)
    assert easy.relative_diffusivity == 1.0
    assert [record.getMessage() for record in caplog.records if "on the CPU" in record.getMessage()] == [
        caplog.records[0].getMessage()
    ]


def test_a_winding_channel_is_solved_where_aggregates_mislead(plain):
    """A path of n voxels: n - 1 unit resistors and two halves."""
    channel = np.zeros((23, 21, 3), bool)
    channel[1::2, :, 1] = True
    channel[2::4, -1, 1] = channel[0::4, 0, 1] = True
    channel[-1] = False
    channel[-1, -1, 1] = True
    (found,) = solve(plain, [channel], 0)
    assert found.relative_diffusivity == pytest.approx(23 / (21 * 3) / channel.sum(), rel=1e-5)


def test_rounding_is_solved_away_where_more_is_asked_for(plain):
    (found,) = solve(plain, [VOLUMES["near the threshold"]], 0, tolerance=1e-9, flux_spread=1e-4)
    assert found.converged
    assert found.flux_spread <= 1e-4
    assert len(found.plane_fluxes) == 31
    assert found.plane_fluxes.mean() == pytest.approx(found.relative_diffusivity, rel=1e-5)


@pytest.mark.parametrize("axis", range(3))
def test_the_throughput_is_that_of_the_cpu(device, axis):
    mask = VOLUMES["odd and even"]
    settings = {"tolerance": 1e-8, "flux_spread": 1e-3, "keep_throughput": True}
    (found,), twin = solve(device, [mask], axis, **settings), on_cpu(mask, axis, **settings)
    (throughput,) = device.download(found.throughput)
    assert throughput == pytest.approx(twin.throughput, abs=2e-3 * float(twin.throughput.max()))
    assert throughput.sum() == pytest.approx(spanning(mask, axis).sum(), rel=1e-5)
    assert not throughput[~mask].any()


@pytest.mark.parametrize("axis", [0, 2])
@pytest.mark.parametrize("name", ["cathode_nmc_128", "sandstone_berea_128"])
def test_crops_of_imaged_volumes(plain, name, axis):
    root = os.environ.get("POREGROVE_REFERENCE")
    if root is None:
        pytest.skip("POREGROVE_REFERENCE names no folder with the reference data")
    tifffile = pytest.importorskip("tifffile")
    image = tifffile.imread(Path(root, "volumes", f"{name}.tif"))
    masks = np.stack([image[20:60, 30:70, 40:80] == value for value in (0, image.max())])
    for mask, found in zip(masks, solve(plain, masks, axis), strict=True):
        assert found.relative_diffusivity == pytest.approx(reference_diffusivity(mask, axis), rel=OF_THE_TRUTH, abs=0.0)


def test_threads_are_whole_blocks_and_do_not_depend_on_the_batch():
    assert threads_for(1) == 256
    assert threads_for(128**3) == 2**16
    assert Grid(1, (40, 50, 60)).threads == Grid(64, (40, 50, 60)).threads


def test_the_memory_that_a_volume_needs_is_what_it_is_given(make_device, monkeypatch):
    """All that is allocated for a batch of two, counted, lies within what is said to be needed."""
    taken = []
    device = make_device(strictly=False)
    real = device.xp.zeros
    monkeypatch.setattr(np, "zeros", lambda *args, **kwargs: taken.append(real(*args, **kwargs)) or taken[-1])
    mask = VOLUMES["bulky"]
    ways = np.stack([mask, mask])
    solve_diffusion(device, ways, 0, spanning=ways)
    monkeypatch.undo()
    assert sum(array.nbytes for array in taken) <= 2 * bytes_needed(mask.shape)
