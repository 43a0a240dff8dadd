"""CatBoost: quiet, bounded, and no better at what it cannot see."""

import numpy as np
import pytest
from model_fits import fit

from poregrove.errors import ModelError
from poregrove.models import registry
from poregrove.models.base import Columns, Rows

pytest.importorskip("catboost")


def test_it_writes_nothing_where_it_runs(make_case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    case = make_case()
    fit(registry.create("catboost", rounds_unvalidated=5), case.rows, case.y).predict(case.rows)
    assert not list(tmp_path.iterdir())


def test_it_stops_early_and_learns_unseen_volumes(make_case):
    case = make_case(volumes=80, designs=10, per=8)
    train, valid, test = (np.flatnonzero(np.isin(case.rows.volume % 4, part)) for part in ([0, 1], [2], [3]))
    fitted = fit(
        registry.create("catboost", learning_rate=0.2),
        case.rows.take(train),
        case.y[train],
        case.rows.take(valid),
        case.y[valid],
    )
    error = fitted.predict(case.rows.take(test)).y - case.y[test]
    assert fitted.rounds < 1000
    assert np.var(error) < 0.5 * np.var(case.y[test])


def test_more_rows_than_it_takes_are_refused():
    n = registry.create("catboost").info.max_rows + 1
    zeros = np.zeros(n, np.int32)
    rows = Rows(np.ones((1, 1), np.float32), np.zeros((1, 0), np.float32), zeros, zeros, Columns(("a",)))
    with pytest.raises(ModelError, match="at most 200000"):
        fit(registry.create("catboost"), rows, np.ones(n, np.float32))


def test_a_file_with_other_trees_is_refused(make_case, tmp_path):
    case = make_case()
    fit(registry.create("catboost", rounds_unvalidated=5), case.rows, case.y).save(tmp_path)
    (tmp_path / "trees.json").write_text('{"trees": 4}')
    with pytest.raises(ModelError, match="expected 4 trees, got 5"):
        registry.load("catboost", tmp_path)
    (tmp_path / "trees.json").write_text('{"trees": 5}')
    (tmp_path / "model.cbm").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="expected a saved CatBoost model"):
        registry.load("catboost", tmp_path)
