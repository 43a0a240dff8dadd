"""JSON as the types that records declare, or a TypeError that names the field."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from poregrove.pipelines.bundle.from_json import record


@dataclass(frozen=True)
class Inner:
    name: str
    bounds: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class Outer:
    inner: Inner
    several: tuple[Inner, ...] = ()
    widths: Mapping[str, float | None] | None = None
    count: int = 0
    kind: Literal["a", "b"] = "a"
    whatever: Any = None


def test_a_record_comes_back_as_it_was():
    given = {
        "inner": {"name": "x", "bounds": [1, 2.5]},
        "several": [{"name": "y"}],
        "widths": {"0.9": None, "0.5": 1},
        "count": 3,
        "kind": "b",
        "whatever": [{"a": 1}],
    }
    expected = Outer(Inner("x", (1.0, 2.5)), (Inner("y"),), {"0.9": None, "0.5": 1.0}, 3, "b", [{"a": 1}])
    assert record(Outer, given) == expected


def test_null_for_a_number_is_nan():
    assert math.isnan(record(Inner, {"name": "x", "bounds": [None, 1.0]}).bounds[0])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "Outer expects an object"),
        ({}, "missing"),
        ({"inner": {"name": 1}}, "Inner.name expects str"),
        ({"inner": {"name": "x", "bounds": [1.0]}}, "Inner.bounds expects tuple"),
        ({"inner": {"name": "x", "bounds": "ab"}}, "Inner.bounds expects tuple"),
        ({"inner": {"name": "x", "bounds": [10**400, 1]}}, "a computer can hold"),
        ({"inner": {"name": "x", "bounds": [True, 1]}}, "Inner.bounds expects float"),
        ({"inner": {"name": "x"}, "count": True}, "Outer.count expects int"),
        ({"inner": {"name": "x"}, "count": 1.0}, "Outer.count expects int"),
        ({"inner": {"name": "x"}, "kind": "c"}, "Outer.kind expects"),
        ({"inner": {"name": "x"}, "kind": []}, "Outer.kind expects"),
        ({"inner": {"name": "x"}, "widths": {"0.9": "1"}}, "Outer.widths.0.9 expects float"),
        ({"inner": {"name": "x"}, "several": [{"name": "y"}, 3]}, "Inner expects an object"),
        ({"inner": {"name": "x"}, "unheard_of": 1}, "no field 'unheard_of'"),
    ],
)
def test_other_forms_are_refused_by_field(given, said):
    with pytest.raises(TypeError, match=said):
        record(Outer, given)
