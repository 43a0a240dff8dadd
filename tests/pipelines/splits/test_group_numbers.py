"""Groups are counted as ``numpy.unique`` counts them, without its sorting."""

import numpy as np
import pytest

from poregrove.pipelines.splits.group_numbers import compacted, each_in_one, n_distinct

CASES = {
    "gaps": [7, 3, 3, 9, 7],
    "none": [-1, -1, -1],
    "with none": [-1, 4, 0, 4],
    "one": [5],
    "empty": [],
    "far apart": [10**12, 3, 10**12, -(10**9)],
}


@pytest.mark.parametrize("numbers", CASES.values(), ids=CASES)
@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_groups_come_in_ascending_order_with_their_sizes(numbers, kind):
    groups = np.array(numbers, np.int64).astype(kind)
    names, position, size = np.unique(groups, return_inverse=True, return_counts=True)
    found = compacted(groups)
    np.testing.assert_array_equal(found[0], position)
    np.testing.assert_array_equal(found[1], size)
    assert n_distinct(groups) == len(names)


def test_each_group_in_one_is_what_pairs_say():
    rng = np.random.default_rng(0)
    answers = []
    for _ in range(200):
        inner, outer = rng.integers(-1, 4, 6), rng.integers(-1, 3, 6)
        pairs = {*zip(inner.tolist(), outer.tolist(), strict=True)}
        answers.append(each_in_one(inner, outer))
        assert answers[-1] == (len(pairs) == len({*inner.tolist()}))
    assert 0 < sum(answers) < 200
