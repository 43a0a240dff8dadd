"""Verbs that only tell: settings, descriptors, cache, help, completion; and words that shorten a comparison."""

import io
import json
import logging
import sys
import tomllib

import pytest

from poregrove.features import descriptors
from poregrove.pipelines.commands.main import VERBS, main, parser, verbs_of
from poregrove.pipelines.commands.options import settings_of
from poregrove.pipelines.commands.settings_lists import model_sections, sections, settings_text
from poregrove.pipelines.execution import console
from poregrove.pipelines.settings import ComparisonSettings, Settings, StudySettings, read_settings


@pytest.fixture
def poregrove(capfd):
    """Run a command line; its exit code, what it printed and what it said."""

    def run(*words):
        code = main([str(word) for word in words])
        out, err = capfd.readouterr()
        return code, out, err

    return run


# Settings


def test_the_printed_settings_are_a_settings_file_of_the_defaults(poregrove, tmp_path):
    code, out, _ = poregrove("settings")
    assert code == 0
    (tmp_path / "settings.toml").write_text(out, encoding="utf-8")
    assert read_settings(tmp_path / "settings.toml") == Settings()


def test_a_commented_setting_of_a_model_can_be_taken_in():
    lines = settings_text(wanted=["model.xgboost"]).splitlines()
    wanted = [line.removeprefix("# ") for line in lines if line in {"# [model.xgboost]", "# rounds = 1000"}]
    assert tomllib.loads("\n".join(wanted)) == {"model": {"xgboost": {"rounds": 1000}}}


def test_every_setting_says_what_it_means_and_may_be():
    told = [(section.name, item) for section in (*sections(), *model_sections()) for item in section.settings]
    assert len(told) > 150
    assert [f"{section}.{item.name}" for section, item in told if len(item.meaning) < 8 or not item.kind] == []
    by_name = {f"{section}.{item.name}": item for section, item in told}
    assert by_name["comparison.folds"].kind == "a number from 2"
    assert by_name["target.dcir"].kind == "one of substitute, strict"
    assert by_name["model.lightgbm.learning_rate"].default == 0.05
    assert by_name["model.lightgbm.learning_rate"].meaning == by_name["model.xgboost.learning_rate"].meaning


def test_settings_of_a_run_are_those_that_it_ran_with(poregrove, tmp_path):
    given = Settings(
        comparison=ComparisonSettings(folds=3, models=("ridge", 'a "b"')),
        study=StudySettings(costs=False, shares=(0.5, 1.0)),
        model={"xgboost": {"rounds": 7, "subsample": 0.5, "choose": False}},
    )
    (tmp_path / "manifest.json").write_text(json.dumps({"settings": given.as_dict()}), encoding="utf-8")
    code, out, _ = poregrove("settings", "--of", tmp_path)
    assert code == 0
    (tmp_path / "settings.toml").write_text(out, encoding="utf-8")
    assert read_settings(tmp_path / "settings.toml") == given
    assert "Expects a number from 2. Default: 5." in out


def test_sections_are_chosen_by_name_or_pattern(poregrove):
    assert poregrove("settings", "study")[1].splitlines()[1] == "[study]"
    chosen = [line for line in poregrove("settings", "model.ridge*", "target")[1].splitlines() if "]" in line]
    assert [line for line in chosen if line.strip("# ").startswith("[")] == [
        "[target]",
        "# [model.ridge]",
        "# [model.ridge-quadratic]",
    ]
    code, _, said = poregrove("settings", "studdy")
    assert code == 2
    assert "unknown section 'studdy'; did you mean 'study'?" in said


def test_a_run_that_is_not_there_is_named(poregrove, tmp_path):
    code, _, said = poregrove("settings", "--of", tmp_path)
    assert code == 1
    assert "expected the manifest of a finished run" in said


# Descriptors


def test_descriptors_are_listed_in_three_forms(poregrove):
    _, out, _ = poregrove("descriptors", "porosity", "wall_distance_max*")
    assert out.startswith("porosity [-]: ")
    assert "wall_distance_max [m]: largest distance of a pore voxel" in out
    assert "NaN where one phase only" in out
    found = json.loads(poregrove("descriptors", "--json")[1])
    assert [item["name"] for item in found] == [column.name for column in descriptors()]
    assert found[0].keys() >= {"unit", "meaning", "low", "high", "undefined", "reference"}
    table = poregrove("descriptors", "porosity", "--markdown")[1].splitlines()
    assert table[0].startswith("| name | unit | meaning | bounds | NaN where | reference |")
    assert table[2].startswith("| `porosity` | - |")


