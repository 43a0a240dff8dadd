"""Every model has an ONNX form that says what it says, or the reason why it has none."""

from dataclasses import replace

import numpy as np
import pytest
from model_fits import fit

from poregrove.errors import ModelError
from poregrove.models import registry
from poregrove.models.base import Columns, Rows
from poregrove.models.onnx.convert import as_onnx, run_onnx
from poregrove.models.onnx.graph import Finish

pytest.importorskip("onnxmltools")
pytest.importorskip("onnxruntime")

FORMS = {
    "mean": {},
    "power-law": {},
    "chord-law": {},
    "ridge": {},
    "ridge-quadratic": {},
    "elastic-net": {"penalties": 6},
    "gaussian-process": {"steps": 6, "search_points": 80},
    "xgboost": {"rounds_unvalidated": 20},
    "xgboost-plain": {"rounds": 20},
    "lightgbm": {"rounds_unvalidated": 20},
    "hist-gradient-boosting": {"rounds": 20},
    "factorised-boosting": {"rounds_unvalidated": 20},
    "extra-trees": {"trees": 20},
    "ensemble": {"rounds": 10, "rounds_unvalidated": 10},
    "blend": {"rounds": 10, "worst": 1e9},
}
LOGS = ("porosity", "extra_0", "extra_3", *(f"scalar {i} [m.s-1]" for i in range(3)))
"""The last descriptor has gaps as well."""


def of_table(block, columns):
    """Rows that hold a block as it is, as the export tries a graph."""
    own = np.arange(len(block), dtype=np.int32)
    return Rows(block, np.zeros((0, 0), np.float32), own, np.full(len(block), -1, np.int32), Columns(columns.names))


def new_rows(case, seed=5):
    """Rows of training and rows between and beyond them, with gaps in every column."""
    rng = np.random.default_rng(seed)
    known = case.rows.matrix()
    low, high = np.nanmin(known, axis=0), np.nanmax(known, axis=0)
    drawn = rng.uniform(low - 0.3 * (high - low), high + 0.3 * (high - low), (200, len(low))).astype(np.float32)
    drawn[rng.random(drawn.shape) < 0.05] = np.nan
    return np.concatenate([known, drawn])


@pytest.mark.parametrize("name", FORMS)
def test_a_form_predicts_what_its_model_predicts(name, case_for):
    info = {item.name: item for item in registry.available()}[name]
    case = case_for(info)
    columns = replace(case.rows.columns, log=tuple(set(LOGS) & set(case.rows.columns.names)))
    case = replace(case, rows=replace(case.rows, columns=columns))
    rows, y, valid, y_valid = case.parts()
    stop = (valid, y_valid) if info.early_stopping_rows else ()
    fitted = fit(registry.create(name, **FORMS[name]), rows, y, *stop)
    block = new_rows(case) if columns.names else np.zeros((7, 0), np.float32)
    expected = fitted.predict(of_table(block, columns)).y.astype(np.float64)
    answer = run_onnx(as_onnx(name, fitted, columns.names, Finish()), block)
    assert np.isfinite(answer).all()
    assert np.abs(answer - expected).max() <= 1e-5 * max(expected.std(), 1e-2)
    if columns.names:
        assert expected.std() > 0.05, "the rows must be told apart"


def test_the_finish_is_part_of_every_graph(make_case):
    case = make_case()
    fitted = fit(registry.create("ridge"), case.rows, case.y)
    block, names = new_rows(case), case.rows.columns.names
    raw = np.exp(fitted.predict(of_table(block, case.rows.columns)).y.astype(float))
    low, high = np.quantile(raw, [0.2, 0.8])
    answer = run_onnx(as_onnx("ridge", fitted, names, Finish(exponential=True, bounds=(low, high))), block)
    assert answer == pytest.approx(np.clip(raw, low, high), rel=1e-6)
    assert run_onnx(as_onnx("ridge", fitted, names, Finish(bounds=(low, np.inf))), block).min() == np.float32(low)


@pytest.mark.parametrize("formula", range(4))
def test_what_descriptors_compute_is_computed_by_the_graph(formula):
    from poregrove.models.computed import FittedComputed

    columns = Columns(("relative_diffusivity_z", "porosity", "tortuosity_factor_z"))
    block = np.array([[0.2, 0.4, 1.6], [np.nan, 0.3, 2.5], [0.1, np.nan, 3.0], [0.0, 1.0, np.nan]], np.float32)
    fitted = FittedComputed(np.asarray(formula), np.asarray(0.125))
    answer = run_onnx(as_onnx("computed", fitted, columns.names, Finish()), block)
    assert answer == pytest.approx(fitted.predict(of_table(block, columns)).y, rel=1e-6)


def test_what_has_no_form_is_refused_with_its_reason(make_case):
    case = make_case()
    names = case.rows.columns.names

    def refused(name, **settings):
        y = np.exp(case.y) if "aft" in name else case.y
        upper = {"upper": y} if "aft" in name else {}
        fitted = fit(registry.create(name, **settings), case.rows, y, **upper)
        with pytest.raises(ModelError) as caught:
            as_onnx(name, fitted, names, Finish())
        return str(caught.value)

    assert refused("additive") == (
        "model 'additive' has no ONNX form: it answers for the volumes and designs of training alone, by their ids"
    )
    assert refused("xgboost-aft-capped", rounds=3).endswith("into something else without a word")
    assert refused("lightgbm-linear", rounds_unvalidated=3).endswith("no operator of ONNX is a tree with linear leaves")
    mixed = refused("blend", candidates="ridge,lightgbm-linear", worst=1e9, rounds=3)
    assert "its member lightgbm-linear: no operator of ONNX" in mixed
