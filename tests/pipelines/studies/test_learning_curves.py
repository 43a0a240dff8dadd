"""More to learn from is better, on the same test rows, with subsets inside one another."""

import numpy as np
import pytest

from poregrove.pipelines.splits.splits import Fold
from poregrove.pipelines.studies.learning_curves import subsample_training
from poregrove.schema import LEARNING_CURVES

LIFE = "projected_cycle_life"


def curve(world, regime, along, metric="r2", target=LIFE):
    table = world.table("learning_curves")
    kept = (table[name] == value for name, value in (("regime", regime), ("along", along), ("metric", metric)))
    return table[np.logical_and.reduce([*kept, table["target"] == target])].sort_values("share")


@pytest.mark.parametrize(
    ("regime", "along"), [("new-structure", "volumes"), ("new-both", "volumes"), ("new-both", "designs")]
)
def test_the_curve_of_a_noisy_linear_law_rises(studied, regime, along):
    found = curve(studied[0], regime, along)
    assert found["value"].iloc[-1] > found["value"].iloc[0] + 0.1
    assert found["value"].iloc[-1] == found["value"].max()
    assert found["n_groups"].is_monotonic_increasing
    assert found["n_rows"].is_monotonic_increasing
    assert ((found["lo"] <= found["value"]) & (found["value"] <= found["hi"])).all()


def test_the_counts_are_those_of_the_folds(studied):
    found = curve(studied[0], "new-structure", "volumes").set_index("share")
    assert found["n_groups"].to_dict() == {0.125: 4, 0.25: 8, 0.5: 16, 1.0: 32}
    assert found["n_rows"].to_dict() == {0.125: 48, 0.25: 96, 0.5: 192, 1.0: 384}


def test_the_last_point_is_the_comparison_itself(studied):
    world, _ = studied
    ablation = world.table("ablation").query("regime == 'new-both' and target == @LIFE and metric == 'skill'")
    for along in ("volumes", "designs"):
        assert curve(world, "new-both", along, "skill")["value"].iloc[-1] == pytest.approx(
            ablation["value_all"].iloc[0], rel=1e-9
        )


def test_a_share_of_fewer_than_two_groups_says_so_instead_of_a_point(studied):
    world, records = studied
    assert curve(world, "new-both", "designs")["share"].tolist() == [0.25, 0.5, 1.0]
    notes = [record.note for record in records if record.note and "training designs" in record.note]
    assert notes == ["0.125 of the training designs are fewer than 2"]


def test_smaller_subsets_lie_in_larger_ones_and_keep_whole_groups():
    groups = np.repeat(np.arange(20), 3)
    fold = Fold(0, 2, np.flatnonzero(groups != 7), np.flatnonzero(groups == 7))
    before = None
    for share in (1.0, 0.5, 0.2):
        part = subsample_training(fold, groups, share, seed=1)
        assert (part.test == fold.test).all()
        assert (np.bincount(groups[part.train])[np.unique(groups[part.train])] == 3).all()
        assert len(np.unique(groups[part.train])) == np.ceil(share * 19)
        assert before is None or set(part.train) < set(before)
        before = part.train
    other = subsample_training(Fold(0, 3, fold.train, fold.test), groups, 0.2, seed=1)
    assert set(other.train) != set(before)


def test_the_table_is_as_declared(studied):
    assert tuple(studied[0].table("learning_curves").columns) == LEARNING_CURVES.names
