"""Adding a check is adding one file, and its declaration is all the documentation it needs."""

import importlib
import sys
from pathlib import Path

import pytest

from poregrove.pipelines.audit import Check, all_checks, audit

TOY = '''
from poregrove.pipelines.audit.check import CheckResult, check

@check(code="toy", severity="info", unit="rows", remedy="None needed.")
def toy(evidence):
    """Counts rows."""
    return CheckResult(len(evidence.rows), "There are rows.", "rows")
'''

CODES = {
    "censored_life", "constant_scalar", "constant_target", "coupled_targets", "current_sign", "dcir_methods", "duplicate_volume", "empty_target",
    "failed_rows", "failure_structure", "impossible_cell", "inconsistent_bruggeman", "inconsistent_d_eff", "invalid_tau",
    "contradicting_design", "contradicting_property", "contradicting_result", "design_chain", "duplicate_row", "implausible_length",
    "invalid_porosity", "missing_scalar", "mixed_units", "negative_scalar", "renamed_design", "stated_spacing", "trend_first_cut",
    "trend_last_cut", "trend_negative", "trend_recovers", "trend_repeated", "trend_unsorted", "trend_zero", "volume_note",
    "missing_image", "missing_property", "no_leading_rest", "not_percolating", "overlapping_volumes", "pore_phase", "porosity_mismatch", "projection_bias",
    "repeated_design", "saturated_scalar", "trend_nan", "undefined_target", "unequal_horizon", "unreadable_file",
    "voltage_mean_artefact",
    "changing_target", "clamped_target", "leaking_input", "target_out_of_bounds", "tau_mismatch", "unused_column",
}  # fmt: skip


def test_the_codes_are_those_of_the_contract():
    assert {item.code for item in all_checks()} == CODES


@pytest.mark.parametrize("item", all_checks(), ids=lambda item: item.code)
def test_each_check_is_a_file_of_its_name_with_a_test_of_its_name(item):
    module = importlib.import_module(f"poregrove.pipelines.audit.checks.{item.code}")
    assert [value for value in vars(module).values() if isinstance(value, Check)] == [item]
    assert Path(__file__).with_name(f"test_{item.code}.py").is_file()


@pytest.mark.parametrize("item", all_checks(), ids=lambda item: item.code)
def test_each_check_says_what_it_means_and_why_it_is_that_severe(item):
    assert f" {item.severity}" in item.meaning.lower()
    assert item.remedy.endswith(".")


def test_a_check_added_as_a_file_takes_part(clean, tmp_path, monkeypatch):
    (tmp_path / "toy.py").write_text(TOY, encoding="utf-8")
    folder = importlib.import_module("poregrove.pipelines.audit.checks")
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    try:
        found = {finding.code: finding for finding in audit(clean)}
    finally:
        sys.modules.pop("poregrove.pipelines.audit.checks.toy", None)
    assert found["toy"].count == 288
    assert found["toy"].remedy == "None needed."
