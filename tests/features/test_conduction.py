"""Phases with conductivities of their own, voxels that are no cubes and periodic sides: closed forms, a direct solution, peers."""

import os
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from poregrove.errors import SettingsError, VolumeError
from poregrove.features import conduction_fields, describe, effective_conductivity, effective_tensor
from poregrove.features.backends.cpu.diffusion import solve, solve_diffusion, solve_phases
from poregrove.features.backends.cpu.diffusion.lattice import Lattice
from poregrove.features.backends.cpu.diffusion.network import Network
from poregrove.pipelines.bench.reference import reference_conductivity, reference_diffusivity

ROUNDING = 1e-6
WITHIN = 2e-5
"""Relative error of phases whose conductivities differ up to 1e4 times."""
WITHIN_OF_ONE_PHASE = 1e-4
"""The same of one phase in voxels that are no cubes."""
SIDES = [(), ("y",), ("y", "x"), ("z",), ("z", "x"), ("z", "y", "x")]


def smooth(shape, length, seed):
    noise = np.random.default_rng(seed).standard_normal(shape)
    return ndimage.gaussian_filter(noise, length / 2, mode="wrap") if length else noise


def three_phases(shape, length, seed):
    field = smooth(shape, length, seed)
    return np.digitize(field, np.quantile(field, [0.35, 0.7]))


def effective(labels, conductivities, axis="z", **options):
    return effective_conductivity(labels, conductivities, axis, device="cpu", **options).conductivity


def checkers(cells, width):
    """Squares of so many voxels, so many along z and y, one layer along x."""
    z, y, _ = np.indices((cells * width, cells * width, 1)) // width
    return (z + y) % 2


@pytest.mark.parametrize("edges", [None, 2e-7, (3e-7, 1e-7, 2e-7)])
def test_layers_in_series_and_side_by_side(edges):
    layers = np.arange(12).reshape(12, 1, 1) // 3 % 2 * np.ones((1, 5, 4), int)
    conductivities = {0: 1.0, 1: 10.0}
    for axis, (place, expected) in {"z": (0, 20 / 11), "y": (1, 5.5), "x": (2, 5.5)}.items():
        assert effective(layers, conductivities, axis, voxel_size=edges) == pytest.approx(expected, rel=ROUNDING)
        turned = np.moveaxis(layers, 0, place)
        assert effective(turned, conductivities, axis) == pytest.approx(20 / 11, rel=ROUNDING)


@pytest.mark.parametrize("contrast", [3.0, 1e4])
def test_checkers_of_one_voxel_whose_faces_are_all_alike(contrast):
    """Every face joins the two, so the medium is a grid of equal resistors."""
    cubes = np.indices((6, 4, 8)).sum(axis=0) % 2
    found = effective(cubes, {0: 1.0, 1: contrast}, "y", periodic=("z", "y", "x"))
    assert found == pytest.approx(2 * contrast / (1 + contrast), rel=ROUNDING)
    tensor = effective_tensor(cubes, {0: 1.0, 1: contrast}, device="cpu").tensor
    assert tensor == pytest.approx(np.eye(3) * 2 * contrast / (1 + contrast), rel=ROUNDING, abs=ROUNDING)


def test_larger_checkers_converge_to_the_geometric_mean_from_below():
    """Keller 1964: sqrt(k1 k2) in two dimensions. Faces at the corners conduct by the harmonic mean, which is too little."""
    found = [effective(checkers(2, width), {0: 1.0, 1: 10.0}, periodic=("z", "y")) for width in (1, 2, 4, 8, 16, 32)]
    errors = 1.0 - np.array(found) / 10**0.5
    assert (errors > 0.0).all()
    assert (np.diff(errors) < 0.0).all()
    assert errors[-1] < 0.05


