"""A booster over a cluster, where there is none; with one it is tested beside the engine."""

import numpy as np
import pytest
from model_fits import fit

pytest.importorskip("distributed", reason="needs the extra dask")

from poregrove.errors import ModelError
from poregrove.models.base import Columns, Rows
from poregrove.models.xgboost import XGBoost


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
