"""One number stands wherever it is told: cards, tables, report.md, summary.json, exports, model card and predict."""

import json
import re

import pandas as pd
import pytest
from scipy.stats import kendalltau

from poregrove.pipelines import load_bundle
from poregrove.pipelines.bundle.model_card import CARD
from poregrove.pipelines.commands.main import main
from poregrove.reports import export_report
from poregrove.reports.exports.latex import escaped
from poregrove.reports.exports.page import read_page
from poregrove.reports.format import between, score
from poregrove.schema.citations import keys_of

EXACT = 1e-6
"""Relative: pages carry seven digits."""


@pytest.fixture(scope="module")
def told(finished, tmp_path_factory):
    """Everything that a run tells, read by other means than it was written by."""
    out = tmp_path_factory.mktemp("paper")
    export_report(finished.run, out, ("csv", "latex"))
    return {
        "scores": pd.read_parquet(finished.run / "scores.parquet"),
        "choices": pd.read_parquet(finished.run / "choices.parquet"),
        "summary": json.loads((finished.run / "summary.json").read_text(encoding="utf-8")),
        "page": read_page((finished.run / "report.html").read_text(encoding="utf-8")),
        "markdown": (finished.run / "report.md").read_text(encoding="utf-8"),
        "card": (finished.bundle / CARD).read_text(encoding="utf-8"),
        "exports": out,
    }


def value_of(scores, target, cell, metric, scale):
    model, features, regime = cell
    own = scores[(scores["target"] == target) & (scores["model"] == model) & (scores["features"] == features)]
    own = own[(own["regime"] == regime) & (own["metric"] == metric) & (own["scale"] == scale)]
    return own[["value", "lo", "hi"]].iloc[0].tolist()


def row_of(text, *words):
    """Cells of the one line of a Markdown table that holds these words."""
    lines = [line for line in text.splitlines() if line.startswith("|") and all(f" {word} |" in line for word in words)]
    assert len(lines) == 1, (words, lines)
    return [cell.strip().replace("\\", "") for cell in lines[0].strip("|").split("|")]


def test_a_number_is_the_same_wherever_it_is_told(told):
    scores, page = told["scores"], told["page"]
    verdicts = {item["target"]: item for item in told["summary"]["verdict"]["targets"]}
    targets = {item["name"]: item for item in told["summary"]["definitions"]["targets"]}
    regimes = {item["name"]: item for item in told["summary"]["definitions"]["regimes"]}
    models = {item["name"]: item for item in told["summary"]["definitions"]["models"]}
    rows = {node.attributes["data-target"]: node for node in page.walk() if node.tag == "tr" and "data-target" in node.attributes
            and node.closest(lambda above: above.attributes.get("id") == "by-target")}  # fmt: skip
    csv = pd.read_csv(told["exports"] / "tables" / "verdict-by-target.csv").set_index("Target")
    latex = (told["exports"] / "tables" / "verdict-by-target.tex").read_text(encoding="utf-8")
    assert set(verdicts) == set(rows) != set()
    for target, item in verdicts.items():
        about, best = targets[target], item["best"]
        cell = best["model"], best["features"], item["regime"]
        # the verdict is on choosing the best; what the chosen one scores by itself stands beside it
        skill, low, high = value_of(told["choices"], target, cell, "skill", about["scale"])
        r2 = value_of(told["choices"], target, cell, "r2", about["scale"])[0]
        own_skill, own_low, own_high = value_of(scores, target, cell, "skill", about["scale"])
        # summary.json
        assert item["own_skill"] == pytest.approx(own_skill, rel=1e-9)
        assert [item["skill"][key] for key in ("value", "lo", "hi")] == pytest.approx([skill, low, high], rel=1e-12)
        assert item["r2"]["value"] == pytest.approx(r2, rel=1e-12)
        # the card on the first screen
        carried = {
            node.attributes["data-field"]: node for node in rows[target].walk() if "data-field" in node.attributes
        }
        for field, value in (("skill", skill), ("r2", r2)):
            assert float(carried[field].attributes["data-v"]) == pytest.approx(value, rel=EXACT)
            assert carried[field].text().startswith(score(value))
        assert between(low, high) in carried["skill"].text()
        # the leaderboard, and its export
        panel = next(node for node in page.walk() if node.tag == "section" and node.attributes.get("data-target") == target
                     and node.attributes.get("data-regime") == item["regime"])  # fmt: skip
        row = next(node for node in panel.walk() if node.attributes.get("data-model") == cell[0]
                   and node.attributes.get("data-features") == cell[1])  # fmt: skip
        shown = next(node for node in row.walk() if "data-v" in node.attributes)
        assert float(shown.attributes["data-v"]) == pytest.approx(own_skill, rel=EXACT)
        label, place = about["label"], regimes[item["regime"]]["label"]
        name = f"leaderboard-{re.sub('[^a-z0-9]+', '-', f'{label}, {place}'.lower())}"
        board = pd.read_csv(told["exports"] / "tables" / f"{name}.csv")
        own = board[board["Model and inputs"].str.startswith(f"{models[cell[0]]['label']}, ")]
        assert [own_skill, own_low, own_high] in [pytest.approx(found, rel=EXACT) for found in own[["Skill", "Skill, low", "Skill, high"]].to_numpy().tolist()]  # fmt: skip
        # the exported verdict
        head = next(key for key in csv.index if key.startswith(label))
        assert csv.loc[head, "Skill"] == pytest.approx(skill, rel=EXACT)
        line = next(text for text in latex.splitlines() if text.strip().startswith(label))
        assert f"& {escaped(score(skill))} (" in line
        # report.md
        shown = row_of(told["markdown"], label + (" (derivable)" if about["derivable"] else ""), place)
        assert shown[3:6] == [score(skill), between(low, high), score(r2)]


