"""Choice of the models that are kept, from score tables made by hand."""

import pandas as pd
import pytest

from poregrove.errors import RunError
from poregrove.models import registry
from poregrove.pipelines.bundle.select_models import choose
from poregrove.schema import MAIN_REGIMES

LIFE = "projected_cycle_life"
FULL = "scalars+morphology+transport+physics"


def make_run(folder, rmse, *, regimes=MAIN_REGIMES, target=LIFE, scale="raw"):
    """Score tables in which every regime says the same."""
    scores = []
    for regime in regimes:
        for (model, features), value in rmse.items():
            path = (
                folder / f"predictions/target={target}/model={model}/features={features}/regime={regime}/part-0.parquet"
            )
            path.parent.mkdir(parents=True)
            path.touch()
            about = {"target": target, "regime": regime, "scale": scale, "model": model, "features": features}
            scores += [{**about, "metric": "rmse", "value": value}, {**about, "metric": "skill", "value": 1 - value}]
    pd.DataFrame(scores).to_parquet(folder / "scores.parquet")
    return choose(folder, registry.available())


MEAN, SIMPLE, RIDGE = ("mean", "none"), ("ridge", "scalars"), ("ridge", FULL)
XGB, XGB_SCALARS = ("xgboost", FULL), ("xgboost", "scalars")


def best(choice, regime="new-both"):
    return next((item.model, item.features) for item in choice.chosen if item.regime == regime and "best" in item.roles)


def test_a_clear_winner_is_kept_and_says_why(tmp_path):
    choice = make_run(tmp_path, {MEAN: 1.0, RIDGE: 0.5, XGB: 0.2})
    assert best(choice) == XGB
    item = next(item for item in choice.chosen if item.regime == "new-both")
    assert item.reason == "smallest error"
    assert item.roles == ("best", "booster")
    assert item.scores == {"rmse": 0.2, "skill": 0.8}


def test_of_models_within_two_percent_of_the_squared_error_the_simplest_is_kept(tmp_path):
    rmse = {MEAN: 1.0, SIMPLE: 0.2019, RIDGE: 0.2015, XGB: 0.2}  # 1.0191 and 1.0151 times the squared error
    choice = make_run(tmp_path, rmse)
    assert best(choice) == SIMPLE
    reason = next(item.reason for item in choice.chosen if "best" in item.roles)
    assert reason == f"simplest within 2 % of the squared error of xgboost on {FULL}, which has the smallest"


def test_a_simpler_model_further_off_is_not_kept(tmp_path):
    assert best(make_run(tmp_path, {MEAN: 1.0, RIDGE: 0.2021, XGB: 0.2})) == XGB  # 1.0211 times


@pytest.mark.parametrize(
    ("kept", "others"),
    [
        ("ridge", ("elastic-net", "xgboost", "gaussian-process", "blend")),
        ("elastic-net", ("xgboost", "gaussian-process", "blend")),
        ("xgboost", ("gaussian-process", "blend")),
        ("gaussian-process", ("blend",)),
    ],
)
def test_the_order_of_simplicity(tmp_path, kept, others):
    assert best(make_run(tmp_path, {(name, FULL): 0.2 for name in (*others, kept)})) == (kept, FULL)


def test_boosters_are_kept_once_on_the_richest_set_for_the_strictest_regime(tmp_path):
    rmse = {MEAN: 1.0, RIDGE: 0.1, XGB: 0.3, XGB_SCALARS: 0.2}
    choice = make_run(tmp_path, rmse)
    boosters = [item for item in choice.chosen if "booster" in item.roles]
    assert [(item.model, item.features, item.regime) for item in boosters] == [(*XGB, "new-both")]
    assert [item.regime for item in choice.chosen if "best" in item.roles] == list(MAIN_REGIMES)


def test_a_network_is_kept_for_the_strictest_regime_and_never_best(tmp_path):
    cnn = ("cnn", "volume+scalars")
    choice = make_run(tmp_path, {MEAN: 1.0, RIDGE: 0.5, cnn: 0.1})
    assert best(choice) == RIDGE
    assert [(item.model, item.regime, item.roles) for item in choice.chosen if item.model == "cnn"] == [
        ("cnn", "new-both", ("network",))
    ]


def test_models_that_only_know_ids_are_never_kept(tmp_path):
    choice = make_run(tmp_path, {("design-mean", "none"): 0.1, MEAN: 1.0}, regimes=("new-structure",))
    assert best(choice, "new-structure") == MEAN
    (tmp_path / "other").mkdir()
    choice = make_run(tmp_path / "other", {("design-mean", "none"): 0.1}, regimes=("new-structure",))
    assert not choice.chosen
    assert choice.without == {LIFE: "no compared model can answer for new volumes and designs"}


def test_a_volume_alone_needs_one_regime(tmp_path):
    regimes = ("new-structure", "new-both")
    choice = make_run(tmp_path, {MEAN: 1.0}, regimes=regimes, target="tau_factor", scale="log")
    assert [item.regime for item in choice.chosen] == ["new-structure"]


def test_without_scores_there_is_no_choice(tmp_path):
    with pytest.raises(RunError, match=r"scores\.parquet: the scores must be there"):
        choose(tmp_path, registry.available())
