"""Settings that nobody should get away with: unknown names, wrong types, numbers out of range or out of hand."""

import math

import pytest

from poregrove.errors import SettingsError
from poregrove.pipelines.commands.main import main
from poregrove.pipelines.settings import Settings, apply_assignments, read_settings


def refused(assignment):
    with pytest.raises(SettingsError) as caught:
        apply_assignments(Settings(), [assignment])
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith(f"--set {assignment}: ")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("[target]\nlife_cup = 3", "did you mean 'life_cap'?"),
        ("[targets]\nlife_cap = 3", "did you mean 'target'?"),
        ("[volume]\nvoxelsize = 1e-7", "did you mean 'voxel_size'?"),
        ("[comparison]\nregime = ['random']", "did you mean 'regimes'?"),
        ("life_cap = 3", "known here: comparison, model, plugins, report, study, target, tuning, volume"),
    ],
)
def test_a_file_with_an_unknown_key_is_refused_with_the_nearest_valid_name(tmp_path, text, nearest, capfd):
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_settings(path)
    assert str(path) in str(caught.value)
    assert nearest in str(caught.value)
    assert main(["targets", str(tmp_path), "--out", str(tmp_path / "t.parquet"), "--config", str(path)]) == 2
    assert nearest in capfd.readouterr().err
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = 1" + "0" * 5000, "a = ", "\0", "[target", "target = 1"])
def test_files_that_are_no_settings(tmp_path, text):
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"settings\.toml"):
        read_settings(path)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x00" * 50])
def test_files_that_are_no_text(tmp_path, content):
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"settings\.toml"):
        read_settings(path)


@pytest.mark.parametrize("name", ["a\0b", "a" * 5000, "\ud800", "."])
def test_names_of_no_file(tmp_path, name):
    with pytest.raises(SettingsError, match="settings file"):
        read_settings(tmp_path / name)


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("target.life_cap=1" + "0" * 400, "a computer can hold"),
        ("comparison.folds=1" + "0" * 5000, "folds expects int"),
        ("target.life_cap=3\nx=1", "life_cap expects float"),
        ("target.life_cap=1979-05-27", "life_cap expects float"),
        ("target.life_cap=true", "life_cap expects float"),
        ("target.current_sign=[1]", "auto, negative, positive"),
        ("volume.pore=[0, 1]", "pore expects"),
        ("comparison.folds=2.0", "folds expects int"),
        ("comparison.models=[1, 2]", "models expects"),
        ("target.life_cap=" + "[" * 5000, "life_cap expects float"),
        ("." * 20_000 + "=1", "unknown setting ''"),
        ("target=1", "'target' is a section"),
        ("study.ablation=1", "ablation expects bool"),
        ("study.shares=half", "shares expects numbers, as in [0.25, 0.5, 1]"),
        ("study.shares=[true]", "shares expects numbers"),
        ("study.shares=[0.5, 2]", "shares expects shares above 0 and at most 1"),
        ("=1", "unknown setting ''"),
    ],
)
def test_values_of_the_wrong_kind(assignment, said):
    assert said in refused(assignment)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("target.end_of_life", (0.0, 1.0, -1.0, math.nan, math.inf)),
        ("target.life_cap", (0.0, -1.0, math.nan, math.inf)),
        ("target.rest_threshold", (-0.1, 1.0, math.nan)),
        ("volume.voxel_size", (0.0, -1e-7, math.nan, math.inf)),
        ("volume.max_voxels", (0, -1)),
        ("comparison.folds", (1, 0, -1)),
        ("comparison.repeats", (0,)),
        ("comparison.network_repeats", (0,)),
        ("comparison.seed", (-1, 2**32)),
        ("comparison.validation_share", (0.0, 1.0, math.nan)),
        ("comparison.bootstrap", (0,)),
        ("study.explained_rows", (0,)),
        ("study.shuffles", (0,)),
        ("study.correlation", (-0.1, 1.1, math.nan)),
        ("study.timing_seconds", (0.0, math.inf)),
    ],
)
def test_numbers_out_of_range_by_every_way_in(name, values):
    section, key = name.split(".")
    record = type(getattr(Settings(), section))
    for value in values:
        assert f"{key} expects a" in refused(f"{name}={value}")
        with pytest.raises(SettingsError, match=f"{key} expects a"):
            record(**{key: value})


def test_the_flags_of_the_command_line_are_held_to_the_same_ranges(tmp_path, capfd):
    words = ["extract", str(tmp_path), "--out", str(tmp_path / "f.parquet"), "--voxel-size=-1"]
    assert main(words) == 2
    assert "voxel_size expects a length" in capfd.readouterr().err
    assert not [*tmp_path.iterdir()]


def test_studies_are_switched_and_their_shares_listed_in_every_notation():
    for text in ("0.25,1", "[0.25, 1]", "[0.25, 1.0]"):
        assert apply_assignments(Settings(), [f"study.shares={text}"]).study.shares == (0.25, 1.0)
    assert apply_assignments(Settings(), ["study.shares=1"]).study.shares == (1.0,)
    assert apply_assignments(Settings(), ["study.ablation=false"]).study.ablation is False


def test_studies_are_no_part_of_what_makes_two_runs_the_same():
    changed = apply_assignments(Settings(), ["study.shuffles=2", "study.costs=false"])
    assert changed.identity() == Settings().identity()
    assert changed.as_dict() != Settings().as_dict()
    assert apply_assignments(Settings(), ["comparison.folds=3"]).identity() != Settings().identity()


def test_a_setting_of_version_0_1_is_known_by_its_name_of_then(caplog):
    settings = apply_assignments(Settings(), ["comparison.impossible=keep"])
    assert settings.comparison.non_percolating == "keep"
    assert "now called 'non_percolating'" in caplog.text
