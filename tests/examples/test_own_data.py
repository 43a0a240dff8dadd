"""The example with own data runs, and what it makes can be asked: its names go through to bundle, service and tables."""

import json
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import DataSetError, SettingsError
from poregrove.pipelines import load_bundle, predict, read_contract
from poregrove.pipelines.bundle.http import describe_bundle
from poregrove.pipelines.commands.main import main
from poregrove.pipelines.data.contract_file import run_contract

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "own_data.py"
DESIGN = {"load_kN": 4.0, "rate_s": 1e-4, "surroundings": "wet", "annealed": True}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("own") / "data"
    runpy.run_path(str(SCRIPT))["main"](place)
    return place


def test_the_contract_is_guessed_as_the_data_were_made(folder):
    contract = read_contract(folder / "contract.toml")
    assert contract.data.sample == "specimen"
    assert contract.data.pore == (0,)
    assert {item.name: (item.kind, item.log) for item in contract.inputs} == {
        "load_kn": ("number", False),
        "rate_s": ("number", True),
        "surroundings": ("category", False),
        "annealed": ("boolean", False),
    }
    assert [(item.name, item.unit, item.volume_only) for item in contract.outputs] == [
        ("permeability", "-", True),
        ("strength_mpa", "MPa", False),
    ]


def test_ridge_finds_the_law_of_the_strength(folder):
    scores = pd.read_parquet(folder / "run" / "scores.parquet")
    own = scores[(scores["target"] == "strength_mpa") & (scores["model"] == "ridge") & (scores["metric"] == "r2")]
    image = own[(own["features"] == "scalars+morphology") & (own["regime"] == "new-structure")]["value"].item()
    without = own[(own["features"] == "scalars") & (own["regime"] == "new-structure")]["value"].item()
    assert image > 0.9
    assert image > without + 0.3


