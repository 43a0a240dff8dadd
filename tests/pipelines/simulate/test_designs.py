"""Parameter vectors: inside their ranges, distinct, evenly spread."""

import numpy as np
import pytest

from poregrove.errors import SettingsError
from poregrove.pipelines.simulate.designs import MOST_RESERVE, RANGES, latin_hypercube, vector_at
from poregrove.schema import SCALAR_COLUMNS, SCALARS

COLUMN = {scalar.name: scalar.column for scalar in SCALARS}


def test_every_scalar_has_a_range():
    assert [item.name for item in RANGES] == [scalar.name for scalar in SCALARS]


def test_vectors_hold_the_scalars_under_their_pybamm_names():
    assert all(tuple(vector) == SCALAR_COLUMNS for vector in latin_hypercube(5, seed=0))


@pytest.mark.parametrize(
    "item", [item for item in RANGES if item.name != "negative_thickness"], ids=lambda item: item.name
)
def test_each_scalar_falls_once_into_each_part_of_its_range(item):
    values = np.sort([vector[COLUMN[item.name]] for vector in latin_hypercube(20, seed=3)])
    assert item.low <= values[0]
    assert values[-1] <= item.high
    scaled = (
        np.log(values / item.low) / np.log(item.high / item.low)
        if item.log
        else (values - item.low) / (item.high - item.low)
    )
    # Values are rounded to six digits, so one may sit on the border of its part.
    assert np.array_equal(np.floor(20 * scaled + 1e-4 * (np.arange(20) - 20 * scaled > 0)), np.arange(20))


def test_graphite_holds_no_large_reserve():
    thicknesses = [
        (v[COLUMN["negative_thickness"]], v[COLUMN["positive_thickness"]]) for v in latin_hypercube(60, seed=3)
    ]
    graphite = next(item for item in RANGES if item.name == "negative_thickness")
    ratios = [negative / positive for negative, positive in thicknesses]
    assert max(ratios) == pytest.approx(MOST_RESERVE, rel=1e-5)
    parts = [60 * (n - graphite.low) / (graphite.high - graphite.low) for n, p in thicknesses if n < 1.499 * p]
    assert len({int(part) for part in parts}) == len(parts) > 45


def test_vectors_are_distinct_and_decided_by_the_seed():
    vectors = latin_hypercube(36, seed=1)
    assert len({tuple(vector.values()) for vector in vectors}) == 36
    assert vectors == latin_hypercube(36, seed=1)
    assert vectors != latin_hypercube(36, seed=2)


def test_the_middle_of_a_range_is_that_of_its_scale():
    middle = vector_at({})
    by_name = {item.name: item for item in RANGES}
    assert middle[COLUMN["positive_radius"]] == pytest.approx(
        (by_name["positive_radius"].low + by_name["positive_radius"].high) / 2
    )
    assert middle[COLUMN["sei_rate"]] == pytest.approx(
        np.sqrt(by_name["sei_rate"].low * by_name["sei_rate"].high), rel=1e-5
    )
    assert vector_at({"sei_rate": 1.0})[COLUMN["sei_rate"]] == by_name["sei_rate"].high


def test_no_designs_are_refused():
    with pytest.raises(SettingsError, match="at least 1"):
        latin_hypercube(0, seed=0)
