"""Designs are distinguished by their scalars, but not by the digits that these were stored with."""

import numpy as np
import pandas as pd
import pytest

from poregrove.pipelines.data.designs import designs_of
from poregrove.schema import SCALAR_COLUMNS

N = len(SCALAR_COLUMNS)


@pytest.fixture
def scalars():
    return 10.0 ** np.random.default_rng(0).uniform(-20, 4, (6, N))


def table(values, ids=None):
    frame = pd.DataFrame(np.asarray(values, float), columns=list(SCALAR_COLUMNS))
    return frame if ids is None else frame.assign(param_id=ids)


def test_float32_beside_float64_is_one_design(scalars):
    digests = designs_of(table(np.vstack([scalars, scalars.astype(np.float32)]))).digest
    assert digests.nunique() == 6
    assert digests[:6].tolist() == digests[6:].tolist()


def test_six_digits_beside_all_are_one_design_under_one_id(scalars):
    rounded = np.array([[float(f"{value:.6g}") for value in row] for row in scalars])
    both = np.vstack([scalars, rounded])
    assert designs_of(table(both, [*range(6)] * 2)).digest.nunique() == 6
    assert designs_of(table(both)).digest.nunique() == 12


def test_rows_without_an_id_belong_to_none(scalars):
    near = np.vstack([scalars[:1], scalars[:1] * (1 + 5e-6)])
    for absent in (None, np.nan, pd.NA):
        assert designs_of(table(near, [absent, absent])).digest.nunique() == 2


def test_a_chain_is_told_and_not_merged(scalars):
    chain = np.vstack([scalars[0] * (1 + step) for step in (0.0, 8e-6, 16e-6)])
    found = designs_of(table(chain, [7, 7, 7]))
    assert found.digest.nunique() == 3
    assert found.chained == (7,)
    assert found.torn == ()


def test_ids_that_disagree_are_told(scalars):
    found = designs_of(table(scalars[[0, 1, 2, 2]], ["a", "a", "b", "c"]))
    assert found.torn == ("a",)
    assert found.shared == (found.digest[2],)


def test_a_gap_is_like_a_gap_alone(scalars):
    with_gap = scalars[:1].copy()
    with_gap[0, 3] = np.nan
    found = designs_of(table(np.vstack([scalars[:1], with_gap, with_gap]), [1, 1, 1]))
    assert found.digest.nunique() == 2
    assert found.digest[1] == found.digest[2]


def test_one_id_for_everything_costs_no_square():
    many = np.abs(np.random.default_rng(1).standard_normal((5000, N)))
    assert designs_of(table(many, [0] * 5000)).digest.nunique() == 5000
