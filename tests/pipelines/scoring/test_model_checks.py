"""Each check of models after training finds what it is for, and nothing in a sound comparison."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from poregrove.pipelines.scoring import model_check
from poregrove.pipelines.scoring.model_check import ModelEvidence, all_model_checks, check_models
from poregrove.pipelines.training.job import Job, JobRecord
from poregrove.schema import BUILT_IN, IMAGE_ADDS, INTERVALS, LETTERS, SCORES

LIFE, TAU = "projected_cycle_life", "tau_factor"
KINDS = {"mean": "trivial", "ridge": "linear", "xgboost": "booster", "computed": "law", "cnn": "network"}
SETS = "scalars+morphology"


def scores(skill=(("ridge", 0.4), ("xgboost", 0.5)), target=LIFE, r2=None):
    scale = BUILT_IN.target(target).scales[0]
    rows = [(target, "mean", "none", "new-both", "skill", scale, 0.0)]
    for model, value in skill:
        rows.append((target, model, SETS, "new-both", "skill", scale, value))
        rows.append((target, model, SETS, "new-both", "r2", scale, value if r2 is None else r2))
        rows.append(
            (target, model, SETS, "random", "skill", scale, -1.0)
        )  # no check asks for what is not the strictest
    names = ["target", "model", "features", "regime", "metric", "scale", "value"]
    return pd.DataFrame(rows, columns=names).reindex(columns=list(SCORES.names))


def table(schema, *rows):
    return pd.DataFrame(list(rows), columns=list(schema.names))


def letters(*pairs):
    return table(
        LETTERS,
        *(
            {"target": LIFE, "model": name, "features": SETS, "regime": "new-both", "letters": text, "value": value}
            for name, text, value in pairs
        ),
    )


def image(hi):
    return table(IMAGE_ADDS, {"target": LIFE, "model": "ridge", "features_with": SETS, "metric": "skill", "hi": hi})


def intervals(coverage):
    return table(
        INTERVALS,
        {"target": LIFE, "model": "ridge", "features": SETS, "regime": "new-both", "level": 0.9, "coverage": coverage},
    )


def job(note=None):
    return JobRecord(Job(LIFE, "cnn", "volume+scalars", "new-both"), "done", note=note)


def codes(errors=(1.0, 1.1, 0.9, 1.2), **changes):
    tables = {
        "scores": scores(),
        "letters": letters(("xgboost", "a", 0.5), ("ridge", "b", 0.4)),
        "image_adds": image(0.1),
        "intervals": intervals(0.91),
    }
    jobs = changes.pop("jobs", [job()])
    evidence = ModelEvidence(tables | changes, jobs, KINDS, BUILT_IN, lambda _: np.array(errors))
    return {finding.code: finding for finding in check_models(evidence)}


def test_a_sound_comparison_has_no_findings():
    assert codes() == {}


def test_worse_than_trivial_is_an_error_where_nothing_is_better():
    some = codes(scores=scores((("ridge", -0.2), ("xgboost", 0.3))))["worse_than_trivial"]
    assert (some.severity, some.count) == ("warning", 1)
    assert some.examples == (f"ridge on {SETS}: {LIFE}",)
    none = codes(scores=scores((("ridge", -0.2), ("xgboost", -0.1))))["worse_than_trivial"]
    assert (none.severity, none.count) == ("error", 2)
    assert LIFE in none.message


def test_a_winner_that_shares_a_letter_is_undecided():
    finding = codes(letters=letters(("xgboost", "ab", 0.5), ("ridge", "b", 0.4), ("cnn", "c", 0.1)))["undecided_winner"]
    assert (finding.count, finding.examples) == (1, (f"{LIFE}: 1 like xgboost on {SETS}",))


def test_an_image_that_harms_beyond_its_interval():
    assert codes(image_adds=image(-0.01))["worse_with_image"].count == 1
    assert "worse_with_image" not in codes(image_adds=image(np.nan))


@pytest.mark.parametrize(("coverage", "found"), [(0.84, True), (0.86, False), (0.97, True), (np.nan, False)])
def test_intervals_more_than_five_points_off(coverage, found):
    assert ("uncalibrated_intervals" in codes(intervals=intervals(coverage))) is found


def test_a_fit_that_the_clock_ended():
    finding = codes(jobs=[job("time-bounded: 3 of 40 epochs in 2 of 5 fits"), job("mean of 5 fits: x 1")])[
        "time_bounded_fits"
    ]
    assert finding.count == 1
    assert "cnn" in finding.message


@pytest.mark.parametrize(("r2", "found"), [(0.9999, True), (0.9, False)])
def test_a_target_that_a_descriptor_computes(r2, found):
    own = pd.concat([scores(), scores((("computed", 0.9),), target=TAU, r2=r2)])
    assert ("computed_target" in codes(scores=own)) is found


def test_a_fold_far_off():
    finding = codes(errors=(1.0, 1.1, 4.0, 1.2))["unstable_folds"]
    assert finding.examples == (f"{LIFE}, xgboost on {SETS}: 3.5 times",)


def test_every_check_is_declared_in_a_file_of_its_name():
    folder = Path(model_check.__file__).with_name("model_checks")
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == {item.code for item in all_model_checks()}
    assert all(item.meaning and item.remedy for item in all_model_checks())