@pytest.mark.parametrize("seed", range(12))
def test_phases_against_the_direct_solution(seed):
    random = np.random.default_rng(seed)
    shape = tuple(int(length) for length in random.integers(2, 14, 3))
    labels = three_phases(shape, float(random.choice([0.0, 3.0])), seed)
    conductivity = np.array([1.0, 10.0 ** random.uniform(-4, 0), 10.0 ** random.uniform(-4, 0)])
    edges = tuple(float(edge) for edge in random.permutation([1.0, 2.0, 3.0]))
    sides = SIDES[seed % len(SIDES)]
    periodic = tuple(axis in sides for axis in "zyx")
    axis = seed % 3
    truth = reference_conductivity(conductivity[labels], axis, edges=edges, periodic=periodic)
    found = effective(
        labels, dict(enumerate(conductivity)), "zyx"[axis], voxel_size=tuple(1e-7 * e for e in edges), periodic=sides
    )
    assert found == pytest.approx(truth, rel=WITHIN)


def test_a_contrast_of_ten_thousand_in_a_larger_volume_is_solved_in_few_steps():
    labels = three_phases((48, 40, 44), 6.0, 5)
    conductivity = np.array([1e-4, 1.0, 1e-2])
    found = solve_phases(labels.astype(np.uint8), conductivity, 0, spanning=np.ones(labels.shape, bool))
    sharper = solve_phases(
        labels.astype(np.uint8), conductivity, 0, spanning=np.ones(labels.shape, bool), tolerance=1e-9, flux_spread=1e-3
    )
    assert found.converged
    assert found.iterations <= 25
    assert found.relative_diffusivity == pytest.approx(sharper.relative_diffusivity, rel=WITHIN)


@pytest.mark.parametrize("solver", [Lattice, Network])
@pytest.mark.parametrize("seed", range(6))
def test_one_phase_in_voxels_that_are_no_cubes_against_the_direct_solution(seed, solver, monkeypatch):
    monkeypatch.setattr(solve, "Lattice", solver)
    monkeypatch.setattr(solve, "Network", solver)
    random = np.random.default_rng(100 + seed)
    shape = tuple(int(length) for length in random.integers(6, 16, 3))
    field = smooth(shape, float(random.choice([0.0, 2.0, 4.0])), seed)
    mask = field < np.quantile(field, random.uniform(0.5, 0.9))
    axis, edges = seed % 3, tuple(float(edge) for edge in random.permutation([1.0, 2.0, 3.0]))
    labels, _ = ndimage.label(mask)
    both = np.intersect1d(labels.take(0, axis), labels.take(-1, axis))
    spanning = np.isin(labels, both[both > 0])
    found = solve_diffusion(mask, axis, edges=edges, keep_throughput=True)
    truth = reference_conductivity(spanning.astype(float), axis, edges=edges)
    assert found.relative_diffusivity == pytest.approx(truth, rel=WITHIN_OF_ONE_PHASE, abs=0.0)
    phases = solve_phases(
        mask.view(np.uint8), np.array([0.0, 1.0]), axis, spanning=spanning, edges=edges, keep_throughput=True
    )
    assert phases.relative_diffusivity == pytest.approx(truth, rel=WITHIN_OF_ONE_PHASE, abs=0.0)
    if spanning.any():
        assert phases.throughput.sum() == pytest.approx(spanning.sum(), rel=1e-5)
        assert np.abs(found.throughput - phases.throughput).max() < 0.05 * phases.throughput.max()


def test_the_proportion_of_the_edges_counts_and_not_their_unit():
    mask = smooth((14, 12, 13), 3.0, 1) < 0.1
    one, same = (solve_diffusion(mask, 1, edges=edges) for edges in ((1.0, 2.0, 3.0), (1e-7, 2e-7, 3e-7)))
    assert one.relative_diffusivity == pytest.approx(same.relative_diffusivity, rel=1e-6)
    assert (
        solve_diffusion(mask, 1, edges=(2.0, 2.0, 2.0)).relative_diffusivity
        == solve_diffusion(mask, 1).relative_diffusivity
    )


def test_descriptors_know_the_edges_of_a_voxel():
    """Voxels twice as long as high, stretched to cubes: the same pores, so nearly the same tortuosity."""
    mask = smooth((24, 12, 24), 5.0, 3) < 0.01
    names = ["tortuosity_factor_z", "tortuosity_factor_y", "relative_conductivity_solid_x", "conducting_porosity_x"]
    long = describe(mask, columns=names, voxel_size=(1e-7, 2e-7, 1e-7), device="cpu")
    cubes = describe(np.repeat(mask, 2, axis=1), columns=names, voxel_size=1e-7, device="cpu")
    wrong = describe(mask, columns=names, voxel_size=1e-7, device="cpu")
    for name in names:
        assert long[name] == pytest.approx(cubes[name], rel=0.03)
    assert abs(wrong["tortuosity_factor_y"] / cubes["tortuosity_factor_y"] - 1) > 0.1


