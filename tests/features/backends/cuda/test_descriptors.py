"""The whole way from volumes to rows, the CUDA back end's kernels executed on the CPU: rows are those of the CPU back end."""

import math
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pandas as pd
import pytest
import tifffile
from scipy import ndimage

from poregrove.errors import DeviceError
from poregrove.features import DescriptorTransformer, Workspace, backends, describe, describe_batch, descriptors
from poregrove.features.backends import get_backend
from poregrove.features.backends.cuda import CudaBackend, batches
from poregrove.features.batch import Batch
from poregrove.pipelines.commands.main import main
from poregrove.pipelines.extraction.extract import extract_paths
from poregrove.pipelines.settings import VolumeSettings

TIERS = ("morphology", "transport")
COLUMNS = {column.name: column for column in descriptors(TIERS)}
CLOSE = {"morphology": {"rel": 1e-12, "abs": 1e-12}, "transport": {"rel": 1e-4, "abs": 1e-6}}
# the solvers stop at their tolerances of the energy, and a field is off by the square root of what its energy is;
# the first are shares of voxels above a flux, and some of them lie close to it
FIELDS = ("conducting_porosity", "stagnant_porosity", "dead_end_porosity", "flux_share_top")
FIELDS_CLOSE = {"abs": 3e-3}


def smooth(shape, length, porosity, seed):
    field = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(shape), length)
    return field < np.quantile(field, porosity)


SHAPE = (14, 17, 12)
VOLUMES = [
    smooth(SHAPE, 1.5, 0.5, 1),
    np.ones(SHAPE, bool),
    smooth(SHAPE, 1.0, 0.3, 2),
    np.zeros(SHAPE, bool),
    np.random.default_rng(3).random(SHAPE) < 0.35,
    smooth((9, 9, 9), 1.5, 0.6, 4),
    smooth((1, 12, 12), 1.5, 0.6, 5),
]


@pytest.fixture
def on(monkeypatch):
    """A function that makes a device the one that ``cuda`` means, everywhere."""

    def use(device):
        cuda = CudaBackend(device)
        monkeypatch.setattr(backends, "cuda_backend", lambda: cuda)
        return device

    return use


@cache
def expected(position):
    return describe(VOLUMES[position], tiers=TIERS, device="cpu")


def differing(found, wanted):
    """The columns that are not the same within what their tier allows."""
    close = {name: FIELDS_CLOSE if name.startswith(FIELDS) else CLOSE[column.tier] for name, column in COLUMNS.items()}
    return [
        (name, value, wanted[name])
        for name, value in found.items()
        if math.isnan(value) != math.isnan(wanted[name])
        or not (math.isnan(value) or value == pytest.approx(wanted[name], **close[name]))
    ]


def test_rows_are_those_of_the_cpu(device, on):
    on(device)
    rows = describe_batch(VOLUMES, tiers=TIERS, device="cuda")
    assert [list(row) for row in rows] == [list(COLUMNS)] * len(VOLUMES)
    assert [differing(row, expected(position)) for position, row in enumerate(rows)] == [[]] * len(VOLUMES)


def test_rows_in_voxels_that_are_no_cubes(make_device, on):
    on(make_device("shuffled"))
    size = (1e-7, 2e-7, 1.5e-7)
    rows = describe_batch(VOLUMES, tiers="morphology", voxel_size=size, device="cuda")
    wanted = [describe(volume, tiers="morphology", voxel_size=size, device="cpu") for volume in VOLUMES]
    for row, expected_row in zip(rows, wanted, strict=True):
        assert row == pytest.approx(expected_row, rel=1e-12, abs=0.0, nan_ok=True)


def test_rows_of_several_phases(make_device, on):
    on(make_device("shuffled"))
    labels = np.where(VOLUMES[0], 0, np.where(VOLUMES[2], 85, 170)).astype(np.uint8)
    options = {"phases": {"pore": 0, "active": 85, "binder": 170}, "columns": ["phases", "wall_distance"]}
    found = describe(labels, device="cuda", **options)
    assert found == pytest.approx(describe(labels, device="cpu", **options), rel=1e-12, nan_ok=True)


def test_a_batch_is_its_volumes_one_by_one(make_device, on):
    on(make_device())
    together = describe_batch(VOLUMES[:5], tiers=TIERS, device="cuda")
    for volume, row in zip(VOLUMES[:5], together, strict=True):
        assert describe(volume, tiers=TIERS, device="cuda") == pytest.approx(row, rel=1e-9, nan_ok=True)