def test_predict_names_models_whose_numbers_stand_in_the_card_and_in_the_scores(told, finished):
    bundle = load_bundle(finished.bundle)
    table = bundle.predict(finished.images[:2], finished.designs, device="cpu")
    for target in bundle.targets:
        about = bundle.manifest.contract.target(target)
        for part in ("model", "features", "regime"):
            assert len(table[f"{target}_{part}"].dropna().unique()) == 1
        cell = tuple(str(table[f"{target}_{part}"].dropna().iloc[0]) for part in ("model", "features", "regime"))
        (chosen,) = [
            item.chosen
            for item in bundle.manifest.models
            if (item.chosen.target, item.chosen.model, item.chosen.features, item.chosen.regime) == (target, *cell)
        ]
        regime = next(item for item in told["summary"]["definitions"]["regimes"] if item["name"] == cell[2])
        shown = row_of(told["card"], about.label, f"{regime['label']}, {regime['meaning']}")
        assert shown[2:4] == list(cell[:2])
        for metric, at in (("skill", 4), ("r2", 5)):
            value, low, high = value_of(told["scores"], target, cell, metric, about.scale)
            assert chosen.scores[metric] == pytest.approx(value, rel=1e-12)
            bounds = between(low, high)
            assert shown[at] == (f"{score(value)} ({bounds})" if bounds else score(value))


def test_the_page_says_to_use_what_the_bundle_answers_with(told, finished):
    bundle = load_bundle(finished.bundle)
    best = {
        (item.chosen.target, item.chosen.regime): item.chosen
        for item in bundle.manifest.models
        if "best" in item.chosen.roles
    }
    used, verdicts = (
        told["summary"]["use_this"],
        {item["target"]: item for item in told["summary"]["verdict"]["targets"]},
    )
    csv = pd.read_csv(told["exports"] / "tables" / "use-answering.csv")
    assert {item["target"] for item in used["found"]} == set(bundle.targets)
    assert len(csv) == len(used["found"])
    for item in used["found"]:
        chosen, about = best[item["target"], item["regime"]], bundle.manifest.contract.target(item["target"])
        assert (item["candidate"]["model"], item["candidate"]["features"]) == (chosen.model, chosen.features)
        named = verdicts[item["target"]]["best"]
        same = (named["model"], named["features"]) == (chosen.model, chosen.features)
        value = value_of(
            told["choices" if same else "scores"],
            item["target"],
            (chosen.model, chosen.features, chosen.regime),
            "r2",
            about.scale,
        )
        assert [item["r2"][key] for key in ("value", "lo", "hi")] == pytest.approx(value, rel=1e-12)
        assert (item["differs"] == "") == same
    assert used["sentence"] in told["page"].text()
    assert used["sentence"] in told["markdown"].replace("\\", "")


def test_the_ranking_is_that_of_the_scores(told, finished):
    rankings = pd.read_parquet(finished.run / "rankings.parquet")
    assert set(rankings["target"]) == {"projected_cycle_life", "initial_dcir"}
    scores = told["scores"][(told["scores"]["metric"] == "r2") & ~told["scores"]["model"].isin(["mean", "design-mean"])]
    for row in rankings.itertuples():
        own = scores[(scores["target"] == row.target) & (scores["scale"] == row.scale)]
        both = own.pivot_table(index=["model", "features"], columns="regime", values="value")[
            ["random", "new-both"]
        ].dropna()
        assert row.n_candidates == len(both)
        assert row.tau == pytest.approx(kendalltau(both["random"], both["new-both"]).statistic, abs=1e-12)
        first = both["random"].idxmax()
        assert (row.model, row.features) == first
        assert row.lost == pytest.approx(both["new-both"].max() - both.loc[first, "new-both"], abs=1e-9)
        assert row.place == 1 + (both["new-both"] > both.loc[first, "new-both"]).sum()


def test_the_card_says_what_it_is_for_and_what_not(told, finished):
    card = told["card"]
    bundle = load_bundle(finished.bundle)
    for heading in ("How well", "Trained on", "Limits", "Who should not use it", "Use"):
        assert f"## {heading}\n" in card
    for target in bundle.targets:
        assert f"- `{target}` ({bundle.manifest.contract.target(target).unit}): " in card
    assert f"{bundle.manifest.training['volumes']} volumes" in card
    assert bundle.manifest.made_from["data"] in card
    assert "@software{poregrove," in card


def test_the_references_hold_the_sources_of_everything_that_took_part(finished, told):
    manifest = json.loads((finished.run / "manifest.json").read_text(encoding="utf-8"))
    text = (told["exports"] / "references.bib").read_text(encoding="utf-8")
    parts = [item["reference"] for kind in ("descriptors", "physics", "models") for item in manifest[kind]]
    assert len(manifest["physics"]) > 5
    for key in {key for reference in parts for key in keys_of(reference)}:
        assert f"{{{key}," in text


def test_the_verb_writes_what_it_is_asked_for(finished, told, tmp_path, capsys):
    assert main(["export-report", str(finished.run), "--out", str(tmp_path), "--format", "csv", "--quiet"]) == 0
    for path in sorted((told["exports"] / "tables").glob("*.csv")):
        assert (tmp_path / "tables" / path.name).read_bytes() == path.read_bytes()
    assert not list(tmp_path.rglob("*.svg"))
    assert main(["export-report", str(finished.run), "--out", str(tmp_path), "--format", "docx"]) == 2
    assert "unknown format 'docx'; known: csv, latex, svg, png" in capsys.readouterr().err


def test_report_md_is_short_enough_for_a_pull_request(told):
    assert len(told["markdown"]) < 5_000
    assert "## Verdict" in told["markdown"]
