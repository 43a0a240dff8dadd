"""Inputs of a contract as numeric columns."""

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import DataSetError
from poregrove.pipelines.data.inputs import encoded, with_levels
from poregrove.schema import Contract, InputSpec


def _one(values, where="the table", **spec):
    contract = Contract(inputs=(InputSpec("x", "The x", **spec),))
    table = pd.DataFrame({"The x": values})
    return encoded(table, with_levels(contract, table), where)


def test_a_number_is_itself_whether_models_take_its_logarithm_or_not():
    assert _one([1.5, None, np.inf])["x"].tolist()[:1] == [1.5]
    assert np.isnan(_one([1.5, None, np.inf])["x"][1:]).all()
    assert _one([1e-3, 0.0, -1.0, 100.0], log=True)["x"].tolist() == [1e-3, 0.0, -1.0, 100.0]


def test_an_unknown_level_is_missing_where_that_is_asked_for_and_the_log_says_so(caplog):
    contract = Contract(inputs=(InputSpec("k", "k", kind="category", levels=("CMC", "PVDF")),))
    found = encoded(pd.DataFrame({"k": ["PVDF", "PAA", "PAA"]}), contract, "designs", unknown="missing")
    np.testing.assert_array_equal(found.to_numpy(), [[0, 1], [np.nan, np.nan], [np.nan, np.nan]])
    assert "'PAA' is no level of the category 'k'; known: CMC, PVDF; taken as missing in 2 of 3 rows" in caplog.text


def test_a_category_is_a_column_a_level_and_a_gap_is_a_gap_in_all():
    found = _one(["b", "a", None], kind="category")
    assert list(found) == ["x=a", "x=b"]
    np.testing.assert_array_equal(found.to_numpy(), [[0, 1], [1, 0], [np.nan, np.nan]])


@pytest.mark.parametrize("values", [[True, False], [1, 0], ["yes", "No"], [1.0, 0.0], ["true", "FALSE"]])
def test_a_boolean_is_one_and_zero_however_it_is_written(values):
    assert _one(values, kind="boolean")["x"].tolist() == [1.0, 0.0]


def test_the_name_serves_where_the_column_is_not_there():
    contract = Contract(inputs=(InputSpec("x", "The x"),))
    assert encoded(pd.DataFrame({"x": [2.0]}), contract, "designs")["x"].tolist() == [2.0]
    both = pd.DataFrame({"x": [2.0], "The x": [2.0]})
    with pytest.raises(DataSetError, match="designs: the input 'The x' is there as 'The x' and 'x'; expected it once"):
        encoded(both, contract, "designs")


def test_what_is_missing_or_of_another_kind_is_named():
    contract = Contract(inputs=(InputSpec("x", "thickness"), InputSpec("k", "k", kind="category", levels=("PVDF",))))
    with pytest.raises(DataSetError, match="'thickness' is missing; expected it once; did you mean 'thicknes'"):
        encoded(pd.DataFrame({"thicknes": [1.0], "k": ["PVDF"]}), contract, "designs")
    with pytest.raises(DataSetError, match="'PVdF' is no level of the category 'k'; did you mean 'PVDF'"):
        encoded(pd.DataFrame({"thickness": [1.0], "k": ["PVdF"]}), contract, "designs")
    with pytest.raises(DataSetError, match="the column 'thickness' must hold numbers"):
        encoded(pd.DataFrame({"thickness": ["thin"], "k": ["PVDF"]}), contract, "designs")
    with pytest.raises(DataSetError, match="must hold true and false, got 'maybe'"):
        _one(["maybe"], kind="boolean")
