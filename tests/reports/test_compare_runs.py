"""Runs side by side on a page: what differs, what is better, and that nothing of another run's data gets in."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import RunError
from poregrove.reports import format as wording
from poregrove.reports import write_comparison
from poregrove.schema import RUN_DIFFERENCES


def told(best, verdict):
    """Differences that say ``verdict`` of the best entries of run 1, and that nothing else could be paired."""
    rows = []
    for (target, regime), (model, features) in best[0].items():
        rows.append(
            (
                "best",
                target,
                regime,
                "raw",
                model,
                features,
                *best[1][target, regime],
                verdict,
                "",
                0.2,
                0.1,
                0.3,
                0.01,
                0.02,
                1,
            )
        )
        rows.append(
            (
                "same",
                target,
                regime,
                "raw",
                model,
                features,
                model,
                features,
                "undetermined",
                "dealt into other folds",
                *[np.nan] * 5,
                1,
            )
        )
    return pd.DataFrame(rows, columns=list(RUN_DIFFERENCES.names))


@pytest.fixture
def runs(make_run, tmp_path):
    """A run and its copy with another name and another seed."""
    one = make_run(volumes=12, designs=6, targets=("nominal_capacity", "porosity"), models=("mean", "ridge", "xgboost"))
    two = tmp_path / "two"
    shutil.copytree(one, two)
    manifest = json.loads((two / "manifest.json").read_text())
    manifest["name"] = "<script>alert(1)</script>"
    manifest["settings"]["comparison"]["seed"] = 7
    (two / "manifest.json").write_text(json.dumps(manifest))
    return one, two


def compared(runs, out, verdict="a"):
    asked = []

    def differences(folders, settings, best):
        asked.append((tuple(folders), settings, best))
        return told(best, verdict)

    path = write_comparison(runs, out, differences)
    assert asked[0][0] == tuple(runs)
    assert asked[0][1]["seed"] == 0
    return path


def test_the_page_says_which_run_is_better_and_in_what_they_differ(runs, tmp_path, read_page):
    page = read_page(compared(runs, tmp_path / "c.html"))
    assert page.find("h1")[0].text == "Run B beats run A on two of 2 targets."
    settings = {
        row.find("th")[0].text: [cell.text for cell in row.find("td")]
        for row in page.find("table", id="settings")[0].find("tbody")[0].find("tr")
    }
    assert settings == {"comparison.seed": ["0", "7"]}
    assert "dealt into other folds" in page.text
    digest = json.loads((runs[0] / "manifest.json").read_text())["data"]["digest"]
    assert digest in page.text


@pytest.mark.parametrize(
    ("verdict", "headline"),
    [("undetermined", "Run B and run A differ beyond noise on none of 2 targets."), ("a", "Run B beats run A on two of 2 targets.")],
)  # fmt: skip
def test_the_headline_follows_the_verdicts(runs, tmp_path, read_page, verdict, headline):
    assert read_page(compared(runs, tmp_path / "c.html", verdict)).find("h1")[0].text == headline


def test_scores_and_differences_on_the_page_are_those_of_the_tables(runs, tmp_path, read_page):
    page = read_page(compared(runs, tmp_path / "c.html"))
    scores = pd.read_parquet(runs[0] / "scores.parquet")
    rows = page.find("table", id="best")[0].find("tr", data_run="B")
    assert len(rows) == 2
    for row in rows:
        regime = "new-both" if row.attributes["data-target"] == "nominal_capacity" else "new-structure"
        own = scores[(scores["target"] == row.attributes["data-target"]) & (scores["regime"] == regime)]
        best = own[(own["metric"] == "skill") & (own["model"] != "mean")]["value"].max()
        shown = [cell for cell in row.find("td") if "data-v" in cell.attributes]
        assert float(shown[0].attributes["data-v"]) == pytest.approx(best, rel=1e-6)
        assert shown[2].text == f"{wording.signed(0.2)} {wording.between(0.1, 0.3)}"


def test_the_page_is_whole_inert_and_asks_for_nothing(runs, tmp_path, read_page):
    page = read_page(compared(runs, tmp_path / "c.html"))
    assert len(page.find("script")) == 1
    assert "<script>alert(1)</script>" in page.text
    ids = [node.attributes["id"] for node in page.walk() if "id" in node.attributes]
    assert len(set(ids)) == len(ids)
    for node in page.walk():
        for name in ("href", "src"):
            assert re.match(r"#|data:", node.attributes.get(name, "#"))


@pytest.mark.parametrize(
    ("digest", "said"),
    [("f" * 64, "runs on different data cannot be compared: .*7c0ffee.*ffffff"), (None, "no data digest")],
)
def test_runs_on_other_data_are_refused_before_anything_is_computed(runs, tmp_path, digest, said):
    manifest = json.loads((runs[1] / "manifest.json").read_text())
    manifest["data"]["digest"] = digest
    (runs[1] / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(RunError, match=said):
        write_comparison(runs, tmp_path / "c.html", lambda *_: pytest.fail("computed"))
    assert not (tmp_path / "c.html").exists()


def test_a_run_without_a_target_of_the_first_stands_there_without_a_candidate(runs, tmp_path, read_page):
    manifest = json.loads((runs[1] / "manifest.json").read_text())
    manifest["targets"] = [item for item in manifest["targets"] if item["name"] != "porosity"]
    (runs[1] / "manifest.json").write_text(json.dumps(manifest))

    def differences(_folders, _settings, best):
        return told([{key: value for key, value in best[0].items() if key in best[1]}, best[1]], "a")

    page = read_page(write_comparison(runs, tmp_path / "c.html", differences))
    (row,) = page.find("table", id="best")[0].find("tr", data_run="B", data_target="porosity")
    assert "no candidate" in row.text