def test_phases_that_do_not_conduct_or_do_not_span_are_left_out():
    open_way = np.zeros((9, 6, 6), int)
    open_way[:, 1, :] = 1
    open_way[2:7, 4, 4] = 2
    assert effective(open_way, {0: 0.0, 1: 0.0, 2: 5.0}) == 0.0
    assert effective(open_way, {0: 0.0, 1: 3.0, 2: 5.0}) == pytest.approx(0.5, rel=ROUNDING)
    open_way[open_way == 2] = 0
    found = effective_conductivity(open_way, {0: 0.0, 1: 3.0}, device="cpu")
    assert found.conductivity == pytest.approx(0.5, rel=ROUNDING)
    assert found.tortuosity == pytest.approx(1.0, rel=ROUNDING)
    blocked = effective_conductivity(open_way, {0: 0.0, 1: 3.0}, "y", device="cpu")
    assert blocked.conductivity == 0.0
    assert np.isnan(blocked.tortuosity)
    assert blocked.mean == pytest.approx(0.5)


def test_phases_of_equal_conductivity_are_one_phase_and_its_diffusivity():
    labels = three_phases((20, 18, 22), 4.0, 2)
    whole = effective(labels, {0: 1.0, 1: 0.0, 2: 1.0}, "x")
    assert whole == pytest.approx(reference_diffusivity(labels != 1, 2), rel=5e-5)
    assert whole == pytest.approx(effective(labels != 1, {True: 1.0, False: 0.0}, "x"), rel=ROUNDING)


def test_a_spiral_conducts_only_where_it_comes_round():
    """A helix of one voxel that leaves through y and goes on at the other side, one layer further, in each period."""
    helix = np.zeros((4, 4, 3), bool)
    for z in range(4):
        helix[z, (z + 2) % 4, 1] = helix[z, (z + 3) % 4, 1] = True
    closed = effective(helix, {True: 1.0, False: 0.0}, "z")
    assert closed == 0.0
    joined = effective(helix, {True: 1.0, False: 0.0}, "z", periodic=("z", "y"))
    # one chain of 8 voxels a period of 4 layers through a section of 12: 4 layers / 8 voxels / 12
    assert joined == pytest.approx(4 / 8 / 12, rel=ROUNDING)
    tensor = effective_tensor(helix, {True: 1.0, False: 0.0}, device="cpu").tensor
    # the chain winds along z and y at once, so a gradient along either drives the same current
    assert tensor == pytest.approx(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 0]]) * 4 / 8 / 12, rel=ROUNDING, abs=1e-9)


@pytest.mark.parametrize("edges", [(1.0, 1.0, 1.0), (1.0, 2.0, 3.0)])
def test_the_tensor_of_tilted_sheets_by_solutions_along_other_gradients(edges):
    """Twice the entry between two axes is what a gradient along both has beyond the sum of each: by a direct solution."""
    z, y, x = np.indices((6, 6, 6))
    labels = (z + y + 2 * x) % 6 < 3
    conductivity = np.where(labels, 10.0, 1.0)
    tensor = effective_tensor(
        labels, {True: 10.0, False: 1.0}, voxel_size=tuple(1e-7 * e for e in edges), device="cpu"
    ).tensor
    assert np.abs(tensor - tensor.T).max() <= 1e-6 * tensor.max()
    for axis in range(3):
        truth = reference_conductivity(conductivity, axis, edges=edges, periodic=(True, True, True))
        assert tensor[axis, axis] == pytest.approx(truth, rel=WITHIN)
    for axis in range(3):
        flux = mean_flux(conductivity, axis, edges)
        assert tensor[axis] == pytest.approx(flux, rel=1e-4, abs=1e-4 * tensor.max())


