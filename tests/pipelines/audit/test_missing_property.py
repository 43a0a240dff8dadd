import numpy as np


def absent(rows, *columns):
    return {name: dict.fromkeys(rows, np.nan) for column in columns for name in (column, column.removesuffix("_raw"))}


def test_volumes_without_a_stated_property_are_counted(bend, rows_of, findings):
    rows = absent(rows_of(1), "tau_factor_raw") | {"bruggeman_raw": dict.fromkeys([*rows_of(1), *rows_of(2)], np.nan)}
    found = findings(bend(rows=rows))
    assert {code: finding.count for code, finding in found.items()} == {"missing_property": 2}
    assert found["missing_property"].severity == "info"
    assert found["missing_property"].message.endswith("tau_factor in 1, bruggeman_derived in 2.")


def test_null_is_the_honest_value_without_a_path(bend, rows_of, counts):
    evidence = bend(rows=absent(rows_of(1), "tau_factor_raw", "d_eff_raw"), volumes={"percolates": {1: False}})
    assert counts(evidence) == {"not_percolating": 1, "impossible_cell": 12}
