"""The command line: exit codes, one clear line for an error, nothing half-written."""

import json
import re
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import tifffile

from poregrove.pipelines.commands.main import main, parser
from poregrove.schema import SCALAR_COLUMNS, TARGET_TABLE


@pytest.fixture
def poregrove(capfd):
    """Run a command line; its exit code, what it printed and what it said."""

    def run(*words):
        code = main([str(word) for word in words])
        out, err = capfd.readouterr()
        return code, out, err

    return run


def without_column(folder, column):
    path = next((folder / "rows").glob("*.parquet"))
    table = pq.read_table(path)
    pq.write_table(table.drop_columns([column]), path)
    return path


def missing_image(folder):
    path = next((folder / "images").glob("*.tif"))
    path.unlink()
    return path.name, "filename"


def truncated_image(folder):
    path = next((folder / "images").glob("*.tif"))
    path.write_bytes(path.read_bytes()[:1000])
    return path.name, "truncated"


def colour_image(folder):
    path = next((folder / "images").glob("*.tif"))
    tifffile.imwrite(path, np.zeros((8, 8, 3), np.uint8), photometric="rgb")
    return path.name, "colour"


def complex_image(folder):
    path = next((folder / "images").glob("*.tif"))
    tifffile.imwrite(path, np.zeros((8, 8, 8), np.complex64), photometric="minisblack")
    return path.name, "complex64"


def no_filename(folder):
    return without_column(folder, "filename").name, "'filename'"


def no_scalar(folder):
    return without_column(folder, f"input_{SCALAR_COLUMNS[3]}").name, SCALAR_COLUMNS[3]


def empty_folder(folder):
    for path in (folder / "rows").iterdir():
        path.unlink()
    return str(folder), "Parquet"


def no_rows(folder):
    for path in (folder / "rows").iterdir():
        pq.write_table(pq.read_table(path).slice(0, 0), path)
    return str(folder), "no row"


def broken_parquet(folder):
    path = next((folder / "rows").glob("*.parquet"))
    path.write_bytes(b"PAR1 and then nothing")
    return path.name, "readable Parquet"


IMAGE_FAULTS = (missing_image, truncated_image, colour_image, complex_image)
TABLE_FAULTS = (no_filename, no_scalar, empty_folder, no_rows, broken_parquet)


@pytest.mark.parametrize("spoil", [*IMAGE_FAULTS, *TABLE_FAULTS])
def test_compare_names_the_fault_and_leaves_nothing_behind(clean_set, poregrove, tmp_path, spoil):
    named = spoil(clean_set.folder)
    code, _, said = poregrove("compare", clean_set.folder, "--out", tmp_path / "run", "--workers", 1)
    assert code == 2
    assert all(word in said for word in named), said
    assert "Traceback" not in said
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("spoil", TABLE_FAULTS)
@pytest.mark.parametrize("verb", ["targets", "audit"])
def test_other_verbs_name_the_fault_too(clean_set, poregrove, tmp_path, spoil, verb):
    named = spoil(clean_set.folder)
    out = tmp_path / "out.parquet"
    code, _, said = poregrove(verb, clean_set.folder, "--out" if verb == "targets" else "--json", out)
    assert code == 2
    assert all(word in said for word in named), said
    assert not out.exists()


@pytest.mark.parametrize("spoil", IMAGE_FAULTS)
def test_the_audit_reports_a_bad_image_as_a_finding(clean_set, poregrove, tmp_path, spoil):
    name, _ = spoil(clean_set.folder)
    code, out, _ = poregrove("audit", clean_set.folder, "--json", tmp_path / "a.json", "--workers", 1)
    assert code == 0
    found = {item["code"]: item for item in json.loads((tmp_path / "a.json").read_text())["findings"]}
    code = "missing_image" if spoil is missing_image else "unreadable_file"
    assert found[code]["count"] == 1
    assert name in " ".join(found[code]["examples"])
    assert code in out


