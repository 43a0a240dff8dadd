"""A booster over a cluster, where there is none; with one it is tested beside the engine."""

from dataclasses import replace

import numpy as np
import pytest
from model_fits import fit

pytest.importorskip("distributed", reason="needs the extra dask")

from poregrove.errors import ModelError
from poregrove.models.base import Columns, FitContext, Rows, TrainingData
from poregrove.models.xgboost import XGBoost
from poregrove.models.xgboost_plain import XGBoostPlain


def test_without_a_cluster_the_engine_that_is_needed_is_named():
    count = 20
    rows = Rows(
        descriptors=np.arange(count, dtype=np.float32)[:, None],
        designs=np.zeros((1, 0), np.float32),
        volume=np.arange(count, dtype=np.int32),
        design=np.full(count, -1, np.int32),
        columns=Columns(("porosity",)),
    )
    with pytest.raises(ModelError, match="distributed = true needs --engine dask"):
        fit(XGBoost(distributed=True), rows, np.arange(count, dtype=np.float32))


def test_categories_are_one_column_there_too():
    from distributed import Client

    rng, count, n_levels = np.random.default_rng(3), 240, 12
    level = np.arange(48) % n_levels
    levels = tuple(f"binder={number}" for number in range(n_levels))
    designs = np.concatenate([rng.uniform(0, 1, (48, 1)), level[:, None] == np.arange(n_levels)], axis=1)
    rows = Rows(
        descriptors=rng.uniform(0.2, 0.7, (40, 1)).astype(np.float32),
        designs=designs.astype(np.float32),
        volume=np.repeat(np.arange(40, dtype=np.int32), 6),
        design=rng.integers(0, 48, count).astype(np.int32),
        columns=Columns(("porosity",), ("rate", *levels), categories=(levels,)),
    )
    y = (rows.column("porosity") + rng.permutation(n_levels)[level][rows.design]).astype(np.float32)
    model = XGBoostPlain(rounds_unvalidated=20, subsample=1.0)
    with Client(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None):
        far = replace(model, distributed=True).fit(TrainingData(rows, y), None, FitContext())
    near = model.fit(TrainingData(rows, y), None, FitContext())
    assert far.booster.feature_types == ["q", "q", "c"]
    np.testing.assert_allclose(far.predict(rows).y, near.predict(rows).y, atol=1e-4)
