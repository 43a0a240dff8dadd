"""Forests and boosters whose trees are arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..shared.log_columns import LogColumns
from ..shared.standardise import Encoding
from ..shared.tree_table import TreeTable
from .boosters import floors
from .columns import encoded, with_logs
from .graph import INPUT, TREES, Graph

if TYPE_CHECKING:
    from ..extra_trees import FittedExtraTrees
    from ..shared.tree_sum import TreeSum


def extra_trees(graph: Graph, fitted: FittedExtraTrees) -> str:
    """The mean of the trees, on standardised columns without gaps."""
    none = np.zeros(len(fitted.feature), bool)
    table = TreeTable(fitted.feature, fitted.threshold, fitted.left, fitted.right, none, fitted.value, fitted.root)
    encoding = Encoding(fitted.median, fitted.indicated, fitted.mean, fitted.scale)
    no_logs = LogColumns(np.zeros(0, np.intp), np.zeros(0))
    z = encoded(graph, encoding, *with_logs(graph, no_logs, replaced=False))
    total = _sum(graph, table, graph.single(z), float(fitted.value.mean()))
    return graph.add("Div", total, np.array([float(len(fitted.root))]))


def tree_sum(graph: Graph, fitted: TreeSum) -> str:
    """The baseline plus the sum of the trees, which send gaps to a side of their own."""
    return graph.add("Add", _sum(graph, fitted.table, INPUT, 0.0), np.array([float(fitted.baseline)]))


def _sum(graph: Graph, table: TreeTable, block: str, middle: float) -> str:
    """float64[n, 1]: the sum of all trees; leaves hold what they differ from ``middle`` by, as float32 resolves more of that."""
    sizes = np.diff(np.append(table.root, len(table.feature)))
    tree, root = np.repeat(np.arange(len(table.root)), sizes), np.repeat(table.root, sizes)
    node, leaf = np.arange(len(table.feature)) - root, table.feature < 0
    left, right = (np.where(leaf, 0, child - root).tolist() for child in (table.left, table.right))
    leaves = np.flatnonzero(leaf)
    found = graph.add(
        "TreeEnsembleRegressor",
        block,
        domain=TREES,
        n_targets=1,
        nodes_treeids=tree.tolist(),
        nodes_nodeids=node.tolist(),
        nodes_featureids=np.where(leaf, 0, table.feature).tolist(),
        nodes_values=[float(value) for value in np.where(leaf, 0.0, floors(table.threshold))],
        nodes_modes=["LEAF" if is_leaf else "BRANCH_LEQ" for is_leaf in leaf],
        nodes_truenodeids=left,
        nodes_falsenodeids=right,
        nodes_missing_value_tracks_true=(table.gap_left & ~leaf).astype(int).tolist(),
        target_treeids=tree[leaves].tolist(),
        target_nodeids=node[leaves].tolist(),
        target_ids=[0] * len(leaves),
        target_weights=[float(value) for value in (table.value[leaves] - middle).astype(np.float32)],
    )
    return graph.add("Add", graph.double(found), np.array([middle * len(table.root)]))
