"""Rules of the targets in words: one declaration, filled with the settings, and true of what is computed."""

from dataclasses import asdict

import numpy as np
import pytest
from one_cell import life, read_trend

from poregrove.pipelines.documentation.pages import words_page
from poregrove.pipelines.settings import TargetSettings
from poregrove.pipelines.targets.tau import tau_factor
from poregrove.schema import ALL_TARGETS, LIFE_RECOVERY, TARGET_BY_NAME, worded_rules

LIFE = TARGET_BY_NAME["projected_cycle_life"]


def test_every_target_has_rules_and_the_page_of_words_has_them_all():
    page = words_page()
    for target in ALL_TARGETS:
        assert target.rules
        for rule in worded_rules(target.rules, asdict(TargetSettings())):
            assert "{" not in rule
            assert f"| `{target.name}` | {rule} |" in page


def test_rules_speak_of_the_settings_that_were_used():
    told = " ".join(worded_rules(LIFE.rules, asdict(TargetSettings(end_of_life=0.7, life_cap=3000.0))))
    assert "at most 70 % of the first" in told
    assert "cap of 3000 cycles" in told
    assert "1 % of the first" in told
    resistance = worded_rules(TARGET_BY_NAME["initial_dcir"].rules, asdict(TargetSettings(rest_threshold=0.025)))
    assert any("below 2.5 % of the largest" in rule for rule in resistance)
    assert "the cap of `target.life_cap` cycles" in " ".join(worded_rules(LIFE.rules, {}))


@pytest.mark.parametrize(("rise", "status"), [(0.9 * LIFE_RECOVERY, "measured"), (1.1 * LIFE_RECOVERY, None)])
def test_the_declared_recovery_is_the_one_that_counts(rise, status):
    capacity = np.array([1.0, 0.9, 0.79, 0.8 + rise])
    assert life(read_trend(np.arange(4.0), capacity), end_of_life=0.8, cap=5000.0).status == status


def test_the_declared_least_tortuosity_is_the_one_that_counts():
    assert np.isnan(tau_factor(np.array([0.9991, 0.9989])).value).tolist() == [False, True]
