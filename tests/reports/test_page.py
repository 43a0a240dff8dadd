"""The page says what the tables say, whatever the run holds, and nothing from outside gets in."""

import json
import re
import shutil

import pandas as pd
import pytest

from poregrove.reports import format as wording
from poregrove.reports import write_report

SECTIONS = (
    *("verdict", "use", "audit", "data", "gallery", "targets", "image", "gap", "leaderboard", "overall"),
    *("parity", "worst", "calibration", "network", "entries", "learning", "ablation", "importance"),
    *("cost", "glossary", "manifest"),
)
TWO_MB = 2_000_000


def scores_of(run):
    keys = ["target", "model", "features", "regime", "metric", "scale"]
    return pd.read_parquet(run / "scores.parquet").set_index(keys).sort_index()


def value(cell):
    return float(cell.attributes["data-v"])


def headed(table):
    """Column texts of the head, without the axis above a plot."""
    return [
        re.sub(r"^[−\d. ]*", "", cell.text) if "plot" in cell.classes else cell.text
        for cell in table.find("thead")[0].find("th")
    ]


def test_every_section_is_there_in_order_and_linked(sample_page):
    assert [node.attributes["id"] for node in sample_page.find("section") if "section" in node.classes] == list(
        SECTIONS
    )
    assert [node.attributes["href"] for node in sample_page.find("nav")[0].find("a")] == [
        f"#{name}" for name in SECTIONS
    ]


def test_ids_are_unique_and_every_link_and_label_has_its_target(sample_page):
    ids = [node.attributes["id"] for node in sample_page.walk() if "id" in node.attributes]
    assert len(set(ids)) == len(ids)
    for node in sample_page.walk():
        for name in ("href", "aria-labelledby"):
            for reference in (node.attributes.get(name) or "").split():
                assert reference.removeprefix("#") in ids or reference.startswith("data:")


def test_the_verdict_shows_the_highest_skill_of_each_target(sample_run, sample_page):
    scores = pd.read_parquet(sample_run / "scores.parquet")
    kinds = {item["name"]: item["kind"] for item in json.loads((sample_run / "manifest.json").read_text())["models"]}
    rows = sample_page.find("table", id="by-target")[0].find("tbody")[0].find("tr")
    assert len(rows) == 11
    for row in rows:
        name = row.attributes["data-target"]
        scale = "log" if name in ("tau_factor", "d_eff") else "raw"
        regime = "new-structure" if name in ("tau_factor", "d_eff", "porosity", "bruggeman_exponent") else "new-both"
        here = scores[(scores["target"] == name) & (scores["scale"] == scale) & (scores["regime"] == regime)]
        here = here[here["model"].map(kinds) != "trivial"]
        best = here[here["metric"] == "skill"].sort_values("value").iloc[-1]
        (skill,), (r2,) = row.find("td", data_field="skill"), row.find("td", data_field="r2")
        assert value(skill) == pytest.approx(best["value"], rel=1e-6)
        assert skill.find("b")[0].text == wording.score(best["value"])
        assert skill.find("small")[0].text == wording.between(best["lo"], best["hi"])
        same = here[
            (here["metric"] == "r2") & (here["model"] == best["model"]) & (here["features"] == best["features"])
        ]
        assert value(r2) == pytest.approx(same["value"].item(), rel=1e-6)


def test_every_number_of_every_leaderboard_is_that_of_the_scores(sample_run, sample_page):
    scores, seen = scores_of(sample_run), 0
    scale_of = {
        item["name"]: item["scale"] for item in json.loads((sample_run / "manifest.json").read_text())["targets"]
    }
    metrics = {"Skill": "skill", "R²": "r2", "MAE": "mae", "RMSE": "rmse", "Coverage of 90 %": "coverage90"}
    for panel in sample_page.find("section", id="leaderboard")[0].find("section"):
        target, regime = panel.attributes.get("data-target"), panel.attributes.get("data-regime")
        if not regime or not panel.find("table"):
            continue
        shown = "new-structure" if panel.find("p", class_="note") else regime
        (table,) = panel.find("table")
        heads = headed(table)
        for row in table.find("tbody")[0].find("tr"):
            cells = [cell for cell in row.children if cell.tag in ("th", "td")]
            for head, cell in list(zip(heads, cells, strict=True))[2:]:
                if head == "Letters":
                    continue
                label = next(name for name in sorted(metrics, key=len, reverse=True) if head.startswith(name))
                suffix = head.removeprefix(label).strip(", ")
                error = label in ("MAE", "RMSE", "Coverage of 90 %")
                scale = suffix if suffix in ("raw", "log") else "raw" if error else scale_of[target]
                key = (
                    target,
                    row.attributes["data-model"],
                    row.attributes["data-features"],
                    shown,
                    metrics[label],
                    scale,
                )
                if key not in scores.index:
                    assert cell.text == "–"
                    continue
                assert value(cell) == pytest.approx(scores.loc[key, "value"], rel=1e-4)
                seen += 1
    assert seen > 1900