def test_the_host_waits_as_often_for_many_volumes_as_for_one(make_device, on):
    counts = []
    for number in (1, 5):
        device = on(make_device())
        describe_batch([VOLUMES[0]] * number, tiers=TIERS, device="cuda")
        counts.append(dict(device.counts))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("primitive", "waits"),
    [
        (lambda cuda, batch: cuda.count(batch), 1),
        (lambda cuda, batch: cuda.profiles(batch), 1),
        (lambda cuda, batch: cuda.configurations(batch), 1),
        (lambda cuda, batch: cuda.run_lengths(batch, 0), 1),
        (lambda cuda, batch: cuda.pair_counts(batch, 2, 5), 1),
        (lambda cuda, batch: cuda.components(batch), 2),
        (lambda cuda, batch: cuda.squared_distance(batch), 0),
        (lambda cuda, batch: cuda.integer_histogram(cuda.squared_distance(batch)), 2),
        (lambda cuda, batch: cuda.local_thickness(cuda.squared_distance(batch)), 1),
        (lambda cuda, batch: cuda.bottleneck_map(cuda.squared_distance(batch), 0, 0), 1),
        (lambda cuda, batch: cuda.thickness_histogram(cuda.squared_distance(batch)), 3),
        (lambda cuda, batch: cuda.bottlenecks(cuda.squared_distance(batch)), 4),
        (lambda cuda, batch: cuda.intrusion(cuda.squared_distance(batch)), 25),
        (lambda cuda, batch: cuda.geodesic_distance(batch, 1, 1), 1),
        (lambda cuda, batch: cuda.flux_statistics([batch[0].astype(np.float32)], 0.1, 0.01), 1),
    ],
)
def test_primitives_wait_a_fixed_number_of_times(make_device, primitive, waits):
    device = make_device()
    cuda = CudaBackend(device)
    batch = cuda.batch(VOLUMES[:5])
    device.counts.clear()
    primitive(cuda, batch)
    assert device.counts["waits"] == waits


def labyrinth(turns):
    volume = np.zeros((3, 4 * turns + 1, 60), bool)
    for turn in range(turns):
        volume[1, 4 * turn + 1, 1:-1] = True
        volume[1, 4 * turn + 1 : 4 * turn + 5, -2 if turn % 2 == 0 else 1] = True
    volume[1, 0, 1] = True
    return volume


def test_long_ways_take_more_waits_but_few(make_device):
    device = make_device()
    cuda = CudaBackend(device)
    maze = labyrinth(12)
    found = cuda.geodesic_distance(cuda.batch([maze]), 1, 0)
    assert np.array_equal(cuda.to_host(found[0]), get_backend("cpu").geodesic_distance([maze], 1, 0)[0])
    assert 1 < device.counts["waits"] <= 30


def test_the_transformer_takes_volumes_together(make_device, on):
    rows = {}
    for number in (1, 5):
        device = on(make_device())
        found = (
            DescriptorTransformer(tiers=("morphology",), device="cuda", cache=False)
            .fit()
            .transform(iter(VOLUMES[:number]))
        )
        rows[number] = (found, device.counts["launches"])
    assert np.array_equal(rows[1][0][0], rows[5][0][0], equal_nan=True)
    wanted = [[expected(place)[name] for name in COLUMNS if COLUMNS[name].tier == "morphology"] for place in range(5)]
    assert np.allclose(rows[5][0], wanted, rtol=1e-12, equal_nan=True)
    assert rows[5][1] < 2 * rows[1][1]


class TestExtract:
    NAMES = (
        "percolating_porosity_z",
        "local_thickness_mean_pore",
        "geodesic_tortuosity_mean_x",
        "relative_diffusivity_y",
    )

    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        monkeypatch.setenv("POREGROVE_CACHE", str(tmp_path / "cache"))
        for number, volume in enumerate(VOLUMES):
            tifffile.imwrite(tmp_path / f"{number}.tif", volume.astype(np.uint8), photometric="minisblack")
        (tmp_path / "7.tif").write_text("no picture")
        return tmp_path

    def test_files_get_the_rows_of_the_cpu(self, folder, make_device, on, monkeypatch):
        frames = {}
        for name in ("cuda", "cpu"):
            on(make_device())
            monkeypatch.setenv("POREGROVE_CACHE", str(folder / name))
            frames[name] = extract_paths(
                [folder], settings=VolumeSettings(), columns=self.NAMES, device=name, workers=1
            )
        pd.testing.assert_frame_equal(frames["cuda"].frame, frames["cpu"].frame, rtol=1e-4)
        assert list(frames["cuda"].frame["status"]) == ["ok"] * 7 + ["failed"]

    def test_a_file_too_large_for_the_device_ends_in_one_line(self, folder, make_device, on, monkeypatch, capsys):
        device = on(make_device())

        def refuse(_array):
            raise MemoryError

        monkeypatch.setattr(device, "start_upload", refuse)
        words = ["extract", str(folder / "5.tif"), "--out", str(folder / "out.parquet"), "--device", "cuda"]
        assert main(words) == 2
        assert f"{folder / '5.tif'}: its 9 x 9 x 9 voxels do not fit" in capsys.readouterr().err
        assert not (folder / "out.parquet").exists()


