"""A model that a study fits again on the same columns is the model that was compared, to the last bit."""

from dataclasses import fields, replace

import numpy as np
import pytest

from poregrove.models import registry
from poregrove.pipelines.scoring.losses import prediction_files
from poregrove.pipelines.settings import ComparisonSettings, StudySettings, TuningSettings
from poregrove.pipelines.studies.families import without
from poregrove.pipelines.studies.jobs import StudyJob, StudyTask
from poregrove.pipelines.studies.refit import StudyContext
from poregrove.pipelines.tables.feature_sets import sources
from poregrove.pipelines.training.context import RunContext
from poregrove.pipelines.training.job import InstalledModels
from poregrove.pipelines.training.run import run_comparison
from poregrove.schema import FEATURE_SET_BY_NAME

LAW_COLUMNS = sorted({column for info in registry.available() for column in info.columns})
QUICK = {"rounds": 25, "rounds_unvalidated": 15, "restarts": 0}
STUDIED = [
    info.name
    for info in registry.available()
    if not info.multi_target and any(FEATURE_SET_BY_NAME[name].tiers for name in info.feature_sets)
]
TUNED = [info.name for info in registry.available() if getattr(type(registry.create(info.name)), "space", ())]
SHORT = {("ridge", ""), ("lightgbm", ""), ("lightgbm", "tuned"), ("ensemble", ""), ("xgboost-aft-observed", "")}
CASES = [(name, "") for name in STUDIED] + [(name, "tuned") for name in TUNED]
SETTINGS = ComparisonSettings(
    targets=("projected_cycle_life", "tau_factor"),
    tiers=("morphology",),
    feature_sets=("morphology", "scalars+morphology"),
    regimes=("new-structure", "new-both"),
    folds=3,
    repeats=1,
)


def catalog(name, how):
    known = {item.name for item in fields(registry.create(name))}
    options = {name: {key: value for key, value in QUICK.items() if key in known}}
    return InstalledModels(options, TuningSettings(trials=2 if how else 0))


@pytest.mark.parametrize(
    ("name", "how"),
    [
        pytest.param(*case, marks=[] if case in SHORT else pytest.mark.slow, id="-".join(filter(None, case)))
        for case in CASES
    ],
)
def test_a_refit_on_the_same_columns_is_the_model_that_was_compared(name, how, run_tables, tmp_path):
    if registry.create(name).info.extra or how:
        pytest.importorskip(registry.create(name).info.extra or "optuna")
    rows, features = run_tables
    rng = np.random.default_rng(0)
    features[LAW_COLUMNS] = rng.uniform(0.2, 0.6, (len(features), len(LAW_COLUMNS)))
    rows = rows[rows["design_digest"].isna() | rows["row"].isin(rng.permutation(len(rows))[:400])]
    rows.loc[rows["projected_cycle_life"] > 1100, "cycle_life_status"] = "censored"
    tiers = dict.fromkeys(features.columns.drop(["volume_digest", "status"]), "morphology")
    settings, models = replace(SETTINGS, models=(name,)), catalog(name, how)
    run_comparison(RunContext(tmp_path, settings, models, tiers=tiers), rows, features)
    jobs = prediction_files(tmp_path)
    assert jobs
    for job in jobs:
        study = StudyJob("ablation", job.target, job.model, job.features, job.regime)
        feature_sources = sources(settings, tiers, metres=False)
        context = StudyContext.of(StudyTask(tmp_path, study, settings, StudySettings(), feature_sources, {}, models))
        again, _ = context.predict(context.folds, without(context.rows, "no family at all", {}))
        before = context.compared()
        for column in ("row", "fold", "repeat", "y_pred"):
            np.testing.assert_array_equal(again[column], before[column], err_msg=str(job))


def test_every_model_that_studies_accept_is_among_the_cases():
    assert {name for name, _ in SHORT} < set(STUDIED)
    assert set(TUNED) < set(STUDIED)
    assert "ensemble" in STUDIED
