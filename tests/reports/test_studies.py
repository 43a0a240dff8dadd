"""Sections after the scores are on the page as the tables have them, and say so where there is no table."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from poregrove.reports import format as wording
from poregrove.reports import write_report
from poregrove.reports.figures.swarm import DOT, ROW, placed
from poregrove.reports.summary import summarise
from poregrove.reports.summary.context import build_context
from poregrove.reports.summary.learning import learning_curves
from poregrove.reports.tables import read_run

NEW = ("letters", "intervals", "ablation", "learning_curves", "importance", "shap_points", "costs", "gallery")


def value(cell):
    return float(cell.attributes["data-v"])


def cells(row):
    """Cells of a row, each a head or a value."""
    return [cell for cell in row.children if cell.tag in ("th", "td")]


def numbers(row):
    return [value(cell) for cell in cells(row) if "data-v" in cell.attributes]


def section(page, name):
    return page.find("section", id=name)[0]


def panels_of(page, name):
    return [node for node in section(page, name).find("section") if "panel" in node.classes]


def test_letters_stand_in_the_row_of_their_model(sample_run, sample_page):
    table = pd.read_parquet(sample_run / "letters.parquet")
    table = table.set_index(["target", "model", "features", "regime", "scale"])["letters"]
    seen = 0
    for panel in panels_of(sample_page, "leaderboard"):
        target, regime = panel.attributes["data-target"], panel.attributes["data-regime"]
        if "letters" not in [name for cell in panel.find("td") for name in cell.classes]:
            continue
        scale = "log" if target in ("tau_factor", "d_eff") else "raw"
        shown = "new-structure" if panel.find("p", class_="note") else regime
        for row in panel.find("tbody")[0].find("tr"):
            (cell,) = row.find("td", class_="letters")
            key = (target, row.attributes["data-model"], row.attributes["data-features"], shown, scale)
            assert cell.text == table[key]
            seen += 1
    assert seen > 300


def test_intervals_show_coverage_of_rows_and_volumes(sample_run, sample_page):
    table = pd.read_parquet(sample_run / "intervals.parquet").set_index(["target", "model", "regime"]).sort_index()
    rows = section(sample_page, "calibration").find("table", id="coverage")[0].find("tbody")[0].find("tr")
    assert len(rows) == 11
    for row in rows:
        key = tuple(row.attributes[f"data-{name}"] for name in ("target", "model", "regime"))
        told = table.loc[[key]].iloc[0]
        names = ("coverage", "coverage_volumes", "volumes_covered", "coverage_worst_decile", "width")
        assert numbers(row) == pytest.approx([told[name] for name in names], rel=1e-6)
        assert "CV+" in row.text
        assert ("no guarantee" in row.text) == (key[2] == "new-both")


def test_a_model_without_intervals_says_why(sample_page):
    rows = section(sample_page, "calibration").find("table", id="coverage-all")[0].find("tr", data_model="ridge")
    assert rows
    assert all("too few groups" in row.text for row in rows)


def test_every_point_of_a_learning_curve_is_in_its_table(sample_run, sample_page):
    table = pd.read_parquet(sample_run / "learning_curves.parquet")
    seen = 0
    for card in section(sample_page, "learning").find("article"):
        own = table
        for name in ("target", "regime", "along"):
            own = own[own[name] == card.attributes[f"data-{name}"]]
        rows = card.find("tbody")[0].find("tr")
        found = [numbers(row) for row in rows]
        expected = own.sort_values("n_groups")[["n_groups", "share", "n_rows", "value"]].to_numpy().tolist()
        assert found == [pytest.approx(item, rel=1e-6) for item in expected]
        seen += len(rows)
    assert seen == len(table)


@pytest.mark.parametrize(
    ("last", "reading"),
    [((0.5, 0.45, 0.55), "still rising"), ((0.5, 0.35, 0.6), "no rise beyond noise"), ((0.405, 0.402, 0.41), "no rise beyond noise")],
)  # fmt: skip
def test_a_curve_rises_where_its_last_interval_lies_above_the_step_before(sample_run, last, reading):
    run = read_run(sample_run)
    table = run.table("learning_curves")
    first = table[
        (table["target"] == table["target"].iloc[0]) & (table["along"] == "volumes") & (table["regime"] == "new-both")
    ].copy()
    first["value"], first["lo"], first["hi"] = (
        [0.2, 0.3, 0.4, last[0]],
        [0.1, 0.2, 0.35, last[1]],
        [0.3, 0.4, 0.45, last[2]],
    )
    context = build_context(dataclasses.replace(run, tables={**run.tables, "learning_curves": first}))
    (curve,) = learning_curves(context).curves
    assert curve.reading.startswith(reading)


def test_ablation_is_ordered_by_worth_and_equal_to_its_table(sample_run, sample_page):
    table = pd.read_parquet(sample_run / "ablation.parquet").set_index(["target", "regime", "left_out"]).sort_index()
    seen = 0
    for panel in panels_of(sample_page, "ablation"):
        worths = []
        for row in panel.find("tbody")[0].find("tr"):
            key = (
                panel.attributes["data-ablation-target"],
                panel.attributes["data-regime"],
                row.attributes["data-family"],
            )
            told = table.loc[[key]].iloc[0]
            assert numbers(row) == pytest.approx(
                [told["difference"], told["value_without"], told["n_columns"]], rel=1e-6
            )
            assert ("needed" in row.text) == (told["lo"] > 0)
            worths.append(told["difference"])
        assert worths == sorted(worths, reverse=True)
        seen += len(worths)
    assert seen == len(table)


def test_contributions_by_family_and_column_are_those_of_the_table(sample_run, sample_page):
    table = pd.read_parquet(sample_run / "importance.parquet")
    panels = panels_of(sample_page, "importance")
    assert len(panels) == 5
    for panel in panels:
        own = table[
            (table["target"] == panel.attributes["data-importance-target"])
            & (table["regime"] == panel.attributes["data-regime"])
        ]
        for kind, level in (("shap", "family"), ("shap", "column"), ("permutation", "group")):
            name = "permutation" if kind == "permutation" else level
            told = own[(own["kind"] == kind) & (own["level"] == level)].set_index("name")
            (shown,) = [item for item in panel.find("table") if item.attributes.get("data-kind") == name]
            for row in shown.find("tbody")[0].find("tr"):
                expected = told.loc[row.attributes["data-name"]]
                assert expected["value"] == pytest.approx(next(x for x in numbers(row)[level == "column" :]), rel=1e-6)
                if level == "column":
                    words = (
                        "raises"
                        if expected["direction"] > 0.3
                        else "lowers"
                        if expected["direction"] < -0.3
                        else "neither"
                    )
                    assert words in row.text
                    assert ("stable" in row.text) == expected["stable"]


def test_a_swarm_keeps_its_tails_and_divides_values_into_fifths(sample_run):
    run = read_run(sample_run)
    points = run.table("shap_points")
    found = summarise(run).importances.found[0]
    own = points[(points["target"] == found.about.target.name) & (points["regime"] == found.about.regime.name)]
    assert len(found.swarms) == 12
    for swarm in found.swarms:
        told = own[own["column"] == swarm.column]
        assert min(swarm.contributions) == told["contribution"].min()
        assert max(swarm.contributions) == told["contribution"].max()
        known = told["feature"].notna().sum()
        counts = np.bincount(swarm.levels, minlength=5)
        assert (abs(counts[1:] - known / 5) <= 2).all()


def test_dots_of_a_swarm_do_not_cover_each_other_before_the_row_is_full():
    found = placed([10.0] * 3 + [50.0], [0, 1, 2, 3])
    assert [level for *_, level in found] == [0, 1, 2, 3]
    assert len({(x, aside) for x, aside, _ in found}) == 4
    assert all(abs(aside) <= (ROW - DOT) / 2 for _, aside, _ in placed([10.0] * 50, [0] * 50))


def test_networks_meet_boosters_on_every_cell_target(sample_run, sample_page):
    scores = (
        pd.read_parquet(sample_run / "scores.parquet").set_index(["target", "regime", "scale", "metric"]).sort_index()
    )
    rows = section(sample_page, "network").find("table", id="duels")[0].find("tbody")[0].find("tr")
    assert rows
    for row in rows:
        name = row.attributes["data-target"]
        scale = "log" if name in ("tau_factor", "d_eff") else "raw"
        own = scores.loc[(name, row.attributes["data-regime"], scale, "r2")]
        best = [own[own["model"].isin(names)]["value"].max() for names in (("cnn",), ("xgboost", "lightgbm"))]
        assert numbers(row)[:2] == pytest.approx(best, rel=1e-6)


def test_the_difference_of_a_duel_is_network_minus_booster_whichever_way_the_table_has_it(sample_run):
    run = read_run(sample_run)
    table = run.table("differences")
    turned = table.rename(
        columns={"model_a": "model_b", "model_b": "model_a", "features_a": "features_b", "features_b": "features_a"}
    )
    turned = turned.assign(
        difference=-table["difference"],
        lo=-table["hi"],
        hi=-table["lo"],
        verdict=table["verdict"].map({"a": "b", "b": "a"}).fillna("undetermined"),
    )
    other = dataclasses.replace(run, tables={**run.tables, "differences": turned})
    assert summarise(run).duels.found == summarise(other).duels.found
    assert any(duel.difference.known for duel in summarise(run).duels.found)


def test_the_worst_predictions_are_the_largest_errors(sample_run, sample_page):
    rows = pd.read_parquet(sample_run / "rows.parquet").set_index("row")
    run = read_run(sample_run)
    for item in summarise(run).worst:
        (panel,) = [
            node
            for node in section(sample_page, "worst").find("section")
            if node.attributes.get("data-worst-target") == item.target.name
        ]
        cell = next(
            cell
            for cell in run.prediction_files
            if cell == (item.target.name, item.candidate.model.name, item.candidate.features, item.regime.name)
        )
        told = run.predictions(cell).groupby("row")["y_pred"].mean().astype(float)
        y = rows.loc[told.index, item.target.name]
        error = (np.log(told) - np.log(y)).abs() if item.target.scale == "log" else (told - y).abs()
        expected = error.nlargest(8)
        assert [int(row.attributes["data-row"]) for row in panel.find("tbody")[0].find("tr")] == expected.index.tolist()
        assert [miss.ratio for miss in item.misses] == pytest.approx((expected / error.median()).tolist(), rel=1e-5)


def test_a_worst_prediction_links_to_the_volume_that_the_gallery_shows(sample_page):
    links = section(sample_page, "worst").find("a")
    assert links
    volumes = {node.attributes["id"] for node in sample_page.find("li") if "data-volume" in node.attributes}
    assert {link.attributes["href"].removeprefix("#") for link in links} <= volumes


def test_projected_costs_are_those_of_the_table_dearest_first(sample_run, sample_page):
    table = pd.read_parquet(sample_run / "costs.parquet").set_index(["model", "features"])
    rows = section(sample_page, "cost").find("table", id="projection")[0].find("tbody")[0].find("tr")
    assert len(rows) == len(table)
    projected = []
    for row in rows:
        told = table.loc[(row.attributes["data-model"], row.attributes["data-features"])]
        names = "seconds_features seconds_fit seconds_predict n_rows fit_per_thousand exponent projected_seconds peak_memory_bytes"
        assert numbers(row) == pytest.approx([told[name] for name in names.split()], rel=1e-6)
        projected.append(told["projected_seconds"])
        assert wording.duration(told["projected_seconds"]).split() == row.find("b")[-1].text.split()
    assert projected == sorted(projected, reverse=True)


def test_intervals_are_drawn_beside_what_was_observed_where_predictions_have_them(make_run, read_page):
    run = make_run(volumes=12, designs=6, targets=("nominal_capacity",), models=("mean", "ridge"))
    for path in run.glob("predictions/*/model=ridge/*/*/part-0.parquet"):
        with path.open("rb") as file:
            table = pd.read_parquet(file)
        table.assign(y_lo=table["y_pred"] - 0.5, y_hi=table["y_pred"] + 0.25).to_parquet(path)
    write_report(run)
    page = read_page(run / "report.html")
    panel = section(page, "parity")
    assert len(panel.find("path", class_="claimed")) == 2
    for row in panel.find("tbody")[0].find("tr"):
        predicted, lo, hi = numbers(row)[1], *numbers(row)[-2:]
        assert (lo, hi) == pytest.approx((predicted - 0.5, predicted + 0.25), abs=1e-3)
    worst = summarise(read_run(run)).worst[0].misses
    assert worst[0].inside is False
    assert "missed" in section(page, "worst").text


@pytest.mark.parametrize("absent", [NEW, ("shap_points",), ("importance",)], ids=["all", "points", "importance"])
def test_a_run_without_studies_says_so_in_each_place(make_run, read_page, absent):
    run = make_run(
        volumes=9,
        designs=5,
        targets=("nominal_capacity", "porosity"),
        models=("mean", "ridge", "xgboost"),
        without=absent,
    )
    write_report(run)
    page = read_page(run / "report.html")
    said = {
        "gallery": "keeps no voxels", "network": "No network was trained", "learning": "No learning curves", "ablation": "No family of descriptors",
        "importance": "No model was asked",
    }  # fmt: skip
    if absent is NEW:
        assert all(words in section(page, name).text for name, words in said.items())
        assert not section(page, "leaderboard").find("td", class_="letters")
        assert not section(page, "cost").find("table", id="projection")
    assert not page.find("svg", aria_labelledby="swarm-1-title swarm-1-desc")
    assert section(page, "worst").find("table")


@pytest.mark.parametrize("name", [name for name in NEW if name != "gallery"])
def test_an_empty_table_is_as_good_as_none(make_run, read_page, name):
    run = make_run(volumes=6, designs=4, targets=("nominal_capacity",), models=("mean", "ridge"))
    pd.read_parquet(run / f"{name}.parquet").head(0).to_parquet(run / f"{name}.parquet")
    write_report(run)
    assert read_page(run / "report.html").find("h1")
