"""What the page tells its reader to use is what the bundle answers with, and it says where the verdict names another."""

import json

import pandas as pd
import pytest

from poregrove.reports import write_report
from poregrove.reports.summary import summarise
from poregrove.reports.tables import read_run

LIFE = "projected_cycle_life"


@pytest.fixture
def run(make_run):
    return make_run(
        volumes=12, designs=6, targets=(LIFE, "nominal_capacity"), models=("mean", "ridge", "xgboost", "cnn")
    )


def answer_with(run, model, features, reason="smallest error"):
    chosen = {
        "target": LIFE,
        "model": model,
        "features": features,
        "regime": "new-both",
        "roles": ["best"],
        "reason": reason,
    }
    (run / "bundle" / "manifest.json").write_text(json.dumps({"models": [{"chosen": chosen}]}))
    return summarise(read_run(run)).use_this


def test_the_models_are_those_of_the_bundle_under_each_headline_regime(sample_run, sample_page):
    bundle = json.loads((sample_run / "bundle" / "manifest.json").read_text(encoding="utf-8"))
    told = {(item["chosen"]["target"], item["chosen"]["regime"]): item["chosen"] for item in bundle["models"]}
    found = summarise(read_run(sample_run)).use_this.found
    assert found[0].target.name == LIFE
    rows = sample_page.find("table", id="answering")[0].find("tbody")[0].find("tr")
    assert len(rows) == len(found) == 11
    for row, item in zip(rows, found, strict=True):
        chosen = told[item.target.name, item.regime.name]
        assert (row.attributes["data-target"], row.attributes["data-model"], row.attributes["data-features"]) == (
            chosen["target"],
            chosen["model"],
            chosen["features"],
        )


def test_the_command_and_the_choice_of_the_heaviest_target_stand_on_the_first_screen(sample_page):
    text = sample_page.find("p", class_="use")[0].text
    assert "For projected cycle life the bundle answers with" in text
    assert "poregrove predict demo/bundle NEW --out predictions.csv" in text


def test_a_model_that_errs_less_by_under_two_percent_is_named(run):
    best = summarise(read_run(run)).verdict.targets[0].best
    scores = pd.read_parquet(run / "scores.parquet")
    own = (scores["target"] == LIFE) & (scores["metric"] == "rmse") & (scores["regime"] == "new-both")
    scores.loc[own, "value"] = 100.0
    scores.loc[own & (scores["model"] == best.model.name) & (scores["features"] == best.features), "value"] = 99.5
    scores.to_parquet(run / "scores.parquet")
    found = answer_with(run, "ridge", "scalars", "simplest within 2 % of the squared error of another").found[0]
    assert found.why == "simplest within 2 % of the smallest error"
    assert found.differs == f"{best.model.label}, {best.features_label} errs less, but by under 2 %"


def test_a_network_that_wins_is_said_to_need_the_voxels(run):
    scores = pd.read_parquet(run / "scores.parquet")
    ours = (scores["target"] == LIFE) & (scores["model"] == "cnn") & (scores["metric"] == "skill")
    scores.loc[ours, ["value", "lo", "hi"]] = 0.99, 0.98, 0.995
    scores.to_parquet(run / "scores.parquet")
    used = answer_with(run, "ridge", "scalars")
    assert used.found[0].differs.endswith("errs least but needs the voxels")
    assert used.found[0].differs in used.sentence


def test_without_a_bundle_nothing_is_promised(make_run, read_page):
    run = make_run(volumes=9, designs=5, targets=(LIFE,), models=("mean", "ridge"), without=("bundle",))
    page = read_page(write_report(run))
    assert "wrote no bundle" in page.find("p", class_="use")[0].text
    assert "poregrove predict" not in page.find("section", id="use")[0].text


def test_targets_that_designs_alone_decide_are_said_to_be_beyond_the_image(run):
    shares = pd.read_parquet(run / "shares.parquet")
    shares.loc[shares["target"] == LIFE, "share"] = [0.995, 0.003, 0.002]
    shares.to_parquet(run / "shares.parquet")
    steps = summarise(read_run(run)).use_this.next
    assert (
        "The image cannot help projected cycle life: all but 0.5\u202f% of its variance lies between designs." in steps
    )
    assert not any("nominal capacity: all but" in step for step in steps)


def test_the_card_of_the_image_counts_what_the_table_below_it_shows(sample_page):
    cards = sample_page.find("div", class_="answer")
    figure = next(card.find("p", class_="figure-number")[0].text for card in cards if "image add" in card.text)
    rows = sample_page.find("table", id="by-target")[0].find("tbody")[0].find("tr")
    cells = [
        cell.text for row in rows if "companion" not in row.text for cell in row.find("td", data_label="The image adds")
    ]
    measured = [text for text in cells if any(word in text for word in ("noise", "worse", "undetermined"))]
    assert figure.startswith(f"{sum('more than noise' in text for text in measured)} of {len(measured)} ")


def test_a_verdict_that_holms_correction_takes_back_says_so_beside_its_interval(make_run, read_page):
    run = make_run(volumes=12, designs=6, targets=(LIFE,), models=("mean", "ridge", "xgboost", "cnn"))
    for name in ("image_adds", "differences"):
        table = pd.read_parquet(run / f"{name}.parquet")
        table.assign(lo=0.1, hi=0.3, verdict="undetermined").to_parquet(run / f"{name}.parquet")
    page = read_page(write_report(run))
    for place in ("image", "network"):
        assert "not after Holm’s correction" in page.find("section", id=place)[0].text
    assert "undetermined after Holm’s correction" in page.find("table", id="by-target")[0].text
