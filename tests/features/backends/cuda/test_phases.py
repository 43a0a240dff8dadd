"""Phases, voxels that are no cubes and periodic sides on a device, its kernels executed on the CPU: a direct solution, the CPU twin."""

import numpy as np
import pytest
from scipy import ndimage

from poregrove.features.backends.cpu import CpuBackend
from poregrove.features.backends.cpu.diffusion import solve_diffusion as diffusion_on_cpu
from poregrove.features.backends.cpu.diffusion import solve_phases as on_cpu
from poregrove.features.backends.cuda import CudaBackend
from poregrove.features.backends.cuda.diffusion import solve_diffusion, solve_phases
from poregrove.features.backends.cuda.diffusion.phases import log
from poregrove.pipelines.bench.reference import reference_conductivity

WITHIN = 2e-5
SIDES = [(), ("y",), ("y", "x"), ("z",), ("z", "x"), ("z", "y", "x")]


def three_phases(shape, seed):
    field = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(shape), 1.5, mode="wrap")
    return np.digitize(field, np.quantile(field, [0.35, 0.7])).astype(np.uint8)


@pytest.fixture
def plain(make_device):
    """NumPy arrays and threads in order: what is compared with numbers runs fastest so."""
    return make_device(strictly=False)


def solve(device, phases, conductivity, axis, **settings):
    ways = np.ones(np.shape(phases), bool)
    return solve_phases(
        device,
        device.upload(np.asarray(phases)),
        np.asarray(conductivity),
        axis,
        spanning=device.upload(ways),
        **settings,
    )


def periodic_along(names):
    return tuple(axis in names for axis in "zyx")


@pytest.mark.parametrize("seed", range(12))
def test_phases_against_the_direct_solution_and_the_cpu(plain, seed):
    random = np.random.default_rng(seed)
    shape = tuple(int(length) for length in random.integers(2, 14, 3))
    labels, axis = three_phases(shape, seed), seed % 3
    conductivity = np.array([1.0, 10.0 ** random.uniform(-4, 0), 10.0 ** random.uniform(-4, 0)])
    settings = {
        "edges": tuple(float(edge) for edge in random.permutation([1.0, 2.0, 3.0])),
        "periodic": periodic_along(SIDES[seed % len(SIDES)]),
    }
    (found,) = solve(plain, labels[None], conductivity, axis, rescued=False, **settings)
    twin = on_cpu(labels, conductivity, axis, spanning=np.ones(shape, bool), **settings)
    assert found.converged
    assert found.relative_diffusivity == pytest.approx(
        reference_conductivity(conductivity[labels], axis, **settings), rel=WITHIN
    )
    assert found.relative_diffusivity == pytest.approx(twin.relative_diffusivity, rel=2 * WITHIN)
    assert found.fraction == pytest.approx(twin.fraction)
    assert found.spanning_fraction == twin.spanning_fraction


def test_every_device_and_every_order_of_threads_gives_the_same(device, make_device):
    """Odd lengths, so that cells come between the last and the first on some levels."""
    labels = np.stack([three_phases((9, 14, 11), seed) for seed in (1, 2)])
    settings = {"periodic": (True, False, True), "edges": (1.0, 2.0, 1.0)}
    ours, more = solve(device, labels, [1.0, 0.2, 0.05], 2, **settings)
    theirs, others = solve(make_device("forwards"), labels, [1.0, 0.2, 0.05], 2, **settings)
    assert ours.relative_diffusivity == theirs.relative_diffusivity
    assert more.relative_diffusivity == others.relative_diffusivity
    (alone,) = solve(device, labels[1:], [1.0, 0.2, 0.05], 2, **settings)
    assert alone.relative_diffusivity == more.relative_diffusivity


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("periodic", [(), ("y", "x"), ("z", "y", "x")])
def test_the_fields_are_those_of_the_cpu(plain, axis, periodic):
    labels = three_phases((9, 12, 10), 5)
    ways = np.ones(labels.shape, bool)
    settings = {
        "edges": (1.0, 2.0, 3.0),
        "periodic": periodic_along(periodic),
        "keep_fields": True,
        "keep_throughput": True,
        "tolerance": 1e-9,
        "flux_spread": 1e-4,
    }
    conductivity = np.array([1.0, 0.5, 0.2])
    (found,) = solve(plain, labels[None], conductivity, axis, **settings)
    twin = on_cpu(labels, conductivity, axis, spanning=ways, **settings)
    for name in ("flux", "throughput"):
        field, other = plain.download(getattr(found, name))[0], getattr(twin, name)
        assert field == pytest.approx(other, abs=2e-3 * float(np.abs(other).max()))
    deviation = plain.download(found.deviation)[0] - twin.deviation
    # the potential of a volume that nothing holds is known up to a constant
    assert deviation - deviation.mean() * periodic_along(periodic)[axis] == pytest.approx(0.0, abs=5e-3)


