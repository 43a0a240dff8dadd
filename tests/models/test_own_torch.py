"""A module of one's own: trained by the trainer of the built-in network, and named where it is not what it should be."""

from __future__ import annotations

import numpy as np
import pytest

from poregrove.errors import ModelError, SettingsError
from poregrove.models import FitContext, TrainingData, from_torch
from poregrove.models.shared.fit_reports import TruncatedFit
from poregrove.testing import check_model
from poregrove.testing.sample_rows import sample_for

torch = pytest.importorskip("torch", reason="needs the extra 'cnn'")

from poregrove.models.cnn import state  # noqa: E402  after the skip

SMALL = {"epochs": 3, "members": 1, "downsample": 1, "batch": 8}


class Own(torch.nn.Module):
    """A convolution with all that a trainer may get wrong: running means, drop-out, a frozen weight, a weight without axes."""

    def __init__(self, inputs, targets):
        super().__init__()
        nn = torch.nn
        seeing = [nn.Conv3d(1, 3, 3, padding=1), nn.BatchNorm3d(3), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten()]
        self.see = nn.Sequential(*seeing, nn.Dropout(0.2))
        self.out = nn.Linear(3 + inputs, targets)
        self.gain = nn.Parameter(torch.ones(()))
        self.frozen = nn.Parameter(torch.full((2, 2), 0.5), requires_grad=False)

    def forward(self, voxels, inputs):
        return self.gain * self.out(torch.cat([self.see(voxels), inputs], dim=1))


class Encoding(Own):
    """The same in two steps."""

    seen: list[int] = []  # noqa: RUF012  what the test reads

    def encode(self, voxels):
        self.seen.append(len(voxels))
        return self.see(voxels)

    def head(self, encoding, inputs):
        return self.gain * self.out(torch.cat([encoding, inputs], dim=1))


def build(_shape, inputs, targets):
    return Own(inputs, targets)


def build_encoding(_shape, inputs, targets):
    return Encoding(inputs, targets)


@pytest.fixture(scope="module")
def sample():
    return sample_for(from_torch(build, name="own").info)


def fitted(model, sample, checkpoints=None, y=None):
    data = TrainingData(sample.rows.take(sample.in_training), (sample.y if y is None else y)[sample.in_training])
    valid = TrainingData(sample.rows.take(~sample.in_training), (sample.y if y is None else y)[~sample.in_training])
    return model.fit(data, valid, FitContext(seed=3, checkpoints=checkpoints))


def test_it_keeps_the_contract():
    check_model(from_torch(build, name="own", **{**SMALL, "epochs": 2, "members": 2}))


def test_it_is_built_for_the_voxels_inputs_and_targets_that_it_is_given(sample):
    asked = []

    def asking(*words):
        asked.append(words)
        return build(*words)

    two = np.stack([sample.y, 2 * sample.y], axis=1)
    answers = fitted(from_torch(asking, name="own", **{**SMALL, "downsample": 3}), sample, y=two).predict(sample.rows)
    assert answers.y.shape == two.shape
    inputs = len(sample.rows.columns.names) + 1  # a column with gaps has an indicator
    assert set(asked) == {((3, 3, 3), inputs, 2)}


def test_running_means_move_and_frozen_weights_do_not(sample):
    (member,) = fitted(from_torch(build, name="own", **SMALL), sample).members
    assert (member["own.frozen"] == 0.5).all()
    assert (member["own.see.1.running_mean"] != 0).any()
    assert member["own.see.1.num_batches_tracked"] > 0
    assert member["own.gain"] != 1


def test_one_that_encodes_sees_each_volume_once_a_batch(sample):
    Encoding.seen.clear()
    two_steps = fitted(from_torch(build_encoding, name="own", **SMALL), sample)
    assert max(Encoding.seen) <= SMALL["batch"]
    Encoding.seen.clear()
    answers = two_steps.predict(sample.rows).y
    assert sum(Encoding.seen) == len(sample.rows.volumes)
    # drop-out is drawn by volume in one and by row in the other, so only what is alike in evaluation is compared
    alike = from_torch(build, name="own", **SMALL).fitted(
        two_steps.setup, two_steps.late, two_steps.scales, two_steps.residual, two_steps.members
    )
    np.testing.assert_allclose(alike.predict(sample.rows).y, answers, rtol=1e-5)


class Killed:
    """Checkpoints in memory; after ``writes`` of them the process is killed."""

    def __init__(self, writes):
        self.kept, self.left = {}, writes

    def read(self, key):
        return self.kept.get(key)

    def write(self, key, arrays, values):
        self.kept[key] = ({name: array.copy() for name, array in arrays.items()}, dict(values))
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def test_a_training_that_was_killed_ends_in_the_same_bits(sample, monkeypatch):
    monkeypatch.setattr(state, "BETWEEN_WRITES", 0.0)
    model, stopped = from_torch(build, name="own", **SMALL), Killed(2)
    whole = fitted(model, sample).predict(sample.rows).y
    with pytest.raises(KeyboardInterrupt):
        fitted(model, sample, stopped)
    np.testing.assert_array_equal(fitted(model, sample, stopped).predict(sample.rows).y, whole)
    other = Killed(0)
    fitted(from_torch(build, name="another", **SMALL), sample, other)
    assert not other.kept.keys() & stopped.kept.keys(), "each model has checkpoints of its own"


def test_a_bound_on_time_ends_it_and_is_told(sample):
    late = fitted(
        from_torch(build, name="own", **{**SMALL, "epochs": 10_000, "patience": 10_000, "seconds": 0.5}), sample
    )
    assert late.truncated == TruncatedFit("epochs", late.truncated.done, 10_000)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda *_: 3, "build returned int, expected a torch.nn.Module"),
        (lambda *_: torch.nn.Linear(3, 3), r"its module failed on voxels \[8, 8, 8\] and 21 inputs: TypeError"),
        (lambda _, inputs, targets: Own(inputs, targets + 1), r"answers 1 rows with \[1, 2\], expected \[1, 1\]"),
        (lambda _, inputs, targets: Own(inputs, targets).double(), r"expected parameters in float32, own\.gain"),
    ],
    ids=["number", "arguments", "shape", "type"],
)
def test_what_is_no_fitting_module_is_named(sample, wrong, said):
    with pytest.raises(ModelError, match=f"model own: .*{said}"):
        fitted(from_torch(wrong, name="own", **SMALL), sample)


def test_settings_are_those_of_the_trainer():
    with pytest.raises(SettingsError, match="unknown setting 'epoch'; did you mean 'epochs'"):
        from_torch(build, name="own", epoch=3)
    with pytest.raises(SettingsError, match="unknown setting 'width'"):
        from_torch(build, name="own", width=3)
    with pytest.raises(SettingsError, match="epochs expects int"):
        from_torch(build, name="own", epochs="many")
    with pytest.raises(SettingsError, match="is of a-z, 0-9 and -"):
        from_torch(build, name="Own net")
