"""The 3D-CNN: what it sees, what it keeps still, that it learns, and that it can be stopped and gone on with."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from model_fits import fit

from poregrove.errors import DeviceError, ModelError, SettingsError
from poregrove.models import registry
from poregrove.models.base import Columns, FitContext, Rows, TrainingData
from poregrove.models.shared.fit_reports import TruncatedFit

torch = pytest.importorskip("torch", reason="needs the extra 'cnn'")

from poregrove.models.cnn import network, state  # noqa: E402  after the skip
from poregrove.models.cnn.fitted import FittedCNN  # noqa: E402  after the skip
from poregrove.models.cnn.surroundings import _say_once, placed  # noqa: E402  after the skip
from poregrove.models.cnn.voxels import read, turned  # noqa: E402  after the skip

SMALL = {"width": 2, "epochs": 4, "members": 1, "downsample": 1, "batch": 4}


@dataclass
class Voxels:
    """Masks in memory that remember which of them were read."""

    masks: np.ndarray
    seen: list[int] = field(default_factory=list)

    @property
    def shape(self):
        return self.masks.shape[1:]

    def __len__(self):
        return len(self.masks)

    def read(self, index):
        self.seen.append(index)
        return np.packbits(self.masks[index], axis=-1)


def fields(count, edge, *, seed=0, porosity=(0.25, 0.65)):
    """Smooth random fields cut at porosities drawn from a range."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(seed)
    shares = rng.uniform(*porosity, count)
    noise = [gaussian_filter(rng.normal(size=(edge,) * 3), rng.uniform(1.5, 3.0), mode="wrap") for _ in range(count)]
    return np.stack([field <= np.quantile(field, share) for field, share in zip(noise, shares, strict=True)])


def distinct(masks):
    """Rows of distinct volumes: no designs, no columns."""
    n = len(masks)
    empty = np.zeros((n, 0), np.float32)
    return Rows(empty, empty, np.arange(n, dtype=np.int32), np.full(n, -1, np.int32), Columns(), volumes=Voxels(masks))


def crossed(volumes=9, designs=5, shape=(6, 6, 6), seed=0):
    """Every volume with every design, in random order, with three targets of which one has gaps."""
    rng = np.random.default_rng(seed)
    masks = rng.random((volumes, *shape)) < rng.uniform(0.2, 0.8, (volumes, 1, 1, 1))
    volume, design = np.divmod(rng.permutation(volumes * designs).astype(np.int32), designs)
    scalars = (10.0 ** rng.uniform(-20, -10, (designs, 2))).astype(np.float32)
    scalars[:, 1] = rng.uniform(1, 2, designs)
    rows = Rows(
        np.zeros((volumes, 0), np.float32),
        scalars,
        volume,
        design,
        Columns((), ("rate", "length"), log=("rate",)),
        Voxels(masks),
    )
    porosity = masks.mean(axis=(1, 2, 3))[volume]
    y = np.stack([porosity, 1e3 + 50 * np.log10(scalars[design, 0]), 1e-6 * scalars[design, 1]], axis=1)
    y[::4, 2] = np.nan
    return rows, y.astype(np.float32)


def make(**settings):
    return registry.create("cnn", **{**SMALL, **settings})


def test_the_default_network_has_about_a_million_weights():
    settings = registry.create("cnn")
    size = network.Architecture(settings.width, columns=15, targets=7).size
    assert 0.9e6 < size < 1.2e6
    weights = network.initial(network.Architecture(4, 3, 2), seed=0)
    learned = sum(tensor.numel() for name, tensor in weights.items() if name not in network.FIXED)
    assert learned == network.Architecture(4, 3, 2).size


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 7, 9), (16, 16, 16), (33, 8, 12)])
def test_any_shape_becomes_an_embedding_of_one_length(shape):
    rows, y = crossed(shape=shape)
    fitted = fit(make(epochs=1, downsample=2), rows, y)
    assert fitted.embeddings(rows.volumes, np.arange(3)).shape == (3, 64)
    assert fitted.predict(rows).y.shape == (45, 3)