def test_audit_prints_its_findings_on_standard_output(shared_clean_set, poregrove):
    code, out, _ = poregrove("audit", shared_clean_set.folder, "--workers", 1)
    assert code == 0
    assert out.startswith("0 errors, 0 warnings, 3 infos")


def test_targets_have_the_columns_of_the_schema_in_the_order_of_the_rows(shared_clean_set, poregrove, tmp_path):
    code, *_ = poregrove("targets", shared_clean_set.folder, "--out", tmp_path / "t.parquet", "--quiet")
    assert code == 0
    table = pd.read_parquet(tmp_path / "t.parquet")
    assert tuple(table.columns) == TARGET_TABLE.names
    pairs = list(zip(table["sample_id"], table["param_id"], strict=True))
    assert pairs == list(shared_clean_set.lives)


def test_extract_ends_with_1_and_a_list_where_a_file_is_bad(clean_set, poregrove, tmp_path):
    name, _ = truncated_image(clean_set.folder)
    images = clean_set.folder / "images"
    words = ("extract", images, "--out", tmp_path / "f.parquet", "--columns", "porosity", "--workers", 1)
    code, _, said = poregrove(*words, "--device", "cpu")
    assert code == 1
    assert name in said
    frame = pd.read_parquet(tmp_path / "f.parquet")
    assert frame["status"].value_counts().to_dict() == {"ok": 11, "failed": 1}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--models", "xgbost"), "xgboost"),
        (("--targets", "cycle_life"), "cycle_life"),
        (("--regimes", "R5"), "R5"),
        (("--tiers", "morfology"), "morfology"),
        (("--set", "target.life_cop=3"), "did you mean 'life_cap'"),
        (("--set", "target.current_sign=up"), "auto, negative, positive"),
        (("--set", "comparison"), "expected section.key=value"),
        (("--set", "model.xgboost.rouns=3"), "'rounds'"),
        (("--set", "model.xgbost.rounds=3"), "'xgboost'"),
        (("--set", "model.xgboost=3"), "model.name.setting"),
        (("--config", "nowhere.toml"), "nowhere.toml"),
        (("--pore", "black"), "grey values"),
    ],
)
def test_wrong_settings_are_named_before_any_work(shared_clean_set, poregrove, tmp_path, words, said):
    code, _, err = poregrove("compare", shared_clean_set.folder, "--out", tmp_path / "run", *words, "--workers", 1)
    assert code == 2
    assert said in err
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(find_spec("cupy") is not None, reason="cupy is installed, a device may answer")
@pytest.mark.parametrize(
    "words",
    [
        ("compare", "nothing", "--out", "made"),
        ("extract", "nothing.tif", "--out", "made"),
        ("predict", "nothing", "nothing", "--out", "made"),
        ("serve", "nothing"),
        ("bench", "--json", "made"),
        ("demo", "--out", "made"),
    ],
    ids=lambda words: words[0],
)
def test_cuda_without_a_device_is_one_clear_line_before_any_work(poregrove, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    code, out, err = poregrove(*words, "--device", "cuda")
    assert code == 2
    assert out == ""
    (line,) = err.splitlines()
    assert "the CUDA back end needs cupy" in line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [("compare",), ("nonsense",), (), ("compare", "x", "--out", "y", "--folds", "0")])
def test_wrong_usage_ends_with_2(poregrove, words):
    with pytest.raises(SystemExit) as end:
        poregrove(*words)
    assert end.value.code == 2


def test_every_verb_has_help(capsys):
    listed = re.findall(r"^    ([a-z-]+)\b", parser().format_help(), flags=re.MULTILINE)
    assert len(listed) > 10
    for verb in listed:
        with pytest.raises(SystemExit) as end:
            main([verb, "--help"])
        assert end.value.code == 0
        assert "exit codes" in capsys.readouterr().out
