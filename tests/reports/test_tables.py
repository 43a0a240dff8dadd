"""A run folder is read whole, or refused by name."""

import json

import pandas as pd
import pytest

from poregrove.errors import RunError
from poregrove.reports import write_report
from poregrove.reports.tables import Cell, read_run


@pytest.fixture
def small_run(make_run):
    return make_run(volumes=6, designs=4, targets=("porosity", "nominal_capacity"), models=("mean", "ridge"))


def change_manifest(run, **changes):
    path = run / "manifest.json"
    manifest = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in manifest.items() if value is not None}))


def test_every_prediction_file_is_found_by_its_cell(small_run):
    run = read_run(small_run)
    found = run.predictions(Cell("nominal_capacity", "ridge", "scalars+morphology", "new-both"))
    assert found["row"].tolist() == list(range(24))
    assert run.predictions(Cell("nominal_capacity", "ridge", "nothing", "new-both")).empty


def test_half_written_prediction_files_do_not_count(small_run):
    place = next((small_run / "predictions").rglob("*.parquet"))
    place.rename(place.with_name(".part-0.parquet"))
    cells = read_run(small_run).prediction_files
    assert all(not file.name.startswith(".") for file in cells.values())


@pytest.mark.parametrize("name", ["manifest.json", "rows.parquet", "scores.parquet"])
def test_a_missing_file_is_named(small_run, name):
    (small_run / name).unlink()
    with pytest.raises(RunError, match=name.replace(".", r"\.")):
        write_report(small_run)
    assert not (small_run / "report.html").exists()


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(RunError, match="nowhere"):
        write_report(tmp_path / "nowhere")


@pytest.mark.parametrize("key", ["name", "targets", "regimes", "models"])
def test_a_missing_key_of_the_manifest_is_named(small_run, key):
    change_manifest(small_run, **{key: None})
    with pytest.raises(RunError, match=rf"manifest\.json: missing {key}"):
        read_run(small_run)


@pytest.mark.parametrize("version", [0, 2, "1", 1.5])
def test_a_manifest_of_an_unknown_schema_is_refused(small_run, version):
    change_manifest(small_run, schema_version=version)
    with pytest.raises(RunError, match="schema_version"):
        read_run(small_run)


def test_a_missing_column_is_named_with_those_that_are_there(small_run):
    path = small_run / "gaps.parquet"
    pd.read_parquet(path).drop(columns="variant").to_parquet(path)
    with pytest.raises(RunError, match=r"gaps\.parquet: missing column variant; it has target"):
        read_run(small_run)


@pytest.mark.parametrize(
    ("name", "content"), [("manifest.json", "{"), ("audit.json", "[]"), ("shares.parquet", "no parquet")]
)
def test_an_unreadable_file_is_named(small_run, name, content):
    (small_run / name).write_text(content)
    with pytest.raises(RunError, match=name.replace(".", r"\.")):
        read_run(small_run)


def test_a_target_without_a_name_is_refused(small_run):
    change_manifest(small_run, targets=[{"weight": 1}])
    with pytest.raises(RunError, match="targets"):
        write_report(small_run)


def test_nothing_is_left_behind_but_the_three_files(small_run):
    before = {path.name for path in small_run.iterdir()}
    write_report(small_run)
    assert {path.name for path in small_run.iterdir()} - before == {"report.html", "report.md", "summary.json"}
