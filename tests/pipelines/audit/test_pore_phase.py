import dataclasses

import numpy as np

from poregrove.pipelines.audit.checks.pore_phase import pore_phase


def test_the_phase_is_stated_with_its_agreement(clean):
    finding = pore_phase.run(clean)
    off = np.abs(1.0 - 2.0 * clean.volumes["porosity_voxels"]).mean()
    assert (finding.severity, finding.count, finding.unit, finding.value) == ("info", 24, "volumes", "255")
    assert f"off the stated one by 0 on average, with the other phase by {off:.2g}." in finding.message


def test_a_volume_of_solid_alone_does_not_name_the_phase(bend):
    assert pore_phase.run(bend(volumes={"pore_value": {0: "none"}})).value == "255"


def test_grey_volumes_state_their_thresholds(bend):
    grey = {"threshold": {0: 100.5, 1: 120.0}, "pore_value": {0: "<= 100.5", 1: "<= 120"}}
    assert pore_phase.run(bend(volumes=grey)).value == "below Otsu thresholds of 100.5 to 120"


def test_without_a_stated_porosity_nothing_confirms_the_phase(bend):
    finding = pore_phase.run(bend(volumes={"porosity_given": dict.fromkeys(range(24), np.nan)}))
    assert "nothing confirms it" in finding.message


def test_without_a_readable_volume_the_phase_is_unknown(clean):
    finding = pore_phase.run(dataclasses.replace(clean, volumes=clean.volumes.assign(status="missing")))
    assert (finding.count, finding.value) == (0, "unknown")
