"""The leak probes from the command line: a table and exit code 0, or one clear line and exit code 1."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace

import pytest

from poregrove.errors import RunError
from poregrove.pipelines.commands import self_check
from poregrove.pipelines.commands.main import main, parser
from poregrove.pipelines.compare import Request
from poregrove.pipelines.scoring.image_probe import check_image, image_lines, refuse_false_gains
from poregrove.pipelines.splits import splits
from poregrove.pipelines.training.self_check import ProbeOutcome, check_folds, refuse_leaks, table

SMALL = {"draws": 2, "n_volumes": 30, "n_designs": 24}


@pytest.fixture
def small(monkeypatch):
    """The probes in a size that takes a second."""
    small_image = check_image(draws=1)
    for module, name, small_one in (
        ("training.self_check", "check_folds", lambda **_: check_folds(**SMALL)),
        ("scoring.image_probe", "check_image", lambda: small_image),
        ("compare", "check_folds", lambda **_: check_folds(**SMALL)),
        ("compare", "check_image", lambda: small_image),
    ):
        monkeypatch.setattr(importlib.import_module(f"poregrove.pipelines.{module}"), name, small_one)


@pytest.mark.usefixtures("small")
def test_all_probes_pass_and_are_shown(capsys):
    assert main(["self-check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 4 * 4 * 2 + 2 + 1 + 1 + 4 + 2
    assert sum(line.endswith("passed") for line in lines) == 32 + 4
    assert "at most 10% of the draws above 0.2" in lines[34]
    assert lines[37].split() == ["permuted", "images", "R2", "new-structure", "0", "of", "1", "passed"]


@pytest.mark.usefixtures("small")
def test_a_leak_ends_with_exit_code_1_and_names_itself(capsys, monkeypatch):
    monkeypatch.setitem(splits.HELD_OUT, "new-structure", ("row",))
    assert main(["self-check"]) == 1
    out, err = capsys.readouterr()
    assert out.count("FAILED") == 4
    (line,) = [text for text in err.splitlines() if "ERROR" in text]
    assert "4 of 32 leak probes failed" in line
    assert "one draw a volume, new-structure, complete crossing" in line
    assert "the folds leak" in line


def test_a_gain_from_permuted_images_is_found_where_unlike_columns_are_compared(monkeypatch):
    """Unlike columns beside the image, as the comparison had them: physics features on one side alone."""
    module = importlib.import_module("poregrove.pipelines.scoring.image_probe")
    monkeypatch.setattr(module, "SETS", ("scalars", "scalars+physics", "scalars+morphology+transport+physics"))
    monkeypatch.setattr(module.ProbeRidge, "info", replace(module.ProbeRidge.info, feature_sets=module.SETS))
    adds = importlib.import_module("poregrove.pipelines.scoring.image_adds")
    usual = adds.counterpart
    monkeypatch.setattr(adds, "counterpart", lambda name: usual(name) and "scalars")
    outcomes = check_image(draws=2)
    assert [item.passed for item in outcomes if item.permuted] == [True, False]
    with pytest.raises(RunError, match=r"permuted images, new-both \(added in [12] of 2\)"):
        refuse_false_gains(outcomes)


def test_a_dead_probe_fails_too(monkeypatch):
    """A tree of one leaf remembers nothing: the positive control must not let that pass."""
    from sklearn.tree import DecisionTreeRegressor

    usual = DecisionTreeRegressor.__init__
    monkeypatch.setattr(DecisionTreeRegressor, "__init__", lambda self, **_: usual(self, max_depth=1))
    with pytest.raises(RunError, match="the probe itself is dead"):
        refuse_leaks(check_folds(**SMALL))


@pytest.mark.usefixtures("small")
def test_a_comparison_writes_nothing_after_a_failed_probe(clean_set, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(splits.HELD_OUT, "new-design", ("row",))
    out = tmp_path / "run"
    assert main(["compare", str(clean_set.folder), "--out", str(out), "--self-check", "--workers", "1"]) == 1
    assert not out.exists()
    assert "leak probes failed" in capsys.readouterr().err


@pytest.mark.usefixtures("small")
def test_the_manifest_keeps_what_the_probes_came_to(clean_set, tmp_path, capsys):
    out = tmp_path / "run"
    words = ["compare", str(clean_set.folder), "--out", str(out), "--self-check", "--workers", "1"]
    words += ["--models", "mean", "--targets", "porosity", "--tiers", "morphology"]
    words += ["--regimes", "new-structure", "--repeats", "1", "--set", "comparison.bootstrap=20"]
    assert main(words) == 0
    kept = json.loads((out / "manifest.json").read_text())["self_check"]
    assert len(kept) == 32 + 4
    assert all(item["passed"] for item in kept)
    assert {item["crossing"] for item in kept[:32]} == {"complete", "incomplete"}
    assert {item["probe"] for item in kept[32:]} == {"permuted images", "a tenth of the variance from images"}
    assert "passed" in capsys.readouterr().out


def test_the_flag_is_off_by_default():
    assert not parser().parse_args(["compare", "data", "--out", "run"]).self_check
    assert not Request("data", "run").self_check
    assert self_check.run is parser().parse_args(["self-check"]).run


@pytest.mark.slow
def test_the_full_probes_pass_and_say_so():
    checked = check_folds()
    refuse_leaks(checked)
    assert all(isinstance(item, ProbeOutcome) and len(item.result.scores) == 20 for item in checked)
    assert "FAILED" not in table(checked)


@pytest.mark.slow
def test_the_full_probes_of_the_image_pass():
    outcomes = check_image()
    refuse_false_gains(outcomes)
    assert "FAILED" not in image_lines(outcomes)
