"""Choice of the intervals that serve a query."""

import pytest

from poregrove.pipelines.bundle.intervals import matching
from poregrove.schema import MAIN_REGIMES


@pytest.mark.parametrize(
    ("query", "compared", "expected"),
    [
        ("random", MAIN_REGIMES, "random"),
        ("new-structure", MAIN_REGIMES, "new-structure"),
        ("new-design", MAIN_REGIMES, "new-design"),
        ("new-both", MAIN_REGIMES, "new-both"),
        ("random", ("new-structure", "new-both"), "new-structure"),
        ("new-design", ("random", "new-structure", "new-both"), "new-both"),
        ("new-structure", ("random", "new-design"), None),
        ("new-both", ("random", "new-structure", "new-design"), None),
    ],
)
def test_a_query_is_served_by_its_regime_or_a_stricter_one(query, compared, expected):
    assert matching(query, compared) == expected
