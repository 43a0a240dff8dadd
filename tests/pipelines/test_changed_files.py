"""Prediction files changed, copied or added behind a run's back: refused or left out by name, never counted."""

import hashlib
import shutil
import subprocess

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from poregrove.errors import RunError
from poregrove.files import CHECKSUMS
from poregrove.pipelines.compare import Request, run
from poregrove.pipelines.settings import ComparisonSettings, Settings, StudySettings
from poregrove.reports import write_report

SETTINGS = Settings(
    comparison=ComparisonSettings(
        models=("mean", "ridge"),
        targets=("projected_cycle_life", "tau_factor"),
        tiers=("morphology",),
        feature_sets=("none", "scalars+morphology"),
        regimes=("random", "new-structure"),
        folds=2,
        repeats=1,
        bootstrap=50,
    ),
    study=StudySettings(importance=False, ablation=False, learning_curves=False, costs=False),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory, clean_set_maker):
    return clean_set_maker(tmp_path_factory.mktemp("changed") / "data", n_volumes=6, n_designs=6).folder


@pytest.fixture(scope="module")
def finished(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("finished") / "run"
    run(Request(data, out, SETTINGS, device="cpu", workers=1))
    return out


@pytest.fixture
def copied(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "run")


def again(data, out):
    return run(Request(data, out, SETTINGS, device="cpu", workers=1))


def better(path):
    """The same file with other predictions and all of its metadata."""
    table = pq.ParquetFile(path).read()
    position = table.schema.get_field_index("y_pred")
    pq.write_table(
        table.set_column(position, table.schema.field(position), pa.nulls(len(table), pa.float32()).fill_null(1.0)),
        path,
    )


def test_every_prediction_file_has_its_checksum_as_sha256sum_reads_it(finished):
    lines = dict(line.split("  ", 1)[::-1] for line in (finished / CHECKSUMS).read_text().splitlines())
    files = sorted((finished / "predictions").rglob("*.parquet"))
    assert lines == {
        path.relative_to(finished).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
    if program := shutil.which("sha256sum"):
        subprocess.run([program, "--check", "--quiet", CHECKSUMS], cwd=finished, check=True)


def test_changed_predictions_are_refused_by_name_by_run_and_report(data, copied):
    path = sorted((copied / "predictions").rglob("*.parquet"))[2]
    undisturbed = path.read_bytes()
    better(path)
    for refused in (lambda: again(data, copied), lambda: write_report(copied)):
        with pytest.raises(RunError, match=r"part-0\.parquet: was changed after the run wrote it") as told:
            refused()
        assert str(path) in str(told.value)
    path.unlink()
    again(data, copied)
    pd.testing.assert_frame_equal(
        pq.ParquetFile(path).read().to_pandas(), pq.read_table(pa.BufferReader(undisturbed)).to_pandas()
    )


def test_a_run_made_before_there_were_checksums_is_read_and_gets_them(data, copied):
    before = (copied / CHECKSUMS).read_text()
    (copied / CHECKSUMS).unlink()
    write_report(copied)
    again(data, copied)
    assert sorted((copied / CHECKSUMS).read_text().splitlines()) == sorted(before.splitlines())


def test_stray_files_do_not_count_and_are_named(data, copied, caplog):
    some = min((copied / "predictions").rglob("*.parquet"))
    strays = [
        some.with_name("part-0 (1).parquet"),
        copied / "predictions" / "copy.parquet",
        copied / "predictions/target=tau_factor/model=other/features=none/regime=random/part-0.parquet",
        copied / "predictions/target=tau_factor/model=other/part-0.parquet",
        copied / "predictions/target=unheard/model=mean/features=none/regime=random/part-0.parquet",
    ]
    for path in strays:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(some, path)
    scores = pd.read_parquet(copied / "scores.parquet")
    again(data, copied)
    pd.testing.assert_frame_equal(pd.read_parquet(copied / "scores.parquet"), scores)
    caplog.clear()
    page = write_report(copied).read_text()
    for path in strays:
        assert f"{path} is no prediction file of this run and does not count" in caplog.text
        assert path.exists()
    assert "unheard" not in page
    told = (copied / "run.log").read_text()
    assert all(str(path) in told for path in strays)


def test_stray_files_beside_an_old_run_do_not_count_either(data, copied):
    (copied / CHECKSUMS).unlink()
    some = min((copied / "predictions").rglob("*.parquet"))
    shutil.copyfile(some, some.with_name("part-0 (1).parquet"))
    scores = pd.read_parquet(copied / "scores.parquet")
    again(data, copied)
    pd.testing.assert_frame_equal(pd.read_parquet(copied / "scores.parquet"), scores)
