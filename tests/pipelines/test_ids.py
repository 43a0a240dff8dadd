"""Ids of a data set are its own: absent, null or of any type, a comparison of it ends in a report."""

import numpy as np
import pandas as pd
import pytest

from poregrove.pipelines.compare import Request, run
from poregrove.pipelines.settings import ComparisonSettings, Settings, StudySettings
from poregrove.reports import write_report

SETTINGS = Settings(
    comparison=ComparisonSettings(
        models=("mean", "ridge"),
        targets=("projected_cycle_life", "tau_factor"),
        tiers=("morphology",),
        feature_sets=("none", "scalars+morphology"),
        regimes=("random", "new-structure"),
        folds=2,
        repeats=1,
        bootstrap=50,
    ),
    study=StudySettings(importance=False, ablation=False, learning_curves=False, costs=False),
)
IDS = ["sample_id", "param_id"]


def nullable(rows):
    """Whole numbers, some of them null, as pandas writes them."""
    return rows.assign(**{name: rows[name].where(rows[name] != 2).astype("Int64") for name in IDS})


def categories(rows):
    return rows.assign(**{name: rows[name].map("id {}".format).astype("category") for name in IDS})


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda rows: rows.drop(columns=IDS), id="absent"),
        pytest.param(lambda rows: rows.drop(columns="param_id"), id="no param_id"),
        pytest.param(lambda rows: rows.drop(columns="sample_id"), id="no sample_id"),
        pytest.param(nullable, id="some null"),
        pytest.param(lambda rows: rows.assign(sample_id=np.nan, param_id=None), id="all null"),
        pytest.param(categories, id="categories"),
        pytest.param(lambda rows: rows.assign(sample_id="", param_id=1.0), id="all the same"),
    ],
)
def test_a_comparison_ends_in_a_report_whatever_the_ids_are(clean_set_maker, tmp_path, changed):
    data = clean_set_maker(tmp_path / "data", n_volumes=6, n_designs=6).folder
    for path in (data / "rows").glob("*.parquet"):
        changed(pd.read_parquet(path)).to_parquet(path)
    report = run(Request(data, tmp_path / "run", SETTINGS, device="cpu", workers=1))
    page = report.read_text(encoding="utf-8")
    assert "&lt;NA&gt;" not in page
    assert "param_id nan" not in page
    assert "param_id None" not in page
    assert write_report(tmp_path / "run").read_text(encoding="utf-8") == page
