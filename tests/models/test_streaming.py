"""Models without a bound on rows never join more than a batch of them at once."""

import gc
import weakref

import numpy as np
import pytest
from model_fits import fit

from poregrove.models import registry
from poregrove.models.base import BATCH_ROWS, Columns, Rows

STREAMING = [
    info
    for info in registry.available()
    if info.kind in {"linear", "other", "booster", "ensemble"} and info.max_rows is None
]


# the blend fits five of the others, each several times
SLOW = {"blend"}


@pytest.mark.parametrize(
    "info", [pytest.param(info, id=info.name, marks=[pytest.mark.slow] * (info.name in SLOW)) for info in STREAMING]
)
def test_no_matrix_is_larger_than_a_batch(info, monkeypatch):
    rng = np.random.default_rng(0)
    n = BATCH_ROWS + 20_000
    volume, design = rng.integers(0, 500, n, dtype=np.int32), rng.integers(0, 50, n, dtype=np.int32)
    table, scalars = rng.normal(size=(500, 3)).astype(np.float32), rng.normal(size=(50, 2)).astype(np.float32)
    rows = Rows(table, scalars, volume, design, Columns(("a", "b", "c"), ("s", "t")))
    sizes = []
    matrix = Rows.matrix

    def recorded(self, part=slice(None)):
        block = matrix(self, part)
        sizes.append(len(block))
        return block

    monkeypatch.setattr(Rows, "matrix", recorded)
    known = {"rounds", "rounds_unvalidated"} & set(vars(registry.create(info.name)))
    model = registry.create(info.name, **dict.fromkeys(known, 3))
    y = np.exp(table[volume, 0] / 4).astype(np.float32)
    train, valid = rows.take(slice(BATCH_ROWS + 5_000)), rows.take(slice(BATCH_ROWS + 5_000, None))
    part = (valid, y[len(train) :]) if info.early_stopping_rows else ()
    assert len(fit(model, train, y[: len(train)], *part).predict(rows).y) == n
    assert 0 < max(sizes) <= BATCH_ROWS


@pytest.mark.parametrize("info", STREAMING, ids=lambda info: info.name)
def test_rows_and_what_was_made_of_them_go_with_their_fold(info, make_case):
    """No reference cycle keeps them until Python looks for some, which at a million rows is a gigabyte too late."""
    case = make_case()
    train, y, valid, y_valid = case.parts()
    known = {"rounds", "rounds_unvalidated"} & set(vars(registry.create(info.name)))
    model = registry.create(info.name, **dict.fromkeys(known, 3))
    gone = weakref.ref(train), weakref.ref(valid)
    y, y_valid = (np.exp(part) if info.censoring else part for part in (y, y_valid))
    gc.disable()
    try:
        fitted = fit(model, train, y, *((valid, y_valid) if info.early_stopping_rows else ()))
        del train, valid
        assert [reference() for reference in gone] == [None, None]
    finally:
        gc.enable()
    assert len(fitted.predict(case.rows).y) == len(case.rows)