def mean_flux(conductivity, axis, edges):
    """The mean flux along z, y, x under a unit gradient along an axis of a periodic volume, from a dense solution."""
    unknowns = conductivity.size
    matrix, source, faces = np.zeros((unknowns, unknowns)), np.zeros(unknowns), []
    number = np.arange(unknowns).reshape(conductivity.shape)
    for direction in range(3):
        a, b = number.ravel(), np.roll(number, -1, direction).ravel()
        k, other = conductivity.ravel()[a], conductivity.ravel()[b]
        g = 2 * k * other / (k + other) / edges[direction] ** 2
        np.add.at(matrix, (a, a), g)
        np.add.at(matrix, (b, b), g)
        np.add.at(matrix, (a, b), -g)
        np.add.at(matrix, (b, a), -g)
        fall = edges[direction] * (direction == axis)
        np.add.at(source, a, -g * fall)
        np.add.at(source, b, g * fall)
        faces.append((a, b, g, fall))
    potential = np.linalg.lstsq(matrix, source, rcond=None)[0]
    return [
        np.mean(g * (potential[a] - potential[b] + fall)) * edges[direction]
        for direction, (a, b, g, fall) in enumerate(faces)
    ]


def test_sides_that_do_not_match_are_said_and_mirrored():
    labels = np.arange(8).reshape(8, 1, 1) // 4 * np.ones((1, 4, 4), int)
    labels[:, :2] += 2
    conductivities = {0: 1.0, 1: 10.0, 2: 2.0, 3: 5.0}
    with pytest.warns(UserWarning, match="not periodic along [zy]; mirror='[zy]'") as said:
        plain = effective_tensor(labels, conductivities, device="cpu").tensor
    assert len(said) == 2
    assert np.isfinite(plain).all()
    mirrored = effective_tensor(labels, conductivities, mirror=("z", "y"), device="cpu").tensor
    twice = np.concatenate([labels, labels[::-1]])
    twice = np.concatenate([twice, twice[:, ::-1]], axis=1)
    values = np.array([1.0, 10.0, 2.0, 5.0])[twice]
    truths = [reference_conductivity(values, axis, periodic=(True, True, True)) for axis in range(3)]
    assert mirrored == pytest.approx(np.diag(truths), rel=WITHIN, abs=1e-6)


@pytest.mark.parametrize("periodic", [(), ("y", "x"), ("z", "y", "x")])
def test_the_fields_are_those_of_the_solution(periodic):
    labels = three_phases((11, 9, 10), 3.0, 8)
    fields = conduction_fields(
        labels, {0: 0.0, 1: 1.0, 2: 0.1}, voxel_size=(1e-7, 2e-7, 1e-7), periodic=periodic, device="cpu"
    )
    effective = fields.conduction.conductivity
    nothing = np.isnan(fields.potential)
    assert nothing[labels == 0].all()
    assert not fields.flux[:, nothing].any()
    assert fields.flux[0].mean() == pytest.approx(effective, rel=1e-3)
    # as much flows through each layer as through all
    assert fields.flux[0].mean(axis=(1, 2)) == pytest.approx(effective, rel=2e-2)
    if "z" not in periodic:
        assert 0.0 < np.nanmin(fields.potential) < np.nanmax(fields.potential) < 1.0
    # nothing is made inside: what the half sums lack of the divergence is of the order of the solver's residual
    assert np.abs(fields.flux[1:].mean(axis=(1, 2, 3))).max() < effective or periodic


def test_profiles_through_the_thickness():
    straight = conduction_fields(np.ones((5, 3, 3), bool), {True: 2.0}, device="cpu")
    assert straight.potential_profile == pytest.approx([0.9, 0.7, 0.5, 0.3, 0.1])
    assert straight.tortuosity_profile == pytest.approx(np.ones(4))
    layers = np.arange(8).reshape(8, 1, 1) // 4 * np.ones((1, 3, 3), int)
    series = conduction_fields(layers, {0: 1.0, 1: 4.0}, device="cpu")
    assert series.conduction.conductivity == pytest.approx(1.6)
    # every layer is straight channels of its own conductivity; only between the two is the mean not that of the face
    assert series.tortuosity_profile == pytest.approx([1, 1, 1, 2.5 / 1.6, 1, 1, 1], rel=1e-4)
    blocked = conduction_fields(layers, {0: 0.0, 1: 4.0}, device="cpu")
    assert np.isnan(blocked.potential).all()
    assert np.isnan(blocked.tortuosity_profile).all()
    assert not blocked.flux.any()


