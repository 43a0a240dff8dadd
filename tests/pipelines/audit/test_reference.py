"""The reference set: every wart that its README names, once, with the right count."""

import os
from pathlib import Path

import pytest

from poregrove.pipelines.audit import Evidence, audit
from poregrove.pipelines.data.dataset import open_dataset
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.data.volumes import inspect_volumes
from poregrove.pipelines.settings import TargetSettings, VolumeSettings

pytestmark = pytest.mark.skipif(
    "POREGROVE_REFERENCE" not in os.environ, reason="needs the reference data set: POREGROVE_REFERENCE"
)

WARTS = {
    "impossible_cell": ("error", 13, "rows"),
    "voltage_mean_artefact": ("error", 299, "rows"),
    "constant_scalar": ("warning", 2, "columns"),
    "coupled_targets": ("warning", 4, "columns"),
    "duplicate_volume": ("warning", 1, "volumes"),
    "failed_rows": ("warning", 13, "rows"),
    "failure_structure": ("warning", 1, "volumes"),
    "inconsistent_bruggeman": ("warning", 1, "volumes"),
    "invalid_tau": ("warning", 1, "volumes"),
    "no_leading_rest": ("warning", 299, "rows"),
    "projection_bias": ("warning", 72, "rows"),
    "trend_nan": ("warning", 20, "rows"),
    "unequal_horizon": ("warning", 69, "rows"),
    "current_sign": ("info", 299, "rows"),
    "not_percolating": ("info", 1, "volumes"),
    "pore_phase": ("info", 24, "volumes"),
    "repeated_design": ("info", 13, "designs"),
    "saturated_scalar": ("info", 3, "columns"),
}


@pytest.fixture(scope="module")
def reference():
    dataset = open_dataset(Path(os.environ["POREGROVE_REFERENCE"]) / "reference")
    observations = observe(dataset, TargetSettings())
    look = inspect_volumes(dataset, observations.frame, VolumeSettings(), workers=1)
    return Evidence(observations.frame, look.frame, current_sign=observations.current_sign)


def test_each_wart_is_found_once_with_its_count(reference, findings):
    findings(reference)  # evaluates every query
    found = audit(reference)
    assert [one.code for one in found] == list(WARTS)
    assert {one.code: (one.severity, one.count, one.unit) for one in found} == WARTS


def test_the_warts_are_named(reference):
    found = {one.code: one for one in audit(reference)}
    assert found["pore_phase"].value == "255"
    assert found["current_sign"].value == "positive"
    assert found["duplicate_volume"].examples == ("sample_05003.tif = sample_05002.tif",)
    assert found["failure_structure"].examples == ("sample_05022.tif",)
    for code in ("invalid_tau", "not_percolating", "inconsistent_bruggeman"):
        assert found[code].examples == ("sample_05023.tif",)
    assert "-313446.5, beside D_eff of -1e-06" in found["invalid_tau"].message
    assert "13 of them have the largest first capacity of their design" in found["impossible_cell"].message
    assert "rest_to_charge in 299 rows" in found["no_leading_rest"].message
    assert "rank correlation of 0.02" in found["voltage_mean_artefact"].message
    assert [name.split(" = ")[0] for name in found["constant_scalar"].examples] == [
        "Initial concentration in electrolyte [mol.m-3]",
        "SEI growth activation energy [J.mol-1]",
    ]
    assert "227" in found["projection_bias"].message