@pytest.mark.parametrize("axis", range(3))
def test_one_phase_in_voxels_that_are_no_cubes(device, axis):
    mask = three_phases((11, 13, 10), 7) > 0
    labels, _ = ndimage.label(mask)
    both = np.intersect1d(labels.take(0, axis), labels.take(-1, axis))
    ways = np.isin(labels, both[both > 0])
    (found,) = solve_diffusion(
        device,
        device.upload(mask[None]),
        axis,
        spanning=device.upload(ways[None]),
        edges=(1.0, 2.0, 3.0),
        keep_throughput=True,
    )
    twin = diffusion_on_cpu(mask, axis, edges=(1.0, 2.0, 3.0))
    truth = reference_conductivity(ways.astype(float), axis, edges=(1.0, 2.0, 3.0))
    assert found.relative_diffusivity == pytest.approx(truth, rel=5e-5)
    assert found.relative_diffusivity == pytest.approx(twin.relative_diffusivity, rel=1e-4)
    assert found.fraction == twin.fraction
    assert device.download(found.throughput)[0].sum() == pytest.approx(ways.sum(), rel=1e-5)


def test_volumes_through_which_nothing_flows_and_what_does_not_span(plain):
    labels = np.ones((3, 6, 5, 4), np.uint8)
    ways = np.ones(labels.shape, bool)
    ways[0], ways[1, :, 2:] = False, False
    found = solve_phases(
        plain, plain.upload(labels), np.array([0.0, 2.0]), 0, spanning=plain.upload(ways), keep_fields=True
    )
    assert [result.relative_diffusivity for result in found] == pytest.approx([0.0, 0.8, 2.0], rel=1e-6)
    assert [result.fraction for result in found] == [2.0, 2.0, 2.0]
    assert found[0].flux is None
    assert not plain.download(found[1].flux)[0][:, :, 2:].any()


def test_a_single_periodic_layer_conducts_as_its_mean(device):
    labels = three_phases((1, 6, 5), 3)
    (found,) = solve(device, labels[None], [1.0, 0.5, 0.2], 0, periodic=(True, True, False), keep_fields=True)
    assert found.relative_diffusivity == pytest.approx(np.array([1.0, 0.5, 0.2])[labels].mean(), rel=1e-6)
    assert device.download(found.flux)[0][0] == pytest.approx(np.array([1.0, 0.5, 0.2])[labels], rel=1e-5)


def test_what_the_device_does_not_settle_is_solved_on_the_cpu(device, caplog):
    labels = three_phases((12, 13, 11), 9)
    with caplog.at_level("INFO", logger=log.name):
        (found,) = solve(device, labels[None], [1.0, 1e-3, 1e-4], 1, max_iterations=3, keep_throughput=True)
    twin = on_cpu(labels, np.array([1.0, 1e-3, 1e-4]), 1, spanning=np.ones(labels.shape, bool), keep_throughput=True)
    assert found.relative_diffusivity == twin.relative_diffusivity
    assert np.array_equal(device.download(found.throughput)[0], twin.throughput)
    assert "solved on the CPU" in caplog.text
    (given_up,) = solve(device, labels[None], [1.0, 1e-3, 1e-4], 1, max_iterations=3, rescued=False)
    assert np.isnan(given_up.relative_diffusivity)


@pytest.mark.parametrize("axis", range(3))
def test_sides_have_the_numbers_of_the_components(device, axis):
    masks = np.random.default_rng(3).random((2, 5, 6, 7)) < 0.5
    ours, theirs = CudaBackend(device), CpuBackend()
    batch, other = ours.batch(list(masks)), theirs.batch(list(masks))
    found = ours.sides(batch, ours.components(batch), axis)
    wanted = theirs.sides(other, theirs.components(other), axis)
    for pair, twin in zip(found, wanted, strict=True):
        for side, same in zip(pair, twin, strict=True):
            assert np.array_equal(side, same)
    for mask, (low, high) in zip(masks, wanted, strict=True):
        labels, _ = ndimage.label(mask)
        assert np.array_equal(low, labels.take(0, axis) - 1)
        assert np.array_equal(high, labels.take(-1, axis) - 1)