def test_physics_features_are_not_made_of_other_columns(folder):
    manifest = json.loads((folder / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert not any("physics" in item["name"] for item in manifest["feature_sets"])
    assert [item["column"] for item in manifest["scalars"]][:2] == ["load_kn", "rate_s"]
    with pytest.raises(SettingsError, match=r"needs .* in .*, the contract has no such input"):
        _compare_physics(folder)


def _compare_physics(folder):
    from poregrove.pipelines import ComparisonSettings, Settings, compare

    wanted = ComparisonSettings(models=("ridge",), feature_sets=("scalars+morphology+transport+physics",))
    compare(folder, folder / "other", contract=folder / "contract.toml", settings=Settings(comparison=wanted))


def test_a_run_carries_its_contract_with_the_levels_found(folder):
    contract = run_contract(folder / "run")
    assert contract.scalar_columns == (
        "load_kn", "rate_s", "surroundings=dry", "surroundings=wet", "annealed",
    )  # fmt: skip


def test_the_bundle_takes_designs_by_their_own_names(folder, caplog):
    bundle = load_bundle(folder / "run")
    volume = folder / "images" / "foam_03.tif"
    dry, wet = (
        bundle.predict(volume, DESIGN | {"surroundings": word}, device="cpu")["strength_mpa"].item()
        for word in ("dry", "wet")
    )
    assert 3.0 < dry - wet < 9.0
    damp = bundle.predict(volume, DESIGN | {"surroundings": "damp"}, device="cpu")
    assert damp["strength_mpa"].isna().all()
    assert damp["strength_mpa_reason"].item() == "scalar_missing"
    assert "'damp' is no level of the category 'surroundings'; known: dry, wet; taken as missing" in caplog.text
    with pytest.raises(DataSetError, match="the input 'load_kN' is missing"):
        bundle.predict(volume, {"rate_s": 1.0}, device="cpu")


def test_a_table_is_predicted_without_its_results(folder, tmp_path):
    table = pd.read_csv(folder / "table.csv").drop(columns=["strength_MPa", "permeability"])
    table.head(12).to_csv(tmp_path / "ask.csv", index=False)
    found = predict(folder / "run", tmp_path / "ask.csv", images=folder / "images", device="cpu", workers=1)
    given = pd.read_csv(folder / "table.csv").head(12)
    assert np.corrcoef(found["strength_mpa"], given["strength_MPa"])[0, 1] > 0.9
    assert np.isfinite(found["permeability"]).all()


def test_designs_of_a_csv_meet_every_volume(folder, tmp_path):
    pd.DataFrame([DESIGN, DESIGN | {"load_kN": 8.0}]).to_csv(tmp_path / "designs.csv", index=False)
    found = predict(folder / "run", folder / "images", designs=tmp_path / "designs.csv", device="cpu", workers=1)
    assert len(found) == 80
    by_load = found["strength_mpa"].to_numpy().reshape(40, 2)
    assert (by_load[:, 0] > by_load[:, 1]).all()


def test_the_service_speaks_these_names(folder):
    about = describe_bundle(load_bundle(folder / "run"))
    assert [item["name"] for item in about["targets"]] == ["permeability", "strength_mpa"]
    scalars = {item["name"]: item for item in about["scalars"]}
    assert {key: scalars["rate_s"][key] for key in ("column", "unit", "levels")} == {
        "column": "rate_s",
        "unit": "s",
        "levels": [],
    }
    assert scalars["surroundings"]["levels"] == ["dry", "wet"]
    assert scalars["load_kn"]["low"] < scalars["load_kn"]["typical"] < scalars["load_kn"]["high"]


def test_targets_writes_the_targets_of_the_contract(folder, tmp_path):
    out = tmp_path / "targets.parquet"
    assert main(["targets", str(folder), "--contract", str(folder / "contract.toml"), "--out", str(out)]) == 0
    assert list(pd.read_parquet(out)) == ["sample_id", "param_id", "filename", "permeability", "strength_mpa"]


def test_the_report_is_of_these_targets(folder):
    page = (folder / "run" / "report.html").read_text(encoding="utf-8")
    assert "Strength" in page
    assert "Strength mpa" not in page
    assert "surroundings=wet" in page
    assert "Projected cycle life" not in page
    assert read_contract(folder / "contract.toml").target("strength_mpa").label == "Strength"


def test_three_commands_lead_to_a_report(folder, tmp_path, capfd):
    contract = tmp_path / "contract.toml"
    assert main(["init", str(folder), "--out", str(contract), "--targets", "strength*,permeability"]) == 0
    assert contract.read_text(encoding="utf-8") == (folder / "contract.toml").read_text(encoding="utf-8")
    given = [str(folder), "--contract", str(contract), "--workers", "1"]
    assert main(["audit", *given]) == 0
    short = ["--models", "mean,ridge", "--regimes", "new-both", "--tiers", "morphology", "--quick"]
    quick = ["--set=comparison.bootstrap=200", "--set=comparison.intervals="]
    run = tmp_path / "run"
    assert main(["compare", *given, "--out", str(run), "--device", "cpu", *short, *quick]) == 0
    assert (run / "report.html").is_file()
    said = capfd.readouterr().err.splitlines()
    assert [line for line in said if "report.html" in line] == said[-1:]
    assert said[-1].endswith(f"INFO report: {run / 'report.html'}")


def test_init_does_not_overwrite_what_was_edited(folder, capsys):
    assert main(["init", str(folder), "--out", str(folder / "contract.toml")]) == 2
    assert "is there already" in capsys.readouterr().err


def test_a_contract_that_must_be_edited_ends_the_comparison_with_its_line(folder, tmp_path, capsys):
    out = tmp_path / "contract.toml"
    assert main(["init", str(folder), "--out", str(out)]) == 0
    assert "targets.first.column" in capsys.readouterr().err
    words = ["compare", str(folder), "--contract", str(out), "--out", str(tmp_path / "run")]
    assert main(words) == 2
    assert "targets.first.column = '?', must be edited by hand" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
