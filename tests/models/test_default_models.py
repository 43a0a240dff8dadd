"""The leaf rule of the default boosters, the blend, and what descriptors compute outright."""

import numpy as np
import pytest
from model_fits import fit

from poregrove.models import registry
from poregrove.models.base import Columns, FitContext, Rows, TrainingData
from poregrove.models.shared.nested import NestedFold, NestedFolds


def crossed(volumes, designs, seed=0):
    """Every volume with every design; one descriptor, two scalars."""
    rng = np.random.default_rng(seed)
    volume = np.repeat(np.arange(volumes, dtype=np.int32), designs)
    design = np.tile(np.arange(designs, dtype=np.int32), volumes)
    columns = Columns(("porosity",), ("first", "second"))
    return Rows(rng.random((volumes, 1), np.float32), rng.random((designs, 2), np.float32), volume, design, columns)


def nested(rows, *dimensions):
    n = len(rows)
    groups = {name: getattr(rows, name) for name in dimensions}
    return NestedFolds((), NestedFold(np.arange(n), np.arange(0), np.arange(0)), groups)


@pytest.mark.parametrize("name", ["xgboost", "lightgbm", "lightgbm-linear", "factorised-boosting"])
@pytest.mark.parametrize(
    ("held_out", "expected"), [(("volume",), 4), (("design",), 80), (("volume", "design"), 80), ((), 4)]
)
def test_a_leaf_holds_four_designs_where_designs_are_new(name, held_out, expected, monkeypatch):
    """20 volumes x 8 designs: a volume has 8 rows, a design 20; without groups volumes are taken to be new."""
    rows = crossed(20, 8)
    taken = []
    model = registry.create(name, choose=False, rounds_unvalidated=3)
    monkeypatch.setattr(type(model), "_boost", lambda self, *_: taken.append(self.leaf_rows(rows)))
    context = FitContext(nested=nested(rows, *held_out) if held_out else None)
    model.fit(TrainingData(rows, np.zeros(160, np.float32)), None, context)
    assert taken == [min(expected, 160 // 4)]


@pytest.mark.parametrize("name", ["xgboost", "lightgbm"])
def test_rounds_are_chosen_where_there_are_groups_enough(name):
    """Noise alone wants few rounds, and few groups leave the number as it is set."""
    rng = np.random.default_rng(0)
    for designs, fixed in ((12, True), (60, False)):
        rows = crossed(40, designs)
        y = rng.normal(size=len(rows)).astype(np.float32)
        context = FitContext(nested=nested(rows, "volume", "design"))
        rounds = registry.create(name, rounds_unvalidated=33).fit(TrainingData(rows, y), None, context).rounds
        assert (rounds == 33) is fixed
        assert fixed or rounds < 33


def test_the_blend_is_the_plain_mean_of_members_that_err_alike(make_case):
    case = make_case(volumes=40, gaps=False)
    model = registry.create("blend", candidates="ridge,elastic-net", worst=1e6)
    concat_rows = fit(model, case.rows, case.y)
    parts = [fit(registry.create(name), case.rows, case.y).predict(case.rows).y for name in ("ridge", "elastic-net")]
    np.testing.assert_allclose(concat_rows.predict(case.rows).y, np.mean(parts, axis=0), rtol=1e-5)


def test_a_member_that_fails_on_new_groups_is_left_out(make_case):
    """The target is linear in the columns: trees err many times as much on new volumes."""
    case = make_case(volumes=60, gaps=False)
    y = (case.rows.column("porosity") + 2 * case.rows.column("specific_surface")).astype(np.float32)
    fitted = fit(registry.create("blend", candidates="ridge,elastic-net,xgboost", rounds=40), case.rows, y)
    assert fitted.weights == {"ridge": 0.5, "elastic-net": 0.5, "xgboost": 0.0}


@pytest.mark.parametrize("formula", ["porosity", "ln tau", "ln d_eff", "b"])
def test_the_descriptor_itself_answers_what_it_computes(formula):
    rng = np.random.default_rng(0)
    porosity, tau = rng.uniform(0.2, 0.6, 30), rng.uniform(1.5, 4.0, 30)
    columns = Columns(("porosity", "tortuosity_factor_z", "relative_diffusivity_z"))
    table = np.stack([porosity, tau, porosity / tau], axis=1).astype(np.float32)
    at = np.arange(30, dtype=np.int32)
    rows = Rows(table, np.zeros((1, 0), np.float32), at, np.full(30, -1, np.int32), columns)
    y = {
        "porosity": porosity,
        "ln tau": np.log(tau),
        "ln d_eff": np.log(porosity / tau),
        "b": 1 - np.log(tau) / np.log(porosity),
    }[formula]
    noisy = (y + rng.normal(0, 0.01, 30)).astype(np.float32)
    fitted = fit(registry.create("computed"), rows.take(at[:10]), noisy[:10])
    np.testing.assert_allclose(fitted.predict(rows).y, y, rtol=1e-4, atol=1e-5)


def test_of_nothing_known_the_mean_of_training_is_answered():
    columns = Columns(("porosity",))
    table = np.array([[0.3], [0.5], [np.nan]], np.float32)
    rows = Rows(table, np.zeros((1, 0), np.float32), np.arange(3, dtype=np.int32), np.full(3, -1, np.int32), columns)
    fitted = fit(registry.create("computed"), rows.take(slice(2)), np.array([0.3, 0.5], np.float32))
    np.testing.assert_allclose(fitted.predict(rows).y, [0.3, 0.5, 0.4], rtol=1e-6)
