"""Regressors of scikit-learn and modules of PyTorch as models: they keep the contract, and what they cannot do is named."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern, WhiteKernel
from sklearn.linear_model import LinearRegression, PoissonRegressor
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures
from sklearn.svm import SVR

from poregrove.errors import ModelError, SettingsError
from poregrove.models import FitContext, TrainingData, from_sklearn
from poregrove.models.adapters import estimator_named
from poregrove.models.adapters.estimator_file import FILE, TRUSTED
from poregrove.models.adapters.names import name_of_class
from poregrove.testing import check_model
from poregrove.testing.sample_rows import sample_for

pytest.importorskip("skops", reason="needs the extra adapters")

ESTIMATORS = {
    "trees": ExtraTreesRegressor(n_estimators=5),
    "boosting": HistGradientBoostingRegressor(max_iter=5),
    "vectors": SVR(),
    "neighbours": KNeighborsRegressor(),
    "process": GaussianProcessRegressor(Matern() + WhiteKernel()),
    "pipeline": make_pipeline(PolynomialFeatures(2), LinearRegression()),
}


class Spy(RegressorMixin, BaseEstimator):
    """Tells what it was fitted with."""

    def __init__(self, random_state=None, n_jobs=None):
        self.random_state, self.n_jobs = random_state, n_jobs

    def fit(self, x, y, sample_weight=None):
        self.x_, self.y_, self.weight_ = x, y, sample_weight
        return self

    def predict(self, x):
        return np.zeros(len(x))


class Lying(Spy):
    def predict(self, x):
        return np.zeros(len(x) + 1)


class Failing(Spy):
    def fit(self, x, y):
        raise ValueError("no thanks")


class Holding(Spy):
    """Holds what no file without pickle can."""

    def fit(self, x, y):
        self.function_ = lambda: x
        return self


@pytest.fixture(scope="module")
def sample():
    return sample_for(from_sklearn(LinearRegression(), name="line").info)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_keeps_the_contract_and_can_be_kept(name):
    model = from_sklearn(ESTIMATORS[name], name=name)
    model.check_storable()
    check_model(model)


def test_it_answers_as_the_estimator_does_on_the_columns_that_it_was_given(sample):
    """By hand: gaps filled by the median with an indicator, columns and target standardised, then scikit-learn's own answer."""
    rows, y = sample.rows, sample.y.astype(float)
    matrix = rows.matrix().astype(float)
    gaps = np.isnan(matrix)
    filled = np.where(gaps, np.nanmedian(matrix, axis=0), matrix)
    x = np.concatenate([filled, gaps[:, gaps.any(axis=0)]], axis=1)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    expected = y.mean() + y.std() * KNeighborsRegressor(3).fit(x, (y - y.mean()) / y.std()).predict(x)
    fitted = from_sklearn(KNeighborsRegressor(3), name="neighbours").fit(
        TrainingData(rows, sample.y), None, FitContext()
    )
    np.testing.assert_allclose(fitted.predict(rows).y, expected, rtol=1e-5)


def test_seed_threads_weights_and_gaps_reach_the_estimator(sample):
    weight = np.linspace(1, 3, len(sample.y), dtype=np.float32)
    data = TrainingData(sample.rows, sample.y, weight=weight)
    spy = from_sklearn(Spy(random_state=99), name="spy").fit(data, None, FitContext(seed=7, threads=3)).estimator
    assert (spy.random_state, spy.n_jobs) == (7, 3)
    np.testing.assert_allclose(spy.weight_, weight / weight.mean(), rtol=1e-6)
    assert np.isfinite(spy.x_).all()
    assert spy.x_.shape[1] == len(sample.rows.columns.names) + 1
    np.testing.assert_allclose([spy.y_.std(), np.average(spy.y_, weights=weight)], [1, 0], atol=1e-6)
    unweighted = from_sklearn(Spy(), name="spy").fit(TrainingData(sample.rows, sample.y), None, FitContext()).estimator
    assert unweighted.weight_ is None
    as_it_is = from_sklearn(Spy(), name="spy", scale_target=False).fit(data, None, FitContext()).estimator
    np.testing.assert_allclose(as_it_is.y_, sample.y)
    trees = from_sklearn(ESTIMATORS["boosting"], name="trees").fit(data, None, FitContext()).estimator
    assert trees.n_features_in_ == len(sample.rows.columns.names), "gaps are handed on as they are"


