"""ONNX graphs of boosters: they say what the boosters say, on gaps and on thresholds too."""

import numpy as np
import pytest
from model_fits import fit

from poregrove.models import registry
from poregrove.models.base import Columns, Rows
from poregrove.models.onnx.convert import as_onnx, run_onnx, thresholds
from poregrove.models.onnx.graph import Finish

pytest.importorskip("onnxmltools")
pytest.importorskip("onnxruntime")

BOOSTERS = ("xgboost", "lightgbm")
COLUMNS = Columns(descriptors=("a", "b", "c"))


def rows_of(block):
    own = np.arange(len(block), dtype=np.int32)
    return Rows(block, np.zeros((0, 0), np.float32), own, np.full(len(block), -1, np.int32), COLUMNS)


@pytest.fixture(scope="module")
def block():
    rng = np.random.default_rng(3)
    block = rng.normal(size=(400, 3)).astype(np.float32)
    block[rng.random(block.shape) < 0.1] = np.nan
    return block


@pytest.fixture(scope="module")
def fitted(block):
    y = (5.0 + 1e-3 * np.nan_to_num(block[:, 0]) * np.nan_to_num(block[:, 1], nan=2.0)).astype(np.float32)
    return {name: fit(registry.create(name, rounds_unvalidated=20), rows_of(block), y) for name in BOOSTERS}


@pytest.mark.parametrize("name", BOOSTERS)
def test_a_graph_says_what_its_booster_says_gaps_included(name, fitted, block):
    graph = as_onnx(name, fitted[name], COLUMNS.names, Finish())
    expected = fitted[name].predict(rows_of(block)).y
    assert run_onnx(graph, block) == pytest.approx(expected, rel=1e-6)  # float32 at 5 has steps of 5e-7


@pytest.mark.parametrize("name", BOOSTERS)
def test_the_finish_is_part_of_the_graph(name, fitted, block):
    finish = Finish(exponential=True, bounds=(148.2, 148.6))
    answer = run_onnx(as_onnx(name, fitted[name], COLUMNS.names, finish), block)
    expected = np.clip(np.exp(fitted[name].predict(rows_of(block)).y.astype(float)), 148.2, 148.6)
    assert answer == pytest.approx(expected, rel=1e-5)
    assert answer.min() == pytest.approx(148.2)
    assert answer.max() == pytest.approx(148.6)


@pytest.mark.parametrize("name", BOOSTERS)
def test_rows_that_lie_on_a_threshold_fall_to_the_same_side(name, fitted):
    graph = as_onnx(name, fitted[name], COLUMNS.names, Finish())
    splits = thresholds(graph)
    assert set(splits) <= {0, 1, 2}
    for column, values in splits.items():
        for direction in (-np.inf, 0, np.inf):
            at = values if direction == 0 else np.nextafter(values, np.float32(direction))
            block = np.zeros((len(values), 3), np.float32)
            block[:, column] = at
            expected = fitted[name].predict(rows_of(block)).y
            assert run_onnx(graph, block) == pytest.approx(expected, rel=1e-6)  # sums of float32


@pytest.mark.parametrize("name", BOOSTERS)
def test_gaps_in_columns_that_had_none_in_training_are_taken_as_the_booster_takes_them(name, block):
    whole = np.nan_to_num(block) + np.float32(0.3)
    y = (whole[:, 0] * whole[:, 1] + whole[:, 2]).astype(np.float32)
    fitted = fit(registry.create(name, rounds_unvalidated=20), rows_of(whole), y)
    expected = fitted.predict(rows_of(block)).y
    answer = run_onnx(as_onnx(name, fitted, COLUMNS.names, Finish()), block)
    assert answer == pytest.approx(expected, abs=1e-5 * float(expected.std()))
