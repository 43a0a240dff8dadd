"""After the scores every stage stands on its own: one that fails leaves a run with a report, which goes on."""

import errno
import importlib
import json

import pandas as pd
import pytest

from poregrove.errors import ModelError, RunError
from poregrove.pipelines.commands.main import main
from poregrove.pipelines.settings import ComparisonSettings, Settings, StudySettings

compare = importlib.import_module("poregrove.pipelines.compare")
"""The module, which the package hides behind the function of that name."""

SETTINGS = Settings(
    comparison=ComparisonSettings(
        models=("mean", "ridge"),
        targets=("projected_cycle_life",),
        tiers=("morphology",),
        feature_sets=("none", "scalars+morphology"),
        regimes=("random", "new-structure"),
        folds=2,
        repeats=1,
        bootstrap=50,
    ),
    study=StudySettings(importance=False, ablation=False, learning_curves=False),
)
STAGES = {"studies": "run_studies", "gallery": "write_gallery", "bundle": "write_bundle"}
FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture(scope="module")
def data(tmp_path_factory, clean_set_maker):
    return clean_set_maker(tmp_path_factory.mktemp("stages") / "data", n_volumes=6, n_designs=6).folder


def failing(error):
    def stage(*_, **__):
        raise error

    return stage


def is_whole(out):
    manifest = json.loads((out / "manifest.json").read_text())
    return (
        manifest["failed_stages"] == []
        and (out / "costs.parquet").is_file()
        and (out / "gallery.parquet").is_file()
        and (out / "bundle" / "manifest.json").is_file()
    )


@pytest.mark.parametrize("error", [ModelError("the matrix is singular"), FULL], ids=["own", "full disk"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_fails_leaves_a_report_and_the_others(data, tmp_path, monkeypatch, stage, error):
    request = compare.Request(data, tmp_path / "run", SETTINGS, device="cpu", workers=1)
    with monkeypatch.context() as patched:
        patched.setattr(compare, STAGES[stage], failing(error))
        with pytest.raises(RunError, match=rf"{stage} failed: .*(singular|No space).*The same command goes on"):
            compare.run(request)
    manifest = json.loads((request.out / "manifest.json").read_text())
    assert manifest["failed_stages"] == [{"stage": stage, "reason": str(error)}]
    for name in ("report.html", "report.md"):
        assert f"The stage {stage} failed" in (request.out / name).read_text()
    others = {"studies": "costs.parquet", "gallery": "gallery.parquet", "bundle": "bundle/manifest.json"}
    assert {name for name, file in others.items() if (request.out / file).is_file()} == set(others) - {stage}
    kept = {path: path.stat().st_mtime_ns for path in (request.out / "predictions").rglob("*.parquet")}
    report = compare.run(request)
    assert is_whole(request.out)
    assert "failed" not in report.with_suffix(".md").read_text().partition("## Verdict")[2].partition("## Audit")[0]
    assert {path: path.stat().st_mtime_ns for path in (request.out / "predictions").rglob("*.parquet")} == kept


def test_all_stages_may_fail_and_are_named_together_with_exit_code_1(data, tmp_path, monkeypatch, capsys):
    out = tmp_path / "run"
    words = ["compare", str(data), "--out", str(out), "--models", "mean,ridge", "--targets", "projected_cycle_life"]
    words += ["--tiers", "morphology", "--regimes", "random", "--folds", "2", "--repeats", "1", "--workers", "1"]
    words += ["--device", "cpu", "--set", "comparison.bootstrap=50"]
    for name in STAGES.values():
        monkeypatch.setattr(compare, name, failing(FULL))
    assert main(words) == 1
    said = capsys.readouterr().err
    assert (out / "report.html").is_file()
    for stage in STAGES:
        assert f"{stage} failed: [Errno 28] No space left on device" in said


def test_the_report_is_there_before_the_stages_begin(data, tmp_path, monkeypatch):
    """Not an error that a stage may have, but one that ends the process as a kill would."""
    request = compare.Request(data, tmp_path / "run", SETTINGS, device="cpu", workers=1)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(compare, "run_studies", failing(KeyboardInterrupt()))
        compare.run(request)
    assert (request.out / "report.html").is_file()
    assert len(pd.read_parquet(request.out / "scores.parquet"))
    compare.run(request)
    assert is_whole(request.out)


def test_a_disk_too_full_for_the_second_report_still_names_the_stage(data, tmp_path, monkeypatch):
    request = compare.Request(data, tmp_path / "run", SETTINGS, device="cpu", workers=1)
    whole, calls = compare.write_report, []

    def write_once(folder):
        calls.append(folder)
        if len(calls) > 1:
            raise FULL
        return whole(folder)

    monkeypatch.setattr(compare, "write_bundle", failing(FULL))
    monkeypatch.setattr(compare, "write_report", write_once)
    with pytest.raises(RunError, match=r"bundle failed: .*; report failed: "):
        compare.run(request)
    assert (request.out / "report.html").is_file()