def test_voxels_are_read_as_they_were_packed_and_averaged_over_cubes():
    masks = np.random.default_rng(0).random((3, 5, 6, 11)) < 0.4
    whole = read(Voxels(masks), np.array([2, 0]), downsample=1, device="cpu").numpy()
    np.testing.assert_array_equal(whole[:, 0], masks[[2, 0]] - 0.5)
    halved = read(Voxels(masks[:, :4]), np.array([1]), downsample=2, device="cpu").numpy()[0, 0]
    assert halved.shape == (2, 3, 6)
    assert halved[1, 2, 1] == pytest.approx(masks[1, 2:4, 4:6, 2:4].mean() - 0.5)
    assert halved[0, 0, 5] == pytest.approx(masks[1, :2, :2, 10:].mean() - 0.5), "the last cube is cut, not padded"


@pytest.mark.parametrize("edge", [1, 2, 3, 4, 8])
def test_cubes_are_averaged_alike_however_their_bits_are_counted(edge):
    masks = np.random.default_rng(0).random((2, 24, 24, 24)) < 0.4
    cubes = masks.reshape(2, 24 // edge, edge, 24 // edge, edge, 24 // edge, edge).mean(axis=(2, 4, 6))
    found = read(Voxels(masks), np.arange(2), downsample=edge, device="cpu").numpy()[:, 0]
    np.testing.assert_allclose(found, cubes - 0.5, atol=1e-6)


def test_the_device_unpacks_bits_as_numpy_does():
    from poregrove.models.cnn.voxels import _unpacked_on_device

    packed = np.random.default_rng(0).integers(256, size=(2, 3, 4, 5)).astype(np.uint8)
    np.testing.assert_array_equal(_unpacked_on_device(packed, "cpu").numpy(), np.unpackbits(packed, axis=-1))


def test_each_distinct_volume_is_read_once_a_batch_whatever_its_rows(monkeypatch):
    encoded = []
    own = network.pooled

    def counting(weights, volumes):
        encoded.append(len(volumes))
        return own(weights, volumes)

    monkeypatch.setattr("poregrove.models.cnn.examples.pooled", counting)
    rows, y = crossed(volumes=9, designs=5)
    fit(make(epochs=2, batch=4), rows, y)
    assert encoded == [4, 4, 1] * 2
    seen = rows.volumes.seen[9:]  # the first nine measured the spread of the features
    assert sorted(seen[:9]) == sorted(seen[9:]) == list(range(9))
    assert seen[:9] != seen[9:], "another order each epoch"


def test_a_volume_is_encoded_to_the_same_whatever_shares_its_batch():
    rows, y = crossed()
    fitted = fit(make(), rows, y)
    concat_rows = fitted.embeddings(rows.volumes, np.arange(4))
    alone = np.concatenate([fitted.embeddings(rows.volumes, np.array([i])) for i in range(4)])
    np.testing.assert_allclose(concat_rows, alone, rtol=1e-4, atol=1e-6)


def test_turning_keeps_the_through_electrode_axis_and_every_voxel():
    graded = torch.linspace(-0.5, 0.5, 6)[:, None, None].expand(6, 4, 4)[None, None].clone()
    rng = np.random.default_rng(0)
    many = turned(graded.expand(64, 1, 6, 4, 4), rng, through=False)
    assert all(torch.equal(volume, graded[0]) for volume in many)
    flipped = turned(graded.expand(64, 1, 6, 4, 4), rng, through=True)
    up = sum(torch.equal(volume, graded[0]) for volume in flipped)
    assert 16 < up < 48
    random = torch.rand(1, 1, 3, 4, 4)
    found = {tuple(volume.flatten().tolist()) for volume in turned(random.expand(300, 1, 3, 4, 4), rng, through=True)}
    assert len(found) == 16, "eight symmetries of the square, each either way up"
    assert all(sorted(volume) == sorted(random.flatten().tolist()) for volume in found)
    oblong = turned(torch.rand(1, 1, 3, 4, 5).expand(200, 1, 3, 4, 5), rng, through=False)
    assert len({tuple(volume.flatten().tolist()) for volume in oblong}) == 4


def test_axis_0_is_flipped_only_where_rows_have_no_design(monkeypatch):
    through = []
    own = turned

    def watching(voxels, rng, *, through: bool, _seen=through):
        _seen.append(through)
        return own(voxels, rng, through=through)

    monkeypatch.setattr("poregrove.models.cnn.training.turned", watching)
    rows, y = crossed()
    fit(make(epochs=1, batch=9), rows, y)
    alone = distinct(rows.volumes.masks)
    fit(make(epochs=1, batch=9), alone, np.arange(9, dtype=np.float32))
    assert through == [False, True]


def test_targets_are_learned_on_their_own_scales_in_spite_of_gaps():
    rows, y = crossed(volumes=12, designs=8)
    fitted = fit(make(width=4, epochs=60, patience=60, learning_rate=5e-3), rows, y)
    error = fitted.predict(rows).y - y
    explained = 1 - np.nanvar(error, axis=0) / np.nanvar(y, axis=0)
    assert (explained > 0.9).all(), explained


def test_answers_keep_to_the_training_range_widened_by_a_tenth():
    rows, y = crossed()
    fitted = fit(make(epochs=1), rows, y)
    far, unclipped = fitted.scales.original(np.array([[-1e6, 1e6, 0.0]]))
    low, high = np.nanmin(y, axis=0), np.nanmax(y, axis=0)
    assert far[0, :2] == pytest.approx([low[0] - 0.1 * (high - low)[0], high[1] + 0.1 * (high - low)[1]])
    assert unclipped[0, 0] < low[0] - 1e3 * (high - low)[0]
    answer = fitted.predict(rows)
    np.testing.assert_array_equal(
        answer.y, np.clip(answer.unclipped, fitted.scales.low, fitted.scales.high, dtype="f4")
    )


def test_a_target_that_matters_more_is_learned_first():
    rows, y = crossed(volumes=12, designs=8)
    rng = np.random.default_rng(1)
    y = np.stack([y[:, 1], rng.normal(size=len(y)) * 5 * y[:, 1].std()], axis=1).astype(np.float32)
    errors = []
    for weight in ([10.0, 0.1], [0.1, 10.0]):
        fitted = fit(make(epochs=12), rows, y, target_weight=np.array(weight, np.float32))
        errors.append(float(np.var(fitted.predict(rows).y[:, 0] - y[:, 0])))
    assert errors[0] < 0.7 * errors[1]


def test_bounds_come_with_more_than_one_member_and_widen_with_what_is_left_unexplained():
    rows, y = crossed()
    assert fit(make(), rows, y).predict(rows).lo is None
    ensemble = fit(make(members=2), rows, y)
    prediction = ensemble.predict(rows)
    assert not np.array_equal(*(ensemble._outputs(rows, member) for member in ensemble.members))
    wider = replace(ensemble, residual=10 * ensemble.residual).predict(rows)
    assert ((wider.hi - wider.lo) > (prediction.hi - prediction.lo)).all()
    assert (prediction.lo < prediction.y).all()
    assert (prediction.hi > prediction.y).all()


class Interrupted(Exception):  # noqa: N818  a kill is no error
    """Stands for a kill."""


class Memory:
    """Checkpoints in memory; after ``writes`` of them the process is killed."""

    def __init__(self, writes=0):
        self.kept, self.left = {}, writes

    def read(self, key):
        return self.kept.get(key)

    def write(self, key, arrays, values):
        self.kept[key] = ({name: array.copy() for name, array in arrays.items()}, dict(values))
        self.left -= 1
        if self.left == 0:
            raise Interrupted


@pytest.mark.parametrize("writes", [1, 3, 5])
def test_a_fit_that_was_killed_ends_in_the_same_bits(monkeypatch, writes):
    monkeypatch.setattr(state, "BETWEEN_WRITES", 0.0)
    rows, y = crossed()
    early, held = rows.take(rows.volume < 7), rows.take(rows.volume >= 7)
    parts = (early, y[rows.volume < 7], held, y[rows.volume >= 7])
    model = make(members=2)
    whole = fit(model, *parts, seed=3).predict(rows).y
    memory = Memory(writes)
    with pytest.raises(Interrupted):
        fit(model, *parts, seed=3, checkpoints=memory)
    rows.volumes.seen.clear()
    again = fit(model, *parts, seed=3, checkpoints=memory).predict(rows).y
    assert np.array_equal(whole, again)
    reads = len(rows.volumes.seen)
    rows.volumes.seen.clear()
    fit(model, *parts, seed=3, checkpoints=memory)
    assert len(rows.volumes.seen) < reads, "a finished training is not repeated"
    assert not np.array_equal(whole, fit(model, *parts, seed=4, checkpoints=memory).predict(rows).y)


def test_a_time_bound_ends_the_fit_and_the_fit_says_so():
    rows, y = crossed()
    began = time.perf_counter()
    fitted = fit(make(epochs=100_000, patience=100_000, members=2, seconds=1.0), rows, y)
    assert time.perf_counter() - began < 5.0
    assert fitted.truncated == TruncatedFit("epochs", fitted.truncated.done, 100_000)
    assert 0 < fitted.truncated.done < 100_000
    assert fit(make(), rows, y).truncated is None


def test_early_stopping_keeps_the_weights_that_were_best_on_the_validation_part():
    rows, y = crossed(volumes=12)
    rng = np.random.default_rng(0)
    noise = rng.normal(size=y.shape).astype(np.float32)  # nothing can be learned, so more epochs only do harm
    early, held = rows.volume < 8, rows.volume >= 8
    model = make(width=4, epochs=60, patience=4, learning_rate=1e-2)
    began = len(rows.volumes.seen)
    stopped = fit(model, rows.take(early), noise[early], rows.take(held), noise[held])
    assert len(rows.volumes.seen) - began < 8 + 40 * 12, "it stopped long before its last epoch"
    blind = fit(model, rows.take(early), noise[early])
    error = [np.mean((found.predict(rows.take(held)).y - noise[held]) ** 2) for found in (stopped, blind)]
    assert error[0] < error[1]


def test_members_make_the_passes_that_stopping_early_found_over_the_whole_fold(monkeypatch):
    """Validation rows are a block of volumes 8 to 11 and designs 3 and 4; what shares one of them is the rest."""
    from poregrove.models import cnn

    trainings = []
    own = cnn.train

    def watched(plan, lesson, store):
        state = own(plan, lesson, store)
        trainings.append((plan.epochs, lesson.stop_on, np.sort(lesson.train_on.volumes), len(lesson.train_on.y), state))
        return state

    monkeypatch.setattr(cnn, "train", watched)
    rows, y = crossed(volumes=12)
    new = np.stack([rows.volume >= 8, rows.design >= 3])
    early, held, rest = ~new.any(axis=0), new.all(axis=0), new.sum(axis=0) == 1
    fitted = fit(
        make(epochs=30, patience=2, learning_rate=2e-2, members=2),
        rows.take(early),
        y[early],
        rows.take(held),
        y[held],
        rest=TrainingData(rows.take(rest), y[rest]),
    )
    search, *members = trainings
    assert search[1] is not None
    assert search[0] == 30
    assert search[4].best_epoch < 30
    assert [(len(fitted.members), epochs, stop) for epochs, stop, *_ in members] == [
        (2, search[4].best_epoch, None)
    ] * 2
    assert all(np.array_equal(volumes, np.arange(12)) and n == 60 for *_, volumes, n, _ in members)
    assert all(state.epoch == search[4].best_epoch for *_, state in members)
    assert np.isfinite(fitted.residual).all()
    assert fitted.truncated is None


def test_rows_without_voxels_are_refused():
    rows, y = crossed()
    bare = replace(rows, volumes=None)
    with pytest.raises(ModelError, match="needs the voxels"):
        fit(make(), bare, y)
    with pytest.raises(ModelError, match="needs the voxels"):
        fit(make(epochs=1), rows, y).predict(bare)


@pytest.mark.parametrize(
    ("wrong", "message"), [(lambda y: y[:-1], "rows x targets"), (lambda y: y * np.inf, "are infinite")]
)
def test_wrong_targets_are_refused(wrong, message):
    rows, y = crossed()
    with pytest.raises(ModelError, match=message):
        fit(make(), rows, wrong(np.nan_to_num(y, nan=1.0)))


def test_settings_that_mean_nothing_are_refused():
    with pytest.raises(SettingsError, match="downsample must be above 0"):
        make(downsample=0)


def test_files_of_another_network_are_named(tmp_path):
    rows, y = crossed()
    fit(make(epochs=1), rows, y).save(tmp_path / "one")
    fit(make(epochs=1, width=4), rows, y).save(tmp_path / "other")
    loaded = registry.load("cnn", tmp_path / "one")
    assert isinstance(loaded, FittedCNN)
    assert loaded.predict(rows).y.shape == (45, 3)
    (tmp_path / "one" / "model.json").write_bytes((tmp_path / "other" / "model.json").read_bytes())
    with pytest.raises(ModelError, match="expected float32"):
        registry.load("cnn", tmp_path / "one")
    (tmp_path / "one" / "model.safetensors").write_bytes(b"\xff" * 64)
    with pytest.raises(ModelError, match="expected the weights of a network"):
        registry.load("cnn", tmp_path / "one")


def explained_porosity(count, edge, threads=1, **settings):
    """R2 of the porosity of held-out volumes, and how long the fit took."""
    masks = fields(count, edge)
    rows, y = distinct(masks), masks.mean(axis=(1, 2, 3)).astype(np.float32)
    number = np.arange(count)
    test, valid = number % 4 == 0, number % 4 == 1
    train = ~test & ~valid
    began = time.perf_counter()
    fitted = fit(
        registry.create("cnn", **settings), rows.take(train), y[train], rows.take(valid), y[valid], threads=threads
    )
    seconds = time.perf_counter() - began
    error = fitted.predict(rows.take(test)).y - y[test]
    return 1 - np.sum(error**2) / np.sum((y[test] - y[test].mean()) ** 2), seconds


def test_porosity_is_learned_from_voxels():
    explained, _ = explained_porosity(48, 32, members=1, epochs=20, width=8)
    assert explained > 0.95


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_porosity_of_64_cubed_volumes_is_learned_within_ten_minutes():
    explained, seconds = explained_porosity(120, 64, members=1, seconds=500.0)
    sys.stdout.write(f"porosity of held-out 64^3 volumes: R2 {explained:.4f} after {seconds:.0f} s\n")
    assert explained > 0.95
    assert seconds < 600


@pytest.mark.gpu
def test_a_device_learns_what_the_cpu_learns_and_its_files_predict_alike(tmp_path):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    rows, y = crossed(volumes=16, designs=8, shape=(32, 32, 32))
    model = make(width=8, epochs=40, patience=40, learning_rate=5e-3)
    fitted = fit(model, rows, y, device="cuda")
    assert fitted.device == "cuda"
    there = fitted.predict(rows).y
    explained = 1 - np.nanvar(there - y, axis=0) / np.nanvar(y, axis=0)
    assert (explained > 0.9).all(), explained
    fitted.save(tmp_path)
    here = registry.load("cnn", tmp_path).predict(rows).y
    spread = np.nanstd(y, axis=0)
    assert (np.abs(here - there) < 0.05 * spread).all(), "bfloat16 there, float32 here"


def test_without_cuda_in_pytorch_auto_is_the_cpu_and_says_so_once(monkeypatch, caplog):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    _say_once.cache_clear()
    rows, y = crossed()
    assert [fit(make(), rows, y, device="auto").device for _ in range(2)] == ["cpu", "cpu"]
    assert [record.getMessage() for record in caplog.records] == [
        "the network trains on the CPU: this PyTorch finds no CUDA device"
    ]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert placed(FitContext(device="auto")).device == "cuda"


def test_a_device_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    rows, y = crossed()
    with pytest.raises(DeviceError, match="no CUDA device"):
        fit(make(), rows, y, device="cuda")
