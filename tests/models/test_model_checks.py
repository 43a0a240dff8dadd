"""The shipped contract test catches models that cheat, each by the rule that it breaks."""

import pickle
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from poregrove.errors import ModelError
from poregrove.models.base import ModelInfo, Prediction
from poregrove.models.shared.checks import checked_columns, checked_target, checked_weight
from poregrove.testing import check_model

INFO = ModelInfo("honest", "honest", "linear", "the mean, or what a cheat makes of it", ("scalars+morphology",))


@dataclass(frozen=True)
class FittedHonest:
    """The mean of the training rows, and the columns that they had."""

    mean: float
    columns: tuple[str, ...]

    def predict(self, rows):
        checked_columns(rows, self.columns)
        return Prediction(np.full(len(rows), self.mean, np.float32))

    def save(self, folder):
        np.savez(folder / "model.npz", mean=self.mean, columns=np.array(self.columns))

    @classmethod
    def load(cls, folder):
        try:
            with np.load(folder / "model.npz") as stored:
                return cls(float(stored["mean"]), tuple(map(str, stored["columns"])))
        except OSError as error:
            raise ModelError(f"{folder}: no model") from error


@dataclass(frozen=True)
class Honest:
    info: ClassVar[ModelInfo] = INFO
    fitted: ClassVar = FittedHonest

    def fit(self, train, valid, context):
        mean = np.average(checked_target(train), weights=checked_weight(train.rows, train.weight))
        return self.fitted(float(mean), train.rows.columns.names)


@dataclass(frozen=True)
class FittedOnRows(FittedHonest):
    """Holds its training data, of which its kin make ill use."""

    train: object = None

    def predict(self, rows):
        answer = super().predict(rows)
        return Prediction(self.cheated(rows, answer.y)) if self.train else answer


class ByIdentity(FittedOnRows):
    def cheated(self, rows, y):
        return self.train.y if rows is self.train.rows else y


class ByPosition(FittedOnRows):
    """Looks the ids up, which it does not declare."""

    def cheated(self, rows, y):
        pairs = zip(self.train.rows.volume, self.train.rows.design, self.train.y, strict=True)
        known = {(volume, design): value for volume, design, value in pairs}
        asked = zip(rows.volume, rows.design, y, strict=True)
        return np.array([known.get((volume, design), value) for volume, design, value in asked], np.float32)


class ByBatch(FittedOnRows):
    """Standardises by the rows that it is asked for."""

    def cheated(self, rows, y):
        x = rows.column("porosity")
        return (y + (x - x.mean() if len(x) else x)).astype(np.float32)


class InDouble(FittedHonest):
    def predict(self, rows):
        return Prediction(super().predict(rows).y.astype(np.float64))


class WithGaps(FittedHonest):
    def predict(self, rows):
        return Prediction(super().predict(rows).y + 0 * rows.column("column_with_gaps"))


class Forgetful(FittedHonest):
    @classmethod
    def load(cls, folder):
        return replace(super().load(folder), mean=0.0)


class Pickled(FittedHonest):
    def save(self, folder):
        super().save(folder)
        Path(folder, "more.bin").write_bytes(pickle.dumps(self.columns))


def cheat(fitted_class, *, keeps=False):
    """A model whose fitted class cheats; ``keeps``: it is handed the training data."""

    @dataclass(frozen=True)
    class Cheat(Honest):
        fitted: ClassVar = fitted_class

        def fit(self, train, valid, context):
            fitted = super().fit(train, valid, context)
            return replace(fitted, train=train) if keeps else fitted

    return Cheat()


@dataclass(frozen=True)
class ChangesInput(Honest):
    def fit(self, train, valid, context):
        fitted = super().fit(train, valid, context)
        train.rows.descriptors[:, 0] -= 0.1
        return fitted


@dataclass(frozen=True)
class ChangesWeights(Honest):
    def fit(self, train, valid, context):
        fitted = super().fit(train, valid, context)
        if train.weight is not None:
            train.weight[:] /= train.weight.sum()
        return fitted


class Remembering(FittedOnRows):
    """Answers test rows of one fold by what it was shown as training rows of an earlier one."""

    shown: ClassVar[dict] = {}

    def cheated(self, rows, y):
        own = set(zip(self.train.rows.volume, self.train.rows.design, strict=True))
        asked = zip(rows.volume, rows.design, y, strict=True)
        answers = [y if (v, d) in own else self.shown.get((v, d), y) for v, d, y in asked]
        return np.array(answers, np.float32)


@dataclass(frozen=True)
class RemembersFits(Honest):
    fitted: ClassVar = Remembering

    def fit(self, train, valid, context):
        fitted = replace(super().fit(train, valid, context), train=train)
        pairs = zip(train.rows.volume, train.rows.design, strict=True)
        Remembering.shown.update(zip(pairs, train.y, strict=True))
        return fitted


@dataclass(frozen=True)
class Random(Honest):
    drawn: list = field(default_factory=lambda: [0])

    def fit(self, train, valid, context):
        self.drawn[0] += 1
        return replace(super().fit(train, valid, context), mean=float(self.drawn[0]))


@dataclass(frozen=True)
class Seeds(Honest):
    def fit(self, train, valid, context):
        np.random.seed(context.seed)  # noqa: NPY002  what it must not do
        return super().fit(train, valid, context)


@dataclass(frozen=True)
class TakesAnything(Honest):
    def fit(self, train, valid, context):
        y = np.nan_to_num(np.ravel(train.y))
        return self.fitted(float(y.sum() / max(len(y), 1)), train.rows.columns.names)


@dataclass(frozen=True)
class Boastful(Honest):
    info: ClassVar[ModelInfo] = replace(INFO, multi_target=True)


@dataclass(frozen=True)
class Unheard(Honest):
    info: ClassVar[ModelInfo] = replace(INFO, feature_sets=("everything",))


def named(model):
    return model.fitted.__name__ if type(model).__name__ == "Cheat" else type(model).__name__


def test_an_honest_model_passes():
    check_model(Honest())


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (cheat(ByIdentity, keeps=True), "returns what it was shown"),
        (cheat(ByPosition, keeps=True), "positions of volumes or designs"),
        (cheat(ByBatch, keeps=True), "fewer rows are asked for"),
        (cheat(InDouble), r"expected float32\[192\], got float64\[192\]"),
        (cheat(WithGaps), "are not finite"),
        (cheat(Forgetful), "forgets something when it is saved"),
        (cheat(Pickled), r"more\.bin holds a pickle"),
        (ChangesInput(), "changes its input: descriptors"),
        (ChangesWeights(), "changes its input: weight"),
        (RemembersFits(), "remembers an earlier fit"),
        (Random(), "not deterministic"),
        (Seeds(), "global random state"),
        (TakesAnything(), "two targets, which it does not declare"),
        (Boastful(), "one target value a row"),
        (Unheard(), "unknown feature set everything"),
    ],
    ids=lambda value: "" if isinstance(value, str) else named(value),
)
def test_a_model_that_breaks_the_contract_is_named_with_what_it_broke(model, said):
    with pytest.raises((AssertionError, ModelError), match=said):
        check_model(model)
