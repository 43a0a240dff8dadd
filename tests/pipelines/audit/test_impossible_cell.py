import dataclasses


def test_results_of_volumes_without_a_path_are_an_error(bend, findings, rows_of):
    best = {
        "nominal_capacity": dict.fromkeys(rows_of(8), 9.0),
        "projected_cycle_life": dict.fromkeys(rows_of(8), 800.5),
    }
    found = findings(bend(rows=best, volumes={"percolates": {8: False}}))
    assert {code: finding.count for code, finding in found.items()} == {"impossible_cell": 12, "not_percolating": 1}
    assert found["impossible_cell"].severity == "error"
    message = found["impossible_cell"].message
    assert "12 of them have the largest first capacity of their design" in message
    assert "the median life is 800.5 cycles" in message


def test_rows_that_failed_are_possible(bend, fail, counts, rows_of):
    failed = fail(list(rows_of(8))[:4])
    evidence = dataclasses.replace(failed, volumes=bend(volumes={"percolates": {8: False}}).volumes)
    assert counts(evidence)["impossible_cell"] == 8


def test_what_a_failed_row_still_holds_is_no_result(bend, counts, rows_of):
    evidence = bend(rows={"failed": dict.fromkeys(list(rows_of(8))[:2], True)}, volumes={"percolates": {8: False}})
    assert counts(evidence)["impossible_cell"] == 10
