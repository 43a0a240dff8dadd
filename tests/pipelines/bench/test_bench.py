"""Measurements of the benchmark, and errors that it must report."""

import json

import numpy as np
import pytest

from poregrove.errors import SettingsError
from poregrove.features import descriptors
from poregrove.pipelines.bench import child, run, run_bench, table
from poregrove.pipelines.bench.child import Job, measure
from poregrove.pipelines.bench.fields import FIELDS, STRESS, TYPICAL, Field
from poregrove.pipelines.bench.goals import goals
from poregrove.pipelines.bench.quantities import COLUMNS, QUANTITIES
from poregrove.pipelines.bench.reference import reference_conductivity
from poregrove.pipelines.bench.solvers import SOLVERS, three_phases


@pytest.fixture(scope="module")
def small():
    """Without peers, on cubes that take no time, and without a process for each row."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "measure", child.measure_here)
        return run_bench(sizes=(16, 24), peers=False, repeats=1)


def test_the_result_is_plain_and_complete(small):
    assert json.loads(json.dumps(small)) == small
    assert [row["field"] for row in small["tortuosity"]] == [field.name for field in FIELDS]
    assert [row["edge"] for row in small["scaling"]] == [16, 24]
    assert small["size"] == 24
    assert all(row["seconds"] > 0 and row["peak_bytes"] > 2**20 for row in small["quantities"])


def test_every_descriptor_file_of_both_tiers_has_its_row(small):
    columns = [column.name for column in descriptors(("morphology", "transport"))]
    assert sorted(name for row in small["families"] for name in row["columns"]) == sorted(columns)
    assert all(row["seconds"] > 0 for row in small["families"])


def test_errors_are_those_of_the_float64_solution(small):
    for row in small["tortuosity"]:
        if row["reference"] > 0:
            assert row["relative_diffusivity"] == pytest.approx(row["reference"], rel=1e-4)
            assert row["error"] == pytest.approx(row["relative_diffusivity"] / row["reference"] - 1)


def test_solvers_of_other_kinds_find_what_the_direct_solution_does(small):
    pores, labels = (make(TYPICAL, 24) for make in (Field.make, three_phases))
    assert set(np.unique(labels)) == {1, 2, 3}
    assert np.array_equal(labels == 1, pores)
    values = {row["solver"]: row["conductivity"] for row in small["solvers"]}
    truth = reference_conductivity(np.array([0.0, 1.0, 0.3, 0.05])[labels], 0)
    assert values["three phases"] == pytest.approx(truth, rel=2e-5)
    assert values["periodic sides"] >= values["voxels 1 : 2 : 2"] > 0
    assert all(row["times_one_phase"] > 0 for row in small["solvers"])


def test_the_table_shows_every_row(small):
    text = table(small)
    for name in (
        *(field.name for field in FIELDS),
        *(quantity.name for quantity in QUANTITIES),
        *run.families(),
        *(solver.name for solver in SOLVERS),
        "Goals",
    ):
        assert name in text
    assert len({len(line) for line in text.splitlines() if line.startswith("| field")}) == 1


def test_the_frozen_set_names_columns_that_exist_and_no_solid():
    known = {column.name: column for column in descriptors(("morphology", "transport"))}
    assert set(COLUMNS) <= set(known)
    assert not [name for name in COLUMNS if known[name].phase == "solid"]
    assert len(set(COLUMNS)) == len(COLUMNS)


def test_the_fields_have_the_porosity_they_name_and_are_the_same_every_time():
    for field in FIELDS:
        volume = field.make(32)
        assert volume.mean() == pytest.approx(field.porosity, abs=1e-3)
        assert np.array_equal(volume, field.make(32))


def figures(*, ratio, error, seconds):
    names = [field.name for field in FIELDS]
    return {
        "tortuosity": [{"field": name, "ratio": ratio, "error": error} for name in names],
        "scaling": [{"edge": 64, "seconds": 1.0}, {"edge": 128, "seconds": 8.0}],
        "solvers": [{"times_one_phase": 1.1}, {"times_one_phase": 1.4}],
        "quantities": [{"peer": {"seconds": 40.0}}, {"peer": {"seconds": 20.0}}],
        "set": {"seconds": seconds, "peak_bytes": 300 * 2**20},
        "everything": {"seconds": 3.0},
    }


def test_goals_are_met_by_good_figures_and_missed_by_bad_ones():
    regular = [field.name for field in FIELDS if field is not STRESS]
    good = goals(figures(ratio=40.0, error=-5e-5, seconds=1.5), regular, STRESS.name)
    assert len(good) == 9
    assert all(goal["met"] for goal in good)
    bad = goals(figures(ratio=10.0, error=-5e-4, seconds=2.5), regular, STRESS.name)
    assert [goal["met"] for goal in bad] == [False, False, False, True, True, False, True, False, True]


def test_a_peer_is_measured_in_a_process_of_its_own():
    pytest.importorskip("skimage")
    result = measure(Job("peer", "surface and Euler number", FIELDS[1], 24, 2))
    assert result.seconds > 0
    assert result.runs == 2


def test_taufactor_is_the_peer_of_the_tortuosity():
    pytest.importorskip("taufactor")
    result = measure(Job("peer", "tortuosity", FIELDS[1], 24, 1))
    ours = measure(Job("ours", "tortuosity", FIELDS[1], 24, 1))
    assert result.value == pytest.approx(ours.value, rel=5e-3)


@pytest.mark.parametrize("wrong", [{"sizes": ()}, {"sizes": (8,)}, {"sizes": (32,), "repeats": 0}])
def test_sizes_and_repeats_that_measure_nothing_are_refused(wrong):
    with pytest.raises(SettingsError):
        run_bench(peers=False, **wrong)