def test_what_is_no_medium_is_refused():
    with pytest.raises(VolumeError, match="whole numbers"):
        effective(np.ones((2, 2, 2)), {1.0: 1.0})
    with pytest.raises(VolumeError, match="shape"):
        effective(np.ones((2, 2), int), {1: 1.0})
    with pytest.raises(SettingsError, match="no conductivity for the labels 3"):
        effective(np.full((2, 2, 2), 3), {1: 1.0})
    with pytest.raises(SettingsError, match="from 0 on"):
        effective(np.ones((2, 2, 2), int), {1: -1.0})
    with pytest.raises(SettingsError, match="unknown axis 'w'"):
        effective(np.ones((2, 2, 2), int), {1: 1.0}, periodic="w")
    with pytest.raises(SettingsError, match="unknown axis 'w'"):
        effective(np.ones((2, 2, 2), int), {1: 1.0}, "w")


def taufactor():
    return pytest.importorskip("taufactor", reason="TauFactor is not installed")


def test_the_periodic_solver_of_taufactor_agrees():
    mask = smooth((20, 18, 16), 4.0, 4) < 0.1
    peer = taufactor().PeriodicSolver(mask.astype(np.uint8), device="cpu")
    peer.solve(verbose=False, conv_crit=1e-4)
    found = effective_conductivity(mask, {True: 1.0, False: 0.0}, periodic=("y", "x"), device="cpu")
    assert found.tortuosity == pytest.approx(float(np.ravel(peer.tau)[0]), rel=2e-3)


def test_the_solver_of_taufactor_for_several_phases_agrees():
    labels = three_phases((20, 18, 16), 4.0, 4) + 1
    conductivities = {1: 1.0, 2: 0.2, 3: 0.5}
    peer = taufactor().MultiPhaseSolver(labels.astype(np.uint8), conductivities, device="cpu")
    peer.solve(verbose=False, conv_crit=1e-4)
    # its potentials are fixed a whole voxel outside the centres, which counts the outer layers half a voxel longer
    assert effective(labels, conductivities) == pytest.approx(float(np.ravel(peer.D_eff)[0]), rel=5e-3)


def test_the_solver_of_taufactor_for_voxels_that_are_no_cubes_agrees():
    mask = smooth((20, 18, 16), 4.0, 4) < 0.3
    peer = taufactor().AnisotropicSolver(mask.astype(np.uint8), spacing=(1.0, 1.2, 1.4), device="cpu")
    peer.solve(verbose=False, conv_crit=1e-4)
    found = solve_diffusion(mask, 0, edges=(1.0, 1.2, 1.4))
    assert found.tortuosity == pytest.approx(float(np.ravel(peer.tau)[0]), rel=3e-3)


def published(name):
    root = os.environ.get("POREGROVE_REFERENCE")
    if root is None:
        pytest.skip("POREGROVE_REFERENCE names no folder with the reference data")
    tifffile = pytest.importorskip("tifffile")
    return tifffile.imread(Path(root, "published", name))


@pytest.mark.slow
def test_the_published_tortuosity_of_an_electrode():
    volume = published("electrode_256.tif")
    shares = [float((volume == label).mean()) for label in (0, 85, 170)]
    assert shares == pytest.approx([0.4499, 0.4005, 0.1496], abs=5e-5)
    for axis, tortuosity in enumerate((2.0772, 2.0766)):
        assert solve_diffusion(volume == 0, axis).tortuosity == pytest.approx(tortuosity, abs=5e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("axis", "tortuosity"), [(0, 4.2431), (1, 1.1513), (2, 1.3905)])
def test_the_published_tortuosity_of_an_anisotropic_medium(axis, tortuosity):
    mask = published("anisotropic_500.tif") == 255
    assert solve_diffusion(mask, axis).tortuosity == pytest.approx(tortuosity, abs=1e-4)