def test_the_heat_tables_hold_the_headline_skills(sample_run, sample_page):
    skills = scores_of(sample_run).xs("skill", level="metric")["value"].to_numpy()
    cells = [
        value(cell)
        for table in sample_page.find("table", class_="heat")
        for cell in table.find("td")
        if "data-v" in cell.attributes
    ]
    assert len(cells) == 7 * 10 + 4 * 5
    assert all(abs(skills - cell).min() < 1e-6 * max(1, abs(cell)) for cell in cells)


@pytest.mark.parametrize(
    ("ids", "name", "keys"),
    [
        (
            ("image-first", "image-others"),
            "image_adds",
            {"target": "target", "model": "model", "regime": "regime", "with": "features_with"},
        ),
        (
            ("gap-all",),
            "gaps",
            {"target": "target", "model": "model", "features": "features", "variant": "variant"},
        ),
        (
            ("gap-best",),
            "gaps",
            {"target": "target", "model": "model", "features": "features", "variant": "variant"},
        ),
    ],
)
def test_intervals_of_the_twins_are_those_of_the_tables(sample_run, sample_page, ids, name, keys):
    column = "gap" if name == "gaps" else "value"
    table = pd.read_parquet(sample_run / f"{name}.parquet").set_index(list(keys.values())).sort_index()
    rows = [
        row for id_ in ids for row in sample_page.find("table", id=id_)[0].find("tr") if "data-target" in row.attributes
    ]
    for row in rows:
        found = table.loc[[tuple(row.attributes[f"data-{key}"] for key in keys)]].iloc[0]
        (cell,) = [cell for cell in row.find("td") if "data-lo" in cell.attributes]
        shown = [float(cell.attributes[key]) for key in ("data-v", "data-lo", "data-hi")]
        assert shown == pytest.approx([found[column], found["lo"], found["hi"]], rel=1e-6)
        assert cell.text == f"{wording.signed(found[column])} {wording.between(found['lo'], found['hi'])}"
    if ids != ("gap-best",):
        assert len(rows) == len(table)


def test_shares_coverage_and_costs_are_those_of_the_tables(sample_run, sample_page):
    shares = pd.read_parquet(sample_run / "shares.parquet").set_index(["target", "part"])["share"]
    for row in sample_page.find("table", id="shares")[0].find("tbody")[0].find("tr"):
        shown = [value(cell) for cell in row.find("td") if "data-v" in cell.attributes]
        name = row.attributes["data-target"]
        assert shown == pytest.approx(
            [shares[name, part] for part in ("design", "volume", "interaction+noise")], rel=1e-6
        )
    jobs = (
        pd.DataFrame(json.loads((sample_run / "manifest.json").read_text())["jobs"])
        .groupby("model")[["seconds_fit", "n_fits"]]
        .sum()
    )
    for row in sample_page.find("table", id="model-costs")[0].find("tbody")[0].find("tr"):
        numbers = [value(cell) for cell in row.find("td") if "data-v" in cell.attributes]
        assert [numbers[0], numbers[2]] == pytest.approx(jobs.loc[row.attributes["data-model"]].tolist(), rel=1e-6)


def test_histogram_twins_count_every_row_and_quantiles_are_those_of_the_values(sample_run, sample_page):
    rows = pd.read_parquet(sample_run / "rows.parquet")
    for card in sample_page.find("article", class_="card target"):
        values = rows[card.attributes["data-target"]].dropna()
        counts = [value(row.find("td")[2]) for row in card.find("tbody")[0].find("tr")]
        assert sum(counts) == len(values)
        shown = [float(node.attributes["data-v"]) for node in card.find("dd")]
        assert shown == pytest.approx(values.quantile([0, 0.05, 0.5, 0.95, 1]).tolist(), rel=1e-6)


def test_parity_twins_hold_every_prediction_of_the_best_candidate(sample_run, sample_page):
    rows = pd.read_parquet(sample_run / "rows.parquet")
    panels = [node for node in sample_page.find("section") if "data-parity-target" in node.attributes]
    assert len(panels) == 11
    for panel in panels:
        counts = [value(row.find("td")[0]) for row in panel.find("tbody")[0].find("tr")]
        assert sum(counts) == rows[panel.attributes["data-parity-target"]].notna().sum()
        assert len(panel.find("svg", role="img")) == 2


