"""Contributions to trees that are arrays, against XGBoost's for the same trees."""

import json

import numpy as np
import pytest
import xgboost

from poregrove.models.shared.tree_shap import tree_contributions
from poregrove.models.shared.tree_table import TreeTable


def read(booster):
    """The trees of XGBoost, which sends values below a threshold left, and the training weight of their nodes."""
    feature, threshold, left, right, gap_left, value, weight, root = ([] for _ in range(8))

    def add(node):
        at = len(feature)
        for column in (feature, threshold, left, right, gap_left, value, weight):
            column.append(0)
        weight[at], feature[at] = node["cover"], -1
        if "leaf" in node:
            value[at] = node["leaf"]
            return at
        children = {child["nodeid"]: add(child) for child in node["children"]}
        feature[at] = int(node["split"].removeprefix("f"))
        threshold[at] = np.nextafter(np.float32(node["split_condition"]), np.float32(-np.inf))
        left[at], right[at] = children[node["yes"]], children[node["no"]]
        gap_left[at] = node["missing"] == node["yes"]
        return at

    for text in booster.get_dump(dump_format="json", with_stats=True):
        root.append(add(json.loads(text)))
    arrays = (np.array(column) for column in (feature, threshold, left, right, gap_left, value, root))
    return TreeTable(*arrays), np.array(weight, float)


@pytest.mark.parametrize("depth", [1, 3, 7])
def test_equals_xgboost_on_its_own_trees(depth):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 4)).astype(np.float32)
    x[rng.random(x.shape) < 0.1] = np.nan
    y = np.nan_to_num(x[:, 0]) * np.nan_to_num(x[:, 1]) + np.nan_to_num(x[:, 2])
    matrix = xgboost.DMatrix(x, y)
    booster = xgboost.train({"max_depth": depth, "base_score": 0.0, "nthread": 1}, matrix, 5)
    found = tree_contributions(*read(booster), x)
    np.testing.assert_allclose(found, booster.predict(matrix, pred_contribs=True), atol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), booster.predict(matrix), atol=1e-5)