def test_lengths_in_metres_are_told_apart_by_trees(sample):
    """scikit-learn takes values that differ by less than 1e-7 for one, as lengths in metres do."""
    metres = replace(sample.rows, descriptors=sample.rows.descriptors * np.float32(1e-7), _prepared={})
    first, second = (
        from_sklearn(ExtraTreesRegressor(5), name="trees")
        .fit(TrainingData(rows, sample.y), None, FitContext())
        .predict(rows)
        for rows in (sample.rows, metres)
    )
    assert np.corrcoef(first.y, second.y)[0, 1] > 0.9
    assert np.corrcoef(second.y, sample.y)[0, 1] > 0.9


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        (RandomForestClassifier(), {}, "RandomForestClassifier is none"),
        (SVR, {}, "got the class SVR; call it first"),
        (SVR(), {"name": "My SVR"}, "is of a-z, 0-9 and -"),
        (SVR(), {"kind": "trivial"}, "kind is linear, other or booster"),
    ],
    ids=["classifier", "class", "name", "kind"],
)
def test_what_is_no_regressor_is_refused(given, options, said):
    with pytest.raises(SettingsError, match=said):
        from_sklearn(given, **{"name": "x", **options})


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("sklearn.ensemble:ExtraTreeRegressor", "did you mean 'ExtraTreesRegressor'"),
        ("sklearn.nowhere:SVR", "expected package.module:Class of an installed package"),
        ("sklearn.ensemble:StackingRegressor", "needs arguments"),
        ("sklearn.svm:SVC", "SVC is none"),
    ],
)
def test_a_class_that_is_no_regressor_is_refused_by_its_name(word, said):
    with pytest.raises(SettingsError, match=said):
        estimator_named(word)


def test_parameters_are_settings_and_unknown_ones_are_named():
    model = estimator_named("sklearn.ensemble:ExtraTreesRegressor").with_settings({"n_estimators": 3})
    assert (model.info.name, model.estimator.n_estimators) == ("extra-trees-regressor", 3)
    nested = from_sklearn(ESTIMATORS["pipeline"], name="pipeline").with_settings({"polynomialfeatures__degree": 3})
    assert nested.estimator.get_params()["polynomialfeatures__degree"] == 3
    assert ESTIMATORS["pipeline"].get_params()["polynomialfeatures__degree"] == 2
    with pytest.raises(SettingsError, match="unknown setting 'n_trees'"):
        model.with_settings({"n_trees": 3})
    assert [name_of_class(name) for name in ("SVR", "MLPRegressor", "KNeighborsRegressor")] == [
        "svr",
        "mlp-regressor",
        "k-neighbors-regressor",
    ]


def test_an_estimator_that_fails_or_answers_nonsense_is_a_model_error(sample):
    data = TrainingData(sample.rows, sample.y)
    with pytest.raises(ModelError, match="failing: ValueError: no thanks"):
        from_sklearn(Failing(), name="failing").fit(data, None, FitContext())
    with pytest.raises(ModelError, match="expected 192 finite values"):
        from_sklearn(Lying(), name="lying").fit(data, None, FitContext()).predict(sample.rows)
    below = TrainingData(sample.rows, sample.y - 100)
    with pytest.raises(ModelError, match="counts: ValueError"):
        from_sklearn(PoissonRegressor(), name="counts", scale_target=False).fit(below, None, FitContext())


def test_what_cannot_be_kept_without_pickle_is_refused_by_name_and_never_half_written(sample, tmp_path):
    for estimator, said in (
        (Holding(), "holding: .* kept=False"),
        (Spy(), r"test_adapters\.Spy: in a plug-in, name these in from_sklearn\(\.\.\., trusted="),
        (Failing(), "cannot be fitted on 40 made-up rows of 3 columns: no thanks"),
    ):
        with pytest.raises(SettingsError, match=said):
            from_sklearn(estimator, name="holding").check_storable()
    spy = from_sklearn(Spy(), name="spy", trusted=[f"{Spy.__module__}.Spy"])
    spy.check_storable()
    unkept = from_sklearn(Holding(), name="holding", kept=False)
    unkept.check_storable()
    check_model(unkept)
    fitted = from_sklearn(Holding(), name="holding").fit(TrainingData(sample.rows, sample.y), None, FitContext())
    with pytest.raises(ModelError, match="without pickle"):
        fitted.save(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_file_that_holds_a_type_that_is_not_trusted_is_not_read(sample, tmp_path):
    trusting = from_sklearn(Spy(), name="spy", trusted=[f"{Spy.__module__}.Spy"])
    trusting.fit(TrainingData(sample.rows, sample.y), None, FitContext()).save(tmp_path)
    assert trusting.fitted.load(tmp_path).predict(sample.rows).y.shape == (192,)
    with pytest.raises(ModelError, match=r"model\.skops: holds .*Spy, which this model does not trust"):
        from_sklearn(DummyRegressor(), name="dummy").fitted.load(tmp_path)
    for damaged in (b"", b"\x80\x04\x95 no archive", (tmp_path / FILE).read_bytes()[:-30]):
        (tmp_path / FILE).write_bytes(damaged)
        with pytest.raises(ModelError, match=r"model\.skops: expected an estimator that skops wrote"):
            trusting.fitted.load(tmp_path)


def test_types_that_are_trusted_exist():
    import importlib

    for name in TRUSTED:
        module, _, kind = name.rpartition(".")
        assert isinstance(getattr(importlib.import_module(module), kind), type), name