def test_every_figure_has_a_name_a_description_and_a_table(sample_page):
    figures = [node for node in sample_page.find("svg", role="img") if "figure" in node.classes]
    # a histogram and two parity plots a target, ten learning curves, five beeswarms
    assert len(figures) == 11 * 3 + 10 + 5
    for node in figures:
        title, description = node.children[:2]
        assert (title.tag, description.tag) == ("title", "desc")
        assert title.text
        assert description.text
        holder = node
        while holder.tag not in ("section", "article"):
            holder = holder.parent
        assert any("twin" in table.classes for table in holder.find("table"))
    hidden = [node for node in sample_page.find("svg") if node.attributes.get("role") != "img"]
    assert all(node.attributes.get("aria-hidden") == "true" for node in hidden)


def test_the_audit_tells_every_finding_with_its_count_and_remedy(sample_run, sample_page):
    findings = json.loads((sample_run / "audit.json").read_text())["findings"]
    told = sample_page.find("ol", class_="findings")[0].children
    assert [node.attributes["data-code"] for node in told] == [item["code"] for item in findings]
    for node, item in zip(told, findings, strict=True):
        assert item["message"] in node.text
        assert item["remedy"] in node.text
        assert str(item["count"]) in [b.attributes.get("data-count") for b in node.find("b")]
    assert "voltage mean artefact" in sample_page.find("p", class_="alarm")[0].text


