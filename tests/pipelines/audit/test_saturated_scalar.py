import pytest

from poregrove.schema import SCALAR_COLUMNS


@pytest.mark.parametrize(("designs", "expected"), [(2, {}), (3, {"saturated_scalar": 1})])
def test_more_than_a_fifth_of_the_designs_at_a_bound_is_told(bend, findings, designs, expected):
    """Of 12 designs 2 are a sixth, 3 a quarter; in rows each is 24 times as many."""
    at_bound = {row: 99.0 for row in range(288) if row % 12 < designs}
    found = findings(bend(rows={SCALAR_COLUMNS[0]: at_bound}))
    assert {code: finding.count for code, finding in found.items()} == expected
    for finding in found.values():
        assert (finding.severity, finding.unit) == ("info", "columns")
        assert finding.examples == (f"{SCALAR_COLUMNS[0]}: 25 % at a bound",)
