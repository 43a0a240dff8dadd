"""Checks that hold for every model, whatever it learns, by fitting it on a small sample."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ModelError
from ..models.base import FitContext, ModelInfo, Prediction, TrainingData
from ..schema import FEATURE_SET_BY_NAME, TARGET_BY_NAME
from .sample_rows import Sample, renumbered, sample_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ..array_types import Float32
    from ..models.base import Fitted, Model, Rows

_PICKLES = (b"\x80\x04\x95", b"\x80\x05\x95")
"""First bytes of a pickle of protocol 4 or 5."""
_ROUNDING = 1e-6
_BEYOND_ROUNDING = 0.1
"""Share of the rows that may change with a batch: the last digit of a network can send one down another branch of a tree."""
_SEED = 3


def check_model(model: Model) -> None:
    """Fit, predict, save and load a model on a small sample and check the promises of ``models.base``.

    The model must declare itself in the words of ``schema``; answer every row with a finite float32 of the right
    shape, gaps among its columns or not; give the same bits for the same seed; forget earlier fits; leave its inputs as
    they are;
    answer by columns, not by the identity or the place of a row (ids only where ``info.requires_seen_ids``); answer
    rows alone as it answers them together; come back from a folder without pickle; and refuse in a ModelError what it
    cannot be fitted on. A dozen fits: pass settings that keep a fit short.

    Parameters
    ----------
    model
        A model with its settings, ready to fit.

    Raises
    ------
    AssertionError
        Naming the model and what it broke; an error of its own that no check asks for passes through.

    Examples
    --------
    >>> from poregrove.models import create
    >>> from poregrove.testing import check_model
    >>> check_model(create("mean"))

    """
    for check in _CHECKS:
        try:
            check(_Subject(model))
        except _BrokenError as broken:
            name = getattr(getattr(model, "info", None), "name", type(model).__name__)
            raise AssertionError(f"model {name}: {broken}") from broken.__cause__


class _BrokenError(Exception):
    """A promise that a model broke, in words."""


@dataclass(frozen=True, eq=False)
class _Subject:
    """A model under test with fresh rows."""

    model: Model

    @property
    def info(self) -> ModelInfo:
        return self.model.info

    @property
    def sample(self) -> Sample:
        return sample_for(self.info)

    def fit(self, sample: Sample, y: NDArray[Any] | None = None) -> Fitted:
        """Fitted on the training rows, with the others to stop early by where it wants them."""
        sample = sample if y is None else replace(sample, y=y)
        valid = sample.data(~sample.in_training) if self.info.early_stopping_rows else None
        return self.model.fit(sample.data(sample.in_training), valid, FitContext(seed=_SEED))


def _declares_itself(subject: _Subject) -> None:
    model = subject.model
    info = getattr(model, "info", None)
    _must(isinstance(info, ModelInfo), f"info must be a ModelInfo, it is {info!r}")
    _must(is_dataclass(model), "its settings must be the fields of a frozen dataclass")
    name = subject.info.name
    _must(re.fullmatch(r"[a-z0-9-]+", name), f"the name {name!r} must be of a-z, 0-9 and -, as it names folders")
    _must(subject.info.label and subject.info.meaning, "label and meaning must say something")
    for what, words, known in (
        ("feature set", subject.info.feature_sets, set(FEATURE_SET_BY_NAME)),
        ("target", subject.info.targets or (), set(TARGET_BY_NAME)),
        ("id", subject.info.requires_seen_ids, {"volume", "design"}),
    ):
        unknown = sorted(set(words) - known)
        _must(not unknown, f"unknown {what} {', '.join(unknown)}; known: {', '.join(sorted(known))}")


def _answers_every_row(subject: _Subject) -> None:
    sample = subject.sample
    fitted = subject.fit(sample)
    prediction = fitted.predict(sample.rows)
    _shaped(prediction, (len(sample.rows),), "predictions")
    for bound, sign, name in ((prediction.lo, -1, "lower"), (prediction.hi, 1, "upper")):
        if bound is not None:
            _must(bool((sign * (bound - prediction.y) >= 0).all()), f"a {name} bound lies on the wrong side")
    _shaped(fitted.predict(sample.rows.take(np.arange(0))), (0,), "predictions of no rows")


def _learns_several_targets(subject: _Subject) -> None:
    sample = subject.sample
    # some rows know the first target alone; all know the first one
    second = np.where(np.arange(len(sample.y)) % 3 == 0, np.nan, 2 * sample.y)
    two = np.stack([sample.y, second], axis=1).astype(np.float32)
    if subject.info.multi_target:
        _shaped(subject.fit(sample, two).predict(sample.rows), two.shape, "predictions of two targets")
    else:
        _refuses(subject, "two targets, which it does not declare (multi_target)", sample.rows, two)


def _same_seed_same_bits(subject: _Subject) -> None:
    first, second = (subject.fit(sample).predict(sample.rows).y for sample in (subject.sample, subject.sample))
    _must(np.array_equal(first, second), "is not deterministic: two fits with the same seed predict differently")


def _forgets_earlier_fits(subject: _Subject) -> None:
    sample = subject.sample
    held_back = sample.rows.take(~sample.in_training)
    before = subject.fit(sample).predict(held_back).y
    other = replace(sample, y=2 * sample.y + 1)
    valid = other.data(~sample.in_training) if subject.info.early_stopping_rows else None
    subject.model.fit(TrainingData(other.rows, other.y), valid, FitContext(seed=_SEED))
    _must(
        np.array_equal(subject.fit(sample).predict(held_back).y, before),
        "remembers an earlier fit: fitted on other targets in between, it predicts differently",
    )


def _leaves_inputs_alone(subject: _Subject) -> None:
    sample = subject.sample
    arrays = {name: getattr(sample.rows, name) for name in ("descriptors", "designs", "volume", "design")}
    weight = np.linspace(0.5, 1.5, len(sample.y), dtype=np.float32)
    arrays |= {"y": sample.y, "weight": weight}
    before = {name: array.copy() for name, array in arrays.items()}
    random = np.random.get_state(legacy=False)  # noqa: NPY002  it is the global state that must not move
    data = TrainingData(sample.rows, sample.y, weight=weight)
    valid = sample.data(~sample.in_training) if subject.info.early_stopping_rows else None
    subject.model.fit(data, valid, FitContext(seed=_SEED + 1)).predict(sample.rows)
    for name, array in arrays.items():
        _must(np.array_equal(array, before[name], equal_nan=True), f"changes its input: {name} is not as it was")
    now = np.random.get_state(legacy=False)  # noqa: NPY002  the same
    _must(
        np.array_equal(now["state"]["key"], random["state"]["key"]) and now["state"]["pos"] == random["state"]["pos"],
        "draws from numpy's global random state instead of the seed it is given",
    )


def _knows_no_row_by_heart(subject: _Subject) -> None:
    sample = subject.sample
    data = sample.data(sample.in_training)
    valid = sample.data(~sample.in_training) if subject.info.early_stopping_rows else None
    fitted = subject.model.fit(data, valid, FitContext(seed=_SEED))
    answer = fitted.predict(data.rows).y
    fresh = fitted.predict(subject.sample.rows.take(sample.in_training)).y
    _close(answer, fresh, "answers its training rows otherwise than equal rows: it returns what it was shown")
    if not subject.info.requires_seen_ids:
        moved = fitted.predict(renumbered(data.rows)).y
        _close(
            answer, moved, "answers by the positions of volumes or designs, which requires_seen_ids does not declare"
        )


def _rows_alone_and_together(subject: _Subject) -> None:
    sample = subject.sample
    fitted = subject.fit(sample)
    whole = fitted.predict(sample.rows).y
    order = np.random.default_rng(0).permutation(len(sample.rows))
    shuffled = fitted.predict(sample.rows.take(order)).y
    _close(shuffled, whole[order], "answers a row otherwise where rows come in another order")
    parts = [fitted.predict(sample.rows.take(part)).y for part in np.array_split(order, 5)]
    differs = ~np.isclose(np.concatenate(parts), whole[order], rtol=_ROUNDING, atol=_ROUNDING)
    _must(differs.mean() <= _BEYOND_ROUNDING, "answers a row otherwise where fewer rows are asked for")


def _comes_back_from_a_folder(subject: _Subject) -> None:
    sample = subject.sample
    fitted = subject.fit(sample)
    with tempfile.TemporaryDirectory() as name:
        saved, empty = Path(name, "saved"), Path(name, "empty")
        saved.mkdir()
        empty.mkdir()
        if not subject.info.storable:
            with _refusing("saving, which it declares it cannot (storable)"):
                fitted.save(saved)
            _must(not any(saved.iterdir()), "leaves files behind where it cannot be saved")
            return
        fitted.save(saved)
        files = [path for path in saved.rglob("*") if path.is_file()]
        _must(files, "save writes no file")
        for path in files:
            _must(not _pickled(path), f"{path.name} holds a pickle, which runs code when it is read")
        loaded = subject.model.fitted.load(saved)
        same = np.array_equal(loaded.predict(sample.rows).y, fitted.predict(sample.rows).y)
        _must(same, "forgets something when it is saved: loaded again it predicts differently")
        with _refusing("loading from an empty folder"):
            subject.model.fitted.load(empty)


def _refuses_what_it_cannot_fit(subject: _Subject) -> None:
    sample = subject.sample
    for wrong in (np.nan, np.inf):
        y = sample.y.copy()
        y[5] = wrong
        _refuses(subject, f"a target value of {wrong}", sample.rows, y)
    _refuses(subject, "fewer target values than rows", sample.rows, sample.y[:-1])
    _refuses(subject, "no training rows", sample.rows.take(np.arange(0)), sample.y[:0])
    _refuses(subject, "negative weights", sample.rows, sample.y, weight=-np.ones(len(sample.y), np.float32))


def _refuses_other_columns(subject: _Subject) -> None:
    sample = subject.sample
    columns = sample.rows.columns
    if not columns.names or subject.info.columns:
        return  # it looks at ids alone, or asks for its columns by name
    fitted = subject.fit(sample)
    names = ("another_column", *columns.descriptors[1:])
    with _refusing("predicting from other columns than those of training"):
        fitted.predict(replace(sample.rows, columns=replace(columns, descriptors=names), _prepared={}))


_CHECKS: tuple[Callable[[_Subject], None], ...] = (
    _declares_itself,
    _answers_every_row,
    _learns_several_targets,
    _same_seed_same_bits,
    _forgets_earlier_fits,
    _leaves_inputs_alone,
    _knows_no_row_by_heart,
    _rows_alone_and_together,
    _comes_back_from_a_folder,
    _refuses_what_it_cannot_fit,
    _refuses_other_columns,
)


def _must(held: object, broken: str) -> None:
    if not held:
        raise _BrokenError(broken)


def _shaped(prediction: Prediction, shape: tuple[int, ...], what: str) -> None:
    for values in (prediction.y, prediction.lo, prediction.hi):
        if values is not None:
            got = f"{values.dtype}{list(values.shape)}"
            _must(
                values.dtype == np.float32 and values.shape == shape,
                f"{what}: expected float32{list(shape)}, got {got}",
            )
            _must(np.isfinite(values).all(), f"{what}: {int((~np.isfinite(values)).sum())} are not finite")


def _close(first: Float32, second: Float32, broken: str) -> None:
    _must(np.allclose(first, second, rtol=_ROUNDING, atol=_ROUNDING), broken)


def _refuses(subject: _Subject, what: str, rows: Rows, y: NDArray[Any], weight: NDArray[Any] | None = None) -> None:
    with _refusing(what):
        subject.model.fit(TrainingData(rows, y, weight=weight), None, FitContext(seed=_SEED))


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Within it a ModelError must be raised."""
    try:
        yield
    except ModelError:
        return
    except Exception as error:
        raise _BrokenError(f"{what}: expected a ModelError, got {type(error).__name__}: {error}") from error
    raise _BrokenError(f"{what}: expected a ModelError, it went through")


def _pickled(path: Path) -> bool:
    data = path.read_bytes()
    # the plain floats of safetensors may hold any bytes inside
    inside = path.suffix != ".safetensors" and any(mark in data for mark in _PICKLES)
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as stored:
            inside = any(stored[name].dtype == object for name in stored)
    return inside or data.startswith(b"\x80")
