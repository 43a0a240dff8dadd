"""How often folds are dealt: more often where groups are few, and as the settings say."""

from __future__ import annotations

import numpy as np
import pytest

from poregrove.errors import SettingsError
from poregrove.pipelines.settings import ComparisonSettings, Settings, apply_assignments, settings_of
from poregrove.pipelines.splits.deals import deals


def crossed(n_volumes, n_designs):
    return np.repeat(np.arange(n_volumes), n_designs), np.tile(np.arange(n_designs), n_volumes)


@pytest.mark.parametrize(
    ("regime", "expected"), [("random", 3), ("new-structure", 3), ("new-design", 5), ("new-both", 5)]
)
def test_few_groups_in_a_dimension_that_is_held_out_are_dealt_more_often(regime, expected):
    assert deals(regime, *crossed(120, 30)) == expected
    assert deals(regime, *crossed(100, 100)) == 3


def test_a_number_counts_for_all_regimes_and_a_table_for_those_it_names():
    assert deals("new-both", *crossed(5, 5), 2) == 2
    assert deals("new-both", *crossed(5, 5), {"new-both": 7}) == 7
    assert deals("new-design", *crossed(5, 5), {"new-both": 7}) == 5


def test_settings_take_a_table_and_keep_it():
    found = apply_assignments(
        Settings(), ["comparison.repeats={new-both = 5, random = 1}", "comparison.network_repeats=1"]
    )
    assert found.comparison.repeats == {"new-both": 5, "random": 1}
    assert settings_of(found.as_dict(), where="a run").comparison == found.comparison
    again = apply_assignments(found, ["comparison.repeats=2"]).comparison
    assert (again.repeats, again.network_repeats) == (2, 1)
    assert ComparisonSettings().repeats is None


@pytest.mark.parametrize("wrong", ["{new-both = 0}", "{old-both = 1}", "{new-both = 1.5}", "often"])
def test_other_numbers_of_deals_are_refused(wrong):
    with pytest.raises(SettingsError, match="repeats"):
        apply_assignments(Settings(), [f"comparison.repeats={wrong}"])
