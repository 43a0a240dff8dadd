import dataclasses

from poregrove.pipelines.audit.checks.repeated_design import repeated_design
from poregrove.schema import SCALAR_COLUMNS


def test_designs_of_several_rows_are_counted(clean):
    finding = repeated_design.run(clean)
    assert (finding.severity, finding.count, finding.unit) == ("info", 12, "designs")
    assert "12 designs of 12 occur in 24 rows each, over 24 volumes." in finding.message


def test_designs_are_compared_without_the_digits_of_storage(clean, bend, findings):
    """One value of one row changes: in the 11th digit, or in the 6th under its id, that is the same design."""
    first = SCALAR_COLUMNS[0]
    value = clean.rows.loc[0, first]
    same = bend(rows={first: {0: value * (1 + 1e-11)}})
    six_digits = bend(rows={first: {0: value * (1 + 1e-6)}})
    other = bend(rows={first: {0: value * (1 + 1e-4)}})
    assert "12 designs of 12" in repeated_design.run(six_digits).message
    assert findings(six_digits) == {}
    assert "12 designs of 12" in repeated_design.run(same).message
    assert "12 designs of 13 occur in 23 to 24 rows" in repeated_design.run(other).message
    assert findings(same) == {}


def test_a_design_used_once_is_no_repetition(clean):
    one_volume = dataclasses.replace(clean, rows=clean.rows.iloc[:12])
    assert repeated_design.run(one_volume) is None