def test_findings_of_models_stand_after_those_of_the_data_and_ignored_ones_are_named(sample_run, read_page, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(sample_run, run)
    found = {
        "code": "undecided_winner",
        "severity": "info",
        "count": 1,
        "unit": "targets",
        "message": "Not told.",
        "remedy": "More.",
    }
    other = {**found, "code": "worse_with_image", "message": "Hidden."}
    (run / "model_checks.json").write_text(json.dumps({"findings": [found, other]}))
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["settings"] = {**(manifest.get("settings") or {}), "report": {"ignored": ["worse_with_image"]}}
    (run / "manifest.json").write_text(json.dumps(manifest))
    page = read_page(write_report(run))
    lists = page.find("ol", class_="findings")
    assert [node.attributes["data-code"] for node in lists[1].children] == ["undecided_winner"]
    assert "worse_with_image" in page.find("p", class_="ignored")[0].text
    assert "Hidden." not in page.text


def test_the_voltage_stands_beside_its_time_mean_and_the_resistance_says_its_jump(sample_page):
    names = [card.attributes["data-target"] for card in sample_page.find("article", class_="card target")]
    assert names.index("mean_discharge_voltage_time") == names.index("mean_discharge_voltage") + 1
    labels = [node.text for node in sample_page.find("span", class_="target-name")]
    assert "DC resistance at discharge → rest" in labels
    assert not any("Initial" in label for label in labels)
    assert {"Mean discharge voltage, sample mean", "Mean discharge voltage, time mean"} <= set(labels)


def test_optimistic_and_exploratory_regimes_are_labelled(hostile_run, read_page):
    page = read_page(hostile_run / "report.html")
    boards = [
        node for node in page.find("section", id="leaderboard")[0].find("section") if "data-regime" in node.attributes
    ]
    assert boards
    for board in boards:
        tags = [tag.text for tag in board.find("h4")[0].find("span", class_="tag")]
        assert tags == (["optimistic"] if board.attributes["data-regime"] == "random" else ["exploratory"])
    assert "exploratory" in page.find("ul", class_="cautions")[0].text


def test_the_manifest_and_the_command_are_on_the_page(sample_run, sample_page):
    """All but its longest lists, whose lengths are told."""
    shown = json.loads("".join(part for part in sample_page.find("pre", id="manifest-json")[0].parts))
    whole = json.loads((sample_run / "manifest.json").read_text())
    assert shown.pop("jobs") == f"{len(whole.pop('jobs'))} entries, too long to show here; see manifest.json"
    assert shown == whole
    assert sample_page.find("pre", class_="code command")[0].text == "poregrove compare 'my data' --out runs/demo"


def test_the_report_is_small_and_the_same_every_time(sample_run):
    names = ("report.html", "report.md", "summary.json")
    first = {name: (sample_run / name).read_bytes() for name in names}
    write_report(sample_run)
    assert first == {name: (sample_run / name).read_bytes() for name in names}
    assert len(first["report.html"]) < TWO_MB


def test_nothing_on_the_page_points_outside(sample_run, hostile_run, read_page):
    for run in (sample_run, hostile_run):
        page = read_page(run / "report.html")
        for node in page.walk():
            for name, text in node.attributes.items():
                if name in ("src", "href", "srcset", "action", "data", "poster", "style", "xlink:href"):
                    inside = text.startswith(("#", "data:image/png;base64,")) or text == "data:,"
                    assert inside, f"{name}={text[:80]}"
        (style,), (script, *data) = page.find("style"), reversed(page.find("script"))
        assert all(node.attributes["type"] == "application/json" for node in data)
        assert not re.search(r"url\(|@import|https?:", style.parts[0])
        assert not re.search(r"https?:|fetch|XMLHttp|import\(|innerHTML|eval", script.parts[0])
        assert "default-src 'none'" in page.find("meta", http_equiv="Content-Security-Policy")[0].attributes["content"]


def test_hostile_names_are_text_and_nothing_else(hostile_run, read_page, odd_names):
    page = read_page(hostile_run / "report.html")
    assert len([node for node in page.find("script") if node.attributes.get("type") != "application/json"]) == 1
    assert not [name for node in page.walk() for name in node.attributes if name.startswith("on")]
    for name in odd_names:
        assert " ".join(name.split()) in page.text
    markdown = (hostile_run / "report.md").read_text(encoding="utf-8")
    assert "<script" not in markdown
    assert not re.search(r"(?<!\\)\]\(", markdown)
    columns = 0
    for line in markdown.splitlines():
        bars = len(re.findall(r"(?<!\\)\|", line))
        columns = 0 if not line.startswith("|") else columns or bars
        assert bars == columns or not line.startswith("|"), line


def test_a_target_with_only_failed_rows_says_why(hostile_run, read_page):
    page = read_page(hostile_run / "report.html")
    row = page.find("tr", data_target="initial_dcir")[0]
    assert "no result" in row.text
    assert "undefined in every row" in row.text
    card = page.find("article", data_target="initial_dcir")[0]
    assert "No row has a value" in card.text


@pytest.mark.parametrize(
    ("switches", "said"),
    [
        ({"without_predictions": ("porosity",)}, ["The run folder holds no predictions for this target."]),
        ({"regimes": ("random",)}, ["Only a random split was defined", "A gap lies between two regimes; this run defined R1."]),
        ({"targets": ("tau_factor",)}, ["Tortuosity factor is predicted better than by a trivial baseline."]),
        ({"targets": ("nominal_capacity",), "models": ("mean",)}, ["No model was scored on any target.", "no model other than a trivial baseline was scored"]),
        ({"undefined": ("porosity", "nominal_capacity")}, ["No model was scored on any target.", "undefined in every row"]),
        ({"without": ("audit",)}, ["This run holds no audit.json"]),
        ({"without": ("features", "shares", "gaps", "image_adds", "overall", "differences", "gallery")}, ["keeps no voxels", "holds no table of what the image adds", "holds no table of gaps", "holds no overall score", "models not compared"]),
        ({"models": ("ridge",)}, ["there is no trivial baseline on the same rows"]),
        ({"volumes": 3, "designs": 2}, ["No intervals are claimed in this run"]),
    ],
    ids=["no predictions", "one regime", "one target", "baselines only", "only failed rows", "no audit", "no optional tables", "no baseline", "tiny"],
)  # fmt: skip
def test_odd_runs_give_a_whole_page_that_says_what_is_missing(make_run, read_page, switches, said):
    settings = {
        "volumes": 12,
        "designs": 6,
        "targets": ("porosity", "nominal_capacity"),
        "models": ("mean", "ridge", "xgboost"),
    }
    run = make_run(**(settings | switches))
    write_report(run)
    page = read_page(run / "report.html")
    assert [node.attributes["id"] for node in page.find("section") if "section" in node.classes] == list(SECTIONS)
    for sentence in said:
        assert sentence in page.text
    assert not re.search(r"\bnan\b|\bNone\b(?! of)", page.find("main")[0].text.split("The complete manifest")[0])


def test_a_manifest_with_nothing_but_what_is_needed_gives_a_page(make_run, read_page):
    run = make_run(volumes=6, designs=4, targets=("porosity", "nominal_capacity"), models=("mean", "ridge"))
    path = run / "manifest.json"
    manifest = json.loads(path.read_text())
    needed = {key: manifest[key] for key in ("schema_version", "name")}
    needed |= {key: [{"name": item["name"]} for item in manifest[key]] for key in ("targets", "regimes", "models")}
    path.write_text(json.dumps(needed))
    write_report(run)
    assert "The manifest does not record the command." in read_page(run / "report.html").text
