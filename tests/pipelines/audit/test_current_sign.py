import dataclasses

from poregrove.pipelines.audit.checks.current_sign import current_sign
from poregrove.pipelines.settings import TargetSettings


def test_the_sign_is_stated_with_the_rows_that_speak_for_it(fail):
    finding = current_sign.run(fail([5, 100]))
    assert (finding.severity, finding.count, finding.unit, finding.value) == ("info", 286, "rows", "positive")
    assert "286 rows, under the other sign in 0, and 2 cannot tell" in finding.message


def test_rows_that_contradict_the_majority_make_it_a_warning(bend):
    finding = current_sign.run(bend(rows={"current_sign": {0: -1, 1: -1, 2: -1}}))
    assert (finding.severity, finding.count, finding.value) == ("warning", 285, "positive")
    assert "under the other sign in 3" in finding.message


def test_a_sign_set_against_the_rows_is_an_error(clean):
    forced = dataclasses.replace(clean, current_sign=-1, settings=TargetSettings(current_sign="negative"))
    finding = current_sign.run(forced)
    assert (finding.severity, finding.count, finding.value) == ("error", 0, "negative")
    assert "as set by the user" in finding.message


def test_an_undecided_sign_is_said_to_be(clean):
    silent = dataclasses.replace(clean, current_sign=0, rows=clean.rows.assign(current_sign=0))
    finding = current_sign.run(silent)
    assert (finding.count, finding.value) == (288, "undecided")
