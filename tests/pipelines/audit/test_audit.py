"""The audit as a whole: nothing to say of a clean set, order, text, JSON."""

import json
import re

import numpy as np
import pytest

from poregrove.pipelines.audit import as_json, audit, text
from poregrove.schema import SCALAR_COLUMNS, Finding


@pytest.fixture
def crooked(bend, rows_of):
    """A set with errors, warnings and infos at once."""
    rows = {
        "trend_dropped": {3: 1},
        "tau_factor_raw": dict.fromkeys(rows_of(9), 0.0),
        "tau_factor": dict.fromkeys(rows_of(9), np.nan),
        SCALAR_COLUMNS[2]: dict.fromkeys(range(288), 1000.0),
    }
    return bend(rows=rows, volumes={"percolates": {9: False}, "status": {4: "missing"}})


def test_a_clean_set_has_its_conventions_and_nothing_else(clean, findings):
    assert findings(clean) == {}
    assert [(one.code, one.severity) for one in audit(clean)] == [
        ("current_sign", "info"),
        ("pore_phase", "info"),
        ("repeated_design", "info"),
    ]


def test_findings_stand_by_severity_then_code(crooked):
    found = [(one.severity, one.code) for one in audit(crooked)]
    assert found == [
        ("error", "impossible_cell"),
        ("error", "missing_image"),
        ("warning", "constant_scalar"),
        ("warning", "inconsistent_bruggeman"),
        ("warning", "invalid_tau"),
        ("warning", "trend_nan"),
        ("info", "current_sign"),
        ("info", "not_percolating"),
        ("info", "pore_phase"),
        ("info", "repeated_design"),
    ]


def test_every_query_of_every_finding_gives_its_count(crooked, findings):
    assert len(findings(crooked)) == 7


def test_json_holds_every_finding_as_it_is(crooked):
    found = audit(crooked)
    stored = json.loads(json.dumps(as_json(found), allow_nan=False))
    assert tuple(Finding(**{**one, "examples": tuple(one["examples"])}) for one in stored["findings"]) == found


def test_text_tells_code_count_message_remedy_and_query_of_each(crooked):
    found = audit(crooked)
    told = text(found)
    assert told.startswith(
        "2 errors, 4 warnings, 4 infos\n\nerror   impossible_cell  (12 rows)\n    12 rows of 1 volume"
    )
    assert "\ninfo    pore_phase = 255  (23 volumes)\n" in told
    flat = re.sub(r"\s+", " ", told)
    for one in found:
        assert one.message in flat
        assert f"remedy: {one.remedy}" in flat
        assert f"    query: {one.query}\n" in told
        for example in one.examples:
            assert example in flat


def test_examples_that_are_all_there_is_are_not_called_examples(crooked):
    told = text(audit(crooked))
    assert "namely: volume_04.tif" in told
    assert "for example: row 108 (volume_09.tif)" in told


def test_nothing_found_is_said():
    assert text([]) == "0 errors, 0 warnings, 0 infos\n"