class TestMemory:
    @pytest.fixture
    def short(self, make_device, monkeypatch):
        """A function that makes a device on which no array of more volumes than ``fits`` can be had, and counts tries."""

        def make(fits):
            device = make_device()
            start_upload, device.asked = device.start_upload, []

            def checked(array):
                if array.ndim == 4:
                    device.asked.append(len(array))
                    if len(array) > fits:
                        raise MemoryError
                return start_upload(array)

            monkeypatch.setattr(device, "start_upload", checked)
            return device

        return make

    def test_batches_are_what_fits_the_free_memory(self, make_device):
        shape = (100, 100, 100)
        sizes = [
            CudaBackend(make_device(memory=memory)).batch_size(shape) for memory in (2**20, 2**30, 2**33, 2**34, 2**40)
        ]
        assert sizes == sorted(sizes)
        assert sizes[0] == 1
        assert sizes[-1] == batches.LARGEST
        assert CudaBackend(make_device(memory=2**50)).batch_size((1600, 1600, 800)) == 1

    def test_what_does_not_fit_is_halved_until_it_does(self, short, on):
        device = on(short(2))
        rows = describe_batch([VOLUMES[0], VOLUMES[2]] * 4, columns=["porosity", "percolates_z"], device="cuda")
        assert [row["porosity"] for row in rows] == [VOLUMES[0].mean(), VOLUMES[2].mean()] * 4
        assert device.asked == [8, 4, 2, 2, 2, 2]
        assert device.counts["releases"] == 2

    def test_a_single_volume_that_does_not_fit_is_named(self, short, on):
        on(short(0))
        with pytest.raises(
            DeviceError, match=r"^volume 0: its 14 x 17 x 12 voxels do not fit[^\n]*--device cpu[^\n]*$"
        ):
            describe_batch(VOLUMES[:3], columns=["porosity"], device="cuda")

    def test_the_batch_ahead_goes_first(self, make_device, on, monkeypatch):
        """If one batch fits and two do not, they are taken one after the other, without halving."""
        device = on(make_device())
        monkeypatch.setattr(batches, "LARGEST", 2)
        alive, backend = [], get_backend("cuda")
        start_upload, count = device.start_upload, backend.count

        def crowded(batch):
            if len(alive) > 1:
                alive.clear()
                raise MemoryError
            alive.clear()
            return count(batch)

        monkeypatch.setattr(device, "start_upload", lambda array: (alive.append(array.ndim), start_upload(array))[1])
        monkeypatch.setattr(backend, "count", crowded)
        rows = describe_batch([VOLUMES[0]] * 6, columns=["porosity"], device="cuda")
        assert [row["porosity"] for row in rows] == [VOLUMES[0].mean()] * 6
        assert device.counts["releases"] == 1


def test_the_next_batch_is_on_its_way_while_the_present_one_is_computed(make_device, on, monkeypatch):
    device = on(make_device())
    monkeypatch.setattr(batches, "LARGEST", 1)
    order = []
    start_upload, download = device.start_upload, device.download

    def sent(array):
        order.append("sent")
        receive = start_upload(array)
        return lambda: (order.append("received"), receive())[1]

    monkeypatch.setattr(device, "start_upload", sent)
    monkeypatch.setattr(device, "download", lambda *arrays: (order.append("computed"), download(*arrays))[1])
    describe_batch([VOLUMES[0]] * 3, columns=["porosity"], device="cuda")
    assert order == ["sent", *("sent", "received", "computed") * 2, "received", "computed"]


def test_threads_take_turns_on_a_device(make_device, on, monkeypatch):
    on(make_device())
    inside, most = [], []
    count = CudaBackend.count

    def counted(self, batch):
        inside.append(batch)
        # long enough for another thread to come in
        time.sleep(0.02)
        most.append(len(inside))
        inside.pop()
        return count(self, batch)

    monkeypatch.setattr(CudaBackend, "count", counted)
    with ThreadPoolExecutor(3) as pool:
        rows = list(pool.map(lambda v: describe(v, columns=["porosity"], device="cuda")["porosity"], VOLUMES))
    assert rows == [volume.mean() for volume in VOLUMES]
    assert most == [1] * len(VOLUMES)


def test_what_a_batch_holds_is_no_more_than_its_size_assumes(make_device):
    """The arrays that stay until a batch is released, in bytes a voxel; the rest is for what comes and goes."""
    cuda = CudaBackend(make_device(strictly=False))
    batch = Batch([VOLUMES[0]], cuda)
    for phase in ("pore", "solid"):
        batch.thickness(phase)
        for axis in "zyx":
            batch.spanning(phase, axis)
            batch.geodesic_lengths(phase, axis)
            batch.bottleneck(phase, axis)
    arrays = [value for value in batch._shared.values() if isinstance(value, np.ndarray)]
    arrays += [batch.pore, batch.components("pore")[0].labels, batch.components("solid")[0].labels]
    assert sum(array.nbytes for array in arrays) <= batches.HELD * batch.size


def test_members_of_a_batch_share_arrays_not_values(make_device):
    cuda = CudaBackend(make_device())
    first, second = Workspace.members(Batch([VOLUMES[0], VOLUMES[2]], cuda))
    assert first.batch is second.batch
    assert (first.pore_count, second.pore_count) == (VOLUMES[0].sum(), VOLUMES[2].sum())
    first.columns["porosity"] = 1.0
    assert second.columns == {}
    assert first.share("key", lambda: "one") != second.share("key", lambda: "other")
