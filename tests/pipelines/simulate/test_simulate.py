"""A data set from end to end: with stand-in cells everywhere, with PyBaMM where it is installed."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from poregrove.errors import RunError, SettingsError, SimulationError
from poregrove.pipelines.data.dataset import open_dataset
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.settings import TargetSettings
from poregrove.pipelines.simulate import children
from poregrove.pipelines.simulate.cell import CellResult, Structure
from poregrove.pipelines.simulate.children import Failure, simulate_design
from poregrove.pipelines.simulate.designs import vector_at
from poregrove.pipelines.simulate.protocol import Protocol
from poregrove.pipelines.simulate.simulate import simulate

SMALL = {"volumes": 12, "designs": 5, "size": 20, "seed": 3, "rows_per_volume": 3}
"""11 volumes that percolate x 3 rows, and one that does not."""


class Laboratory:
    """Stands in for PyBaMM: remembers what it was asked, and can break down."""

    def __init__(self):
        self.cells = []
        self.breaks_at = None
        self.failing = False

    def __call__(self, design, structures, protocol):
        for structure in structures:
            if self.breaks_at == len(self.cells):
                raise KeyboardInterrupt
            self.cells.append((design, structure, protocol))
            yield Failure("no luck") if self.failing else self.result(structure)

    @staticmethod
    def result(structure):
        first = 10 * (1 - structure.porosity)
        return CellResult(
            [1, 2, 3],
            [first, 0.9 * first, 0.7 * first],
            [0.0, 0.1, 0.1, 0.2],
            [4.2, 4.2, 4.0, 3.0],
            [0.0, 0.0, 5.0, 5.0],
            0.1,
        )


@pytest.fixture
def laboratory(monkeypatch):
    stand_in = Laboratory()
    monkeypatch.setattr("poregrove.pipelines.simulate.cells.simulate_design", stand_in)
    monkeypatch.setattr("poregrove.pipelines.simulate.simulate.load_pybamm", lambda: None)
    return stand_in


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_data_set_is_complete_and_readable(tmp_path, laboratory):
    seen = []
    made = simulate(tmp_path / "out", **SMALL, progress=lambda done, total: seen.append((done, total)))
    assert (made.rows, made.succeeded, made.failed, made.not_simulated) == (34, 33, 0, 1)
    assert seen == [(done, 33) for done in range(1, 34)]
    frame = observe(open_dataset(tmp_path / "out"), TargetSettings()).frame
    assert len(frame) == 34
    assert frame["filename"].nunique() == 12
    assert np.allclose(frame["nominal_capacity"].dropna(), 10 * (1 - frame["porosity"][frame["status"] == "success"]))
    assert not list((tmp_path / "out").rglob("*.part"))
    assert not (tmp_path / "out" / ".partial").exists()
    plan = json.loads((tmp_path / "out" / "identity.json").read_text())
    assert plan["protocol"]["discharge_rate"] == laboratory.cells[0][2].discharge_rate


def test_cells_get_the_structure_of_their_own_volume(tmp_path, laboratory):
    simulate(tmp_path, **SMALL)
    rows = [row for path in sorted((tmp_path / "rows").iterdir()) for row in pq.read_table(path).to_pylist()]
    simulated = {(structure.porosity, structure.tau_factor) for _, structure, _ in laboratory.cells}
    assert simulated == {(row["porosity"], row["tau_factor"]) for row in rows if row["status"] == "success"}
    for row in rows:
        if row["status"] == "success":
            assert row["capacity_trend_ah"][0] == pytest.approx(10 * (1 - row["porosity"]))


def test_a_stopped_simulation_goes_on_where_it_stopped(tmp_path, laboratory):
    simulate(tmp_path / "straight", **SMALL)
    straight, laboratory.cells = laboratory.cells, []
    laboratory.breaks_at = 17
    with pytest.raises(KeyboardInterrupt):
        simulate(tmp_path / "broken", **SMALL)
    assert not (tmp_path / "broken" / "rows").exists()
    laboratory.breaks_at = None
    simulate(tmp_path / "broken", **SMALL)
    assert sorted(map(repr, laboratory.cells)) == sorted(map(repr, straight))
    assert contents(tmp_path / "broken") == contents(tmp_path / "straight")


def test_a_finished_simulation_is_not_repeated(tmp_path, laboratory):
    first = simulate(tmp_path, **SMALL)
    laboratory.cells.clear()
    assert simulate(tmp_path, **SMALL) == first
    assert not laboratory.cells


@pytest.mark.usefixtures("laboratory")
def test_another_plan_does_not_mix_in(tmp_path):
    simulate(tmp_path, **SMALL)
    with pytest.raises(RunError, match="seed was 3, now 4"):
        simulate(tmp_path, **{**SMALL, "seed": 4})


@pytest.mark.usefixtures("laboratory")
def test_a_folder_of_others_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(SimulationError, match="expected an empty folder"):
        simulate(tmp_path, **SMALL)
    assert contents(tmp_path) == {"mine.txt": b"keep"}


def test_a_data_set_without_any_cell_is_an_error_with_the_reason(tmp_path, laboratory):
    laboratory.failing = True
    with pytest.raises(SimulationError, match="no luck"):
        simulate(tmp_path, **SMALL)
    assert not (tmp_path / "rows").exists()


@pytest.mark.usefixtures("laboratory")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": 4}, "size"),
        ({"volumes": 0}, "at least 1"),
        ({"designs": 0}, "at least 1"),
        ({"generators": ("foam",)}, "foam"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(tmp_path, change, words):
    with pytest.raises(SettingsError, match=words):
        simulate(tmp_path, **{**SMALL, **change})
    assert not list(tmp_path.iterdir())


def test_a_cell_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(children, "_COMPILING_SECONDS", 0.0)
    outcomes = list(simulate_design(vector_at({}), [Structure(0.4, 2.0)] * 2, Protocol(row_seconds=0.05)))
    assert [outcome.reason for outcome in outcomes] == ["no result within 0.05 s"] * 2


def test_a_dying_process_costs_one_row():
    # The design lacks nothing that the parent sees; in the child the model's name does not exist.
    outcomes = list(simulate_design(vector_at({}), [Structure(0.4, 2.0)], Protocol(model="NoSuchModel")))
    assert [outcome.reason for outcome in outcomes] == ["the process ended with exit code 1"]


@pytest.mark.simulate
def test_real_cells_obey_the_contract(tmp_path):
    pytest.importorskip("pybamm")
    protocol = Protocol(cycles=4)
    made = simulate(tmp_path, volumes=2, designs=2, size=20, seed=1, rows_per_volume=2, protocol=protocol)
    assert (made.rows, made.succeeded) == (4, 4)
    seen = observe(open_dataset(tmp_path), TargetSettings())
    assert seen.current_sign == 1
    frame = seen.frame
    assert frame["leading_rest"].all()
    assert (frame["trend_points"] == 4).all()
    assert (frame["dcir_method"] == "rest_to_discharge").all()
    assert frame["initial_dcir"].between(0.003, 0.05).all()
    # Above 100 where the first discharge, from an even electrolyte, is the one that transport limits most.
    assert frame["capacity_retention"].between(80, 110).all()
    assert frame["mean_discharge_voltage"].between(3.2, 4.0).all()
    row = pq.read_table(tmp_path / "rows" / "sample_00000.parquet").to_pylist()[0]
    hours, volts, amperes = (np.array(row["cycle_first"][name]) for name in ("Time_h", "Voltage_V", "Current_A"))
    assert len(hours) == sum(protocol.samples)
    assert np.all(np.diff(hours) >= 0)
    assert volts.min() >= protocol.lower_voltage - 1e-3
    assert volts.max() <= protocol.upper_voltage + 1e-3
    discharge = amperes > 1
    # Amperes x hours of the stored trace are the capacity that the trend begins with.
    assert np.trapezoid(amperes[discharge], hours[discharge]) == pytest.approx(row["capacity_trend_ah"][0], rel=1e-3)


@pytest.mark.simulate
def test_the_image_moves_the_cell():
    pytest.importorskip("pybamm")
    from poregrove.pipelines.simulate.study import one_at_a_time

    table = one_at_a_time(Protocol(cycles=2), inputs=("tau_factor",))
    assert table.loc["tau_factor", ("initial_dcir", "change")] > 0.03
    assert table.loc["tau_factor", ("mean_discharge_voltage", "change")] < -0.003


@pytest.mark.slow
@pytest.mark.simulate
def test_every_input_moves_some_target():
    pytest.importorskip("pybamm")
    from poregrove.pipelines.simulate.study import one_at_a_time

    changes = one_at_a_time().xs("change", axis=1, level=1).abs()
    assert len(changes) == 17
    assert (changes.max(axis=1) > 0.02).all(), changes.max(axis=1)
