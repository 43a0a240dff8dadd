def test_volumes_without_a_path_are_counted(clean, fail, findings, bend, rows_of):
    failed = fail([*rows_of(1), *rows_of(6)])
    volumes = bend(volumes={"percolates": {1: False, 6: False}}).volumes
    evidence = type(clean)(failed.rows, volumes, current_sign=1)
    found = findings(evidence)
    # Their cells failed, as they must, so none is impossible.
    assert {code: finding.count for code, finding in found.items()} == {
        "not_percolating": 2, "failed_rows": 24, "failure_structure": 2,
    }  # fmt: skip
    assert found["not_percolating"].severity == "info"
    assert found["not_percolating"].examples == ("volume_01.tif", "volume_06.tif")


def test_a_file_that_could_not_be_read_does_not_count(bend, counts):
    lost = {"status": {3: "unreadable"}, "reason": {3: "truncated"}, "percolates": {3: False}}
    assert counts(bend(volumes=lost)) == {"unreadable_file": 1}
