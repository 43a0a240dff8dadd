"""The ensemble: weights against a general optimiser, from cuts that the outer rows take no part in."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from model_fits import fit

from poregrove.errors import ModelError, SettingsError
from poregrove.models import registry
from poregrove.models.ensemble import FittedEnsemble
from poregrove.models.shared.nested import nested_by_volume
from poregrove.models.shared.stacking import greedy_weights, least_squares_weights, products


def quick(**settings):
    return registry.create("ensemble", **{"rounds": 20, "rounds_unvalidated": 20, **settings})


@pytest.mark.parametrize("seed", range(6))
def test_weights_are_the_least_squares_on_the_simplex(seed):
    from scipy.optimize import minimize

    rng = np.random.default_rng(seed)
    errors = rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4)) + rng.normal(size=4)
    product = products(errors, np.ones(200))
    weights = least_squares_weights(product)
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    peer = minimize(
        lambda w: w @ product @ w,
        np.full(4, 0.25),
        bounds=[(0, 1)] * 4,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        tol=1e-12,
    )
    np.testing.assert_allclose(weights, peer.x, atol=2e-4)


def test_greedy_choices_come_close_to_the_least_squares():
    rng = np.random.default_rng(0)
    product = products(rng.normal(size=(300, 3)) * [1, 1.5, 4], np.ones(300))
    exact, greedy = least_squares_weights(product), greedy_weights(product, 200)
    assert greedy.sum() == pytest.approx(1)
    assert greedy @ product @ greedy == pytest.approx(exact @ product @ exact, rel=1e-3)


def test_errors_of_independent_members_weigh_by_their_precision():
    """w ~ 1 / variance, the closed form."""
    assert least_squares_weights(np.diag([1.0, 2.0, 4.0])) == pytest.approx(np.array([4, 2, 1]) / 7)


def test_of_members_that_agree_one_serves():
    product = np.ones((2, 2))
    assert sorted(least_squares_weights(product)) == [0, 1]


def test_a_straight_answer_is_left_to_ridge(make_case):
    """The target is linear in the columns, so trees have nothing to add on new volumes."""
    case = make_case(volumes=60, gaps=False)
    y = (case.rows.column("porosity") + 2 * case.rows.column("specific_surface")).astype(np.float32)
    fitted = fit(quick(), case.rows, y)
    assert fitted.weights["ridge"] > 0.95
    assert sum(fitted.weights.values()) == pytest.approx(1)
    assert np.corrcoef(fitted.predict(case.rows).y, y)[0, 1] > 0.999


def test_members_of_no_weight_are_neither_kept_nor_saved(make_case, tmp_path):
    case = make_case(volumes=60, gaps=False)
    y = case.rows.column("porosity")
    fitted = fit(quick(weighting="greedy", steps=3), case.rows, y)
    fitted.save(tmp_path)
    kept = {name for name, weight in fitted.weights.items() if weight > 0}
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == kept == set(fitted.members)
    stored = json.loads((tmp_path / "ensemble.json").read_text())
    assert stored == {"weights": dict(fitted.weights)}
    assert fitted.diagnostics == {f"weight of {name}": weight for name, weight in fitted.weights.items()}


def test_nested_folds_by_volume_share_no_volume(make_case):
    rows = make_case(volumes=20).rows
    cuts = nested_by_volume(rows.volume, seed=1)
    assert len(cuts.folds) == 3
    for cut in (*cuts.folds, cuts.whole):
        parts = [set(rows.volume[part]) for part in (cut.fit, cut.valid, cut.test)]
        assert parts[0]
        assert parts[1]
        assert sum(map(len, parts)) == len(set().union(*parts))
    assert sorted(np.concatenate([cut.test for cut in cuts.folds])) == list(range(len(rows)))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"candidates": "ridge,ridge"}, "different names"),
        ({"weighting": "best"}, "stacked, greedy"),
        ({"steps": 0}, "steps must be above 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, said):
    with pytest.raises(SettingsError, match=said):
        quick(**settings)


@pytest.mark.parametrize("member", ["design-mean", "ensemble", "xgboost-aft-capped", "power-law"])
def test_models_that_cannot_predict_new_rows_from_any_table_are_no_members(make_case, member):
    case = make_case()
    with pytest.raises(SettingsError, match=f"{member} cannot be a member"):
        fit(quick(candidates=f"ridge,{member}"), case.rows, case.y)


def test_a_file_without_weights_is_refused(tmp_path):
    (tmp_path / "ensemble.json").write_text('{"weights": {"ridge": 0.0}}')
    with pytest.raises(ModelError, match="weight above 0"):
        registry.load("ensemble", tmp_path)
    (tmp_path / "ensemble.json").write_text('{"weights": {"nobody": 1.0}}')
    with pytest.raises(ModelError, match=r"ensemble\.json"):
        registry.load("ensemble", tmp_path)


def test_an_ensemble_ran_where_its_members_did():
    silent, told = SimpleNamespace(), SimpleNamespace(device="cuda")
    both = FittedEnsemble({"ridge": silent, "xgboost": told}, {"ridge": 0.5, "xgboost": 0.5})
    assert both.device == "cpu, cuda"
    assert FittedEnsemble({"ridge": silent}, {"ridge": 1.0}).device == "cpu"