def test_an_unknown_descriptor_is_named(poregrove):
    code, _, said = poregrove("descriptors", "porosty")
    assert code == 2
    assert "did you mean 'porosity'" in said


# Cache


def test_the_cache_says_where_it_is_and_is_cleared_of_its_own_files(poregrove, tmp_path, monkeypatch):
    monkeypatch.setenv("POREGROVE_CACHE", str(tmp_path))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    names = "features/ab/abcd.parquet", "kernels/x_1/y.nbi", "inspections/0f/0f12.json", "rows/ab.parquet"
    entry, kernel, seen, rows = (tmp_path / name for name in names)
    foreign = tmp_path / "features/notes.txt"
    for path in (entry, kernel, seen, rows, foreign):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(2048))
    _, out, _ = poregrove("cache")
    assert out.replace("\u202f", " ").splitlines() == [
        f"descriptors: {tmp_path / 'features'}, 1 file, 2.00 KiB",
        f"inspected volumes: {tmp_path / 'inspections'}, 1 file, 2.00 KiB",
        f"rows of data sets: {tmp_path / 'rows'}, 1 file, 2.00 KiB",
        f"compiled kernels: {tmp_path / 'kernels'}, 1 file, 2.00 KiB",
    ]
    assert poregrove("cache", "--clear")[0] == 0
    assert not entry.parent.exists()
    assert not any(path.exists() for path in (kernel, seen, rows))
    assert foreign.exists()
    assert "0 files" in poregrove("cache")[1]


def test_a_folder_of_kernels_that_others_use_is_left_alone(poregrove, tmp_path, monkeypatch):
    monkeypatch.setenv("POREGROVE_CACHE", str(tmp_path / "ours"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    (tmp_path / "foreign.nbi").touch()
    poregrove("cache", "--clear")
    assert (tmp_path / "foreign.nbi").exists()


# Help, unknown verbs, completion


def test_help_shows_the_help_of_a_verb(poregrove):
    assert poregrove("help", "folds")[1].startswith("usage: poregrove folds ")
    assert "audit, describe, compare all models" in poregrove("help")[1]
    code, _, said = poregrove("help", "fold")
    assert code == 2
    assert "unknown verb 'fold'; did you mean 'folds'?" in said


def test_every_verb_has_a_parser():
    assert len(verbs_of(parser())) == len(VERBS)


def test_an_unknown_verb_is_named_with_the_nearest(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["comapre", "data"])
    assert caught.value.code == 2
    assert "unknown verb 'comapre'; did you mean 'compare'? verbs: compare, merge" in capsys.readouterr().err


def test_completion_knows_verbs_and_options(poregrove):
    pytest.importorskip("shtab")
    code, out, _ = poregrove("completion", "bash")
    assert code == 0
    assert "descriptors" in out
    assert "--contract" in out


def test_completion_names_the_package_that_it_needs(poregrove, monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)
    code, _, said = poregrove("completion", "zsh")
    assert code == 2
    assert "pip install 'poregrove[completion]'" in said


# Shorter comparisons


def chosen(*words):
    return settings_of(parser().parse_args(["compare", "data", "--out", "run", *words]))


def test_quick_deals_folds_once_and_makes_no_studies():
    found = chosen("--quick")
    assert found.comparison.repeats == 1
    assert not any((found.study.importance, found.study.ablation, found.study.learning_curves, found.study.costs))
    assert found.comparison == chosen("--repeats", "1").comparison


def test_what_is_asked_for_beside_quick_holds():
    assert (
        chosen("--quick", "--repeats", "2", "--folds", "3").comparison
        == chosen("--repeats", "2", "--folds", "3").comparison
    )
    assert chosen("--no-studies").comparison == Settings().comparison
    assert not chosen("--no-studies").study.costs


# Log lines


class Terminal(io.StringIO):
    """Standard error of a terminal."""

    def isatty(self):
        return True


def test_a_log_line_stands_above_the_bar_and_not_in_it(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with console.speaking(), console.progress("fitting", "job") as progress:
        progress(1, 3)
        logging.getLogger("poregrove.somewhere").warning("a remark")
        progress(2, 3)
    lines = terminal.getvalue().replace("\r", "\n").split("\n")
    (said,) = [line for line in lines if "a remark" in line]
    assert said.endswith("WARNING a remark")
    assert "fitting" not in said
