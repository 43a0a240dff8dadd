"""Rows: positions in two tables, joined only when asked."""

import numpy as np
import pytest

from poregrove.models.base import Columns, Rows


@pytest.fixture
def rows():
    def product(volume, design):
        return (volume * 10 + design)[:, None].astype(np.float32)

    product.columns = ("volume x design",)
    return Rows(
        np.arange(6, dtype=np.float32).reshape(3, 2),
        np.array([[10], [20]], np.float32),
        np.array([2, 0, 1], np.int32),
        np.array([0, 1, 1], np.int32),
        Columns(("a", "b"), ("s",), product.columns),
        joined=product,
    )


def test_a_row_is_its_volume_its_design_and_what_joins_them(rows):
    assert rows.matrix().tolist() == [[4, 5, 10, 20], [0, 1, 20, 1], [2, 3, 20, 11]]


def test_columns_by_name_equal_those_of_the_matrix(rows):
    for i, name in enumerate(rows.columns.names):
        assert rows.column(name).tolist() == rows.matrix()[:, i].tolist()
    with pytest.raises(KeyError, match="no column 'c' among a, b, s"):
        rows.column("c")


def test_batches_are_the_matrix_in_parts(rows):
    parts = list(rows.batches(2))
    assert [len(part) for part in parts] == [2, 1]
    assert np.array_equal(np.concatenate(parts), rows.matrix())


def test_appended_rows_follow(rows):
    both = rows.take([2]).append(rows.take([0, 1]))
    assert np.array_equal(both.matrix(), rows.matrix()[[2, 0, 1]])


def test_what_was_prepared_stays_with_its_rows_only(rows):
    assert rows.prepared("key", lambda: 1) == rows.prepared("key", lambda: 2) == 1
    assert rows.take([0]).prepared("key", lambda: 3) == 3
    assert rows.append(rows).prepared("key", lambda: 4) == 4
