"""Both boosters against their libraries called plainly, and in batches against one matrix."""

import re
import shutil
import warnings

import lightgbm
import numpy as np
import pytest
import xgboost
from model_fits import fit

from poregrove.errors import DeviceError, ModelError
from poregrove.models import registry
from poregrove.models.base import BATCH_ROWS, Columns, FitContext, Rows, TrainingData
from poregrove.models.shared import lightgbm_device, xgboost_native
from poregrove.models.shared.boosting import leaf_rows
from poregrove.models.shared.fit_reports import device_of
from poregrove.models.shared.xgboost_native import warnings_as_errors

HAS_GPU = shutil.which("nvidia-smi") is not None
BOOSTERS = ("xgboost-plain", "lightgbm-plain")
PLAIN_XGBOOST = {"tree_method": "hist", "max_depth": 6, "subsample": 0.7, "reg_lambda": 0, "nthread": 1}
PLAIN_LIGHTGBM = {
    "num_leaves": 31,
    "min_sum_hessian_in_leaf": 1e-7,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "data_random_seed": 1,
    "bin_construct_sample_cnt": 100_000,
    "verbosity": -1,
}


def plainly(name, rows, y, test, *, rounds, leaf, max_bin, rate=0.1, seed=0):
    """The library's own call on one matrix, on the standardised target."""
    y = y.astype(float)
    label = ((y - y.mean()) / y.std()).astype(np.float32)
    if name == "xgboost-plain":
        parameters = {**PLAIN_XGBOOST, "eta": rate, "min_child_weight": leaf, "max_bin": max_bin, "seed": seed}
        matrix = xgboost.QuantileDMatrix(rows.matrix(), label=label, max_bin=max_bin)
        output = xgboost.train(parameters, matrix, rounds).predict(xgboost.DMatrix(test.matrix()))
    else:
        parameters = {
            **PLAIN_LIGHTGBM,
            "learning_rate": rate,
            "min_data_in_leaf": leaf,
            "max_bin": max_bin,
            "seed": seed,
        }
        output = lightgbm.train(parameters, lightgbm.Dataset(rows.matrix(), label=label), rounds).predict(test.matrix())
    return y.mean() + y.std() * output


@pytest.mark.parametrize(("name", "max_bin"), [("xgboost-plain", 64), ("lightgbm-plain", 255)])
def test_equals_the_library_called_plainly(make_case, name, max_bin):
    case = make_case(volumes=40, extra=30)
    train, y, *_ = case.parts()
    settings = {"rounds_unvalidated": 30, "min_leaf": 4, "leaf_share": 0.0}
    fitted = fit(registry.create(name, **settings), train, y, seed=5)
    expected = plainly(name, train, y, case.rows, rounds=30, leaf=4, max_bin=max_bin, seed=5)
    np.testing.assert_allclose(fitted.predict(case.rows).y, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", BOOSTERS)
def test_learns_a_known_function_on_new_volumes_and_designs(make_case, name):
    case = make_case(volumes=80, designs=40, per=20, gaps=False)
    rows = case.rows
    y = (np.log(rows.column("porosity")) + rows.designs[rows.design, 0] * rows.column("porosity")).astype(np.float32)
    new = (rows.volume % 3 == 0) & (rows.design % 3 == 0)
    old = (rows.volume % 3 != 0) & (rows.design % 3 != 0)
    valid = old & (rows.volume % 5 == 1)
    train = old & ~valid
    fitted = fit(registry.create(name), rows.take(train), y[train], rows.take(valid), y[valid])
    residual = fitted.predict(rows.take(new)).y - y[new]
    assert 1 - residual.var() / y[new].var() > 0.9


@pytest.mark.parametrize("name", BOOSTERS)
def test_the_rest_of_the_fold_is_fitted_on_in_the_end_and_never_stopped_by(make_case, name):
    case = make_case()
    rows, y = case.rows, case.y
    early, held, rest = (np.arange(len(y)) % 3 == part for part in range(3))
    model = registry.create(name, rounds=40, patience=5)
    parts = rows.take(early), y[early], rows.take(held), y[held]
    with_rest = fit(model, *parts, rest=TrainingData(rows.take(rest), y[rest]))
    assert with_rest.rounds == fit(model, *parts).rounds
    same = fit(
        registry.create(name, rounds_unvalidated=with_rest.rounds, patience=5),
        rows.take(early).append(rows.take(held)).append(rows.take(rest)),
        np.concatenate([y[early], y[held], y[rest]]),
    )
    np.testing.assert_array_equal(with_rest.predict(rows).y, same.predict(rows).y)


@pytest.mark.parametrize("name", BOOSTERS)
def test_stops_early_and_fits_again_on_all_rows(make_case, name):
    case = make_case()
    train, y, valid, y_valid = case.parts()
    noise = np.random.default_rng(0).permutation(y)
    stopped = fit(registry.create(name, rounds=400, patience=5, refit=False), train, noise, valid, y_valid)
    assert stopped.rounds < 100
    again = fit(registry.create(name, rounds=400, patience=5), train, noise, valid, y_valid)
    assert again.rounds == stopped.rounds
    both = fit(
        registry.create(name, rounds_unvalidated=stopped.rounds), train.append(valid), np.concatenate([noise, y_valid])
    )
    assert np.array_equal(again.predict(case.rows).y, both.predict(case.rows).y)
    assert not np.array_equal(again.predict(case.rows).y, stopped.predict(case.rows).y)


@pytest.mark.parametrize("name", BOOSTERS)
def test_another_seed_gives_other_trees(make_case, name):
    case = make_case()
    model = registry.create(name, rounds_unvalidated=20)
    first, second = (fit(model, case.rows, case.y, seed=seed).predict(case.rows).y for seed in (0, 1))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("name", BOOSTERS)
def test_rows_of_weight_nothing_teach_nothing(make_case, name):
    case = make_case()
    weight = case.train.astype(np.float32)
    model = registry.create(name, rounds_unvalidated=30)
    first, second = (
        fit(model, case.rows, np.where(case.train, case.y, wrong).astype(np.float32), weight=weight)
        .predict(case.rows)
        .y
        for wrong in (0.0, 50.0)
    )
    np.testing.assert_allclose(first, second, atol=1e-3)


@pytest.mark.parametrize(("per", "expected"), [(2, 2), (8, 4), (11, 6)])
def test_leaves_hold_half_the_rows_of_a_volume(make_case, per, expected):
    assert leaf_rows(make_case(per=per).rows, 2, 0.5) == expected


def test_leaves_never_forbid_every_split(make_case):
    rows = make_case().rows.take(slice(12))
    assert leaf_rows(rows, 20, 0.5) == 3


@pytest.mark.parametrize("name", BOOSTERS)
def test_150_000_rows_in_batches_equal_one_matrix(name):
    rng = np.random.default_rng(0)
    volumes, designs = 1500, 100
    table = rng.normal(size=(volumes, 8)).astype(np.float32)
    scalars = rng.normal(size=(designs, 4)).astype(np.float32)
    volume = np.repeat(np.arange(volumes, dtype=np.int32), designs)
    design = np.tile(np.arange(designs, dtype=np.int32), volumes)
    columns = Columns(tuple(f"d{i}" for i in range(8)), tuple(f"s{i}" for i in range(4)))
    rows = Rows(table, scalars, volume, design, columns)
    assert len(rows) > BATCH_ROWS
    y = (table[volume, 0] * scalars[design, 0] + np.sin(table[volume, 1])).astype(np.float32)
    settings = {"rounds_unvalidated": 15, "min_leaf": 50, "leaf_share": 0.0, "learning_rate": 0.2, "max_bin": 64}
    test = rows.take(rng.permutation(len(rows))[:20_000])
    batched = fit(registry.create(name, **settings), rows, y).predict(test).y
    whole = plainly(name, rows, y, test, rounds=15, leaf=50, max_bin=64, rate=0.2)
    assert np.sqrt(np.mean((batched - whole) ** 2)) < 0.02 * y.std(), "the bins differ a little, the model does not"


def test_a_warning_of_xgboost_is_an_error(make_case):
    matrix = xgboost.DMatrix(make_case().rows.matrix(), label=make_case().y)
    with pytest.raises(ModelError, match=r"training: [\s\S]*no_such_parameter"), warnings_as_errors("training"):
        xgboost.train({"no_such_parameter": 1}, matrix, 1)


def test_a_deprecation_inside_xgboost_is_passed_on():
    with pytest.warns(FutureWarning, match="soon"), warnings_as_errors("doing"):
        warnings.warn("soon gone", FutureWarning, stacklevel=1)


@pytest.mark.skipif(HAS_GPU, reason="a CUDA device answers")
def test_cuda_that_does_not_answer_is_an_error(make_case):
    case = make_case()
    with pytest.raises(DeviceError, match="cuda"):
        fit(registry.create("xgboost-plain", rounds_unvalidated=1), case.rows, case.y, device="cuda")


@pytest.mark.gpu
@pytest.mark.skipif(not HAS_GPU, reason="needs a CUDA device")
def test_cuda_learns_the_same_function(make_case):
    case = make_case(volumes=60)
    model = registry.create("xgboost-plain", rounds_unvalidated=50)
    cpu, cuda = (fit(model, case.rows, case.y, device=device) for device in ("cpu", "cuda"))
    assert cuda.device == "cuda"
    difference = cuda.predict(case.rows).y - cpu.predict(case.rows).y
    assert np.sqrt(np.mean(difference**2)) < 0.1 * case.y.std()


@pytest.fixture
def forgetful():
    """XGBoost's trial and what was said of it are forgotten before and after."""
    remembered = (xgboost_native.refusal, xgboost_native._say_once)
    for function in remembered:
        function.cache_clear()
    yield
    for function in remembered:
        function.cache_clear()


@pytest.mark.skipif(HAS_GPU, reason="a CUDA device answers")
@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize("name", ["xgboost", "xgboost-aft-observed"])
def test_xgboost_that_cannot_use_a_device_trains_on_the_cpu_and_says_why_once(make_case, caplog, name):
    """A library without CUDA beside a device that descriptors use: nothing fails, and the device is the one in the record."""
    case = make_case()
    model = registry.create(name, rounds_unvalidated=2)
    lives = np.exp(case.y).astype(np.float32)
    fits = [fit(model, case.rows, lives, device=device) for device in ("auto", "auto", "cpu")]
    assert [device_of(one) for one in fits] == ["cpu"] * 3
    assert all(np.array_equal(one.predict(case.rows).y, fits[2].predict(case.rows).y) for one in fits)
    (said,) = [record.getMessage() for record in caplog.records]
    assert re.match(r"XGBoost trains on the CPU: XGBoost.* (cuda|CUDA|GPU|device)", said)
    assert "\n" not in said


@pytest.mark.usefixtures("forgetful")
def test_xgboost_takes_the_device_where_the_trial_succeeds(monkeypatch):
    monkeypatch.setattr(xgboost_native, "refusal", lambda: None)
    assert [xgboost_native.placed(FitContext(device=asked)).device for asked in ("auto", "cuda", "cpu")] == [
        "cuda",
        "cuda",
        "cpu",
    ]


@pytest.fixture
def asked(monkeypatch):
    """Makes LightGBM's trials answer as told, and forget afterwards; returns the list of what was tried."""
    tried = []

    def answer(**refusals):
        monkeypatch.setattr(lightgbm_device, "refusal_of", lambda place: tried.append(place) or refusals[place])
        return tried

    for remembers in (lightgbm_device._gpu, lightgbm_device._say_once):
        remembers.cache_clear()
    yield answer
    for remembers in (lightgbm_device._gpu, lightgbm_device._say_once):
        remembers.cache_clear()


def test_lightgbm_without_a_gpu_build_trains_on_the_cpu_and_says_why_once(make_case, asked, caplog):
    case, tried = make_case(), asked(cuda="not enabled in this build", gpu="No OpenCL device found")
    model = registry.create("lightgbm-plain", rounds_unvalidated=2)
    assert [fit(model, case.rows, case.y, device="cuda").device for _ in range(2)] == ["cpu", "cpu"]
    assert tried == ["cuda", "gpu"]
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "LightGBM trains on the CPU, its build finds no GPU: CUDA: not enabled in this build; OpenCL: No OpenCL device found"
    ]


@pytest.mark.parametrize(("refusals", "place"), [({"cuda": None}, "cuda"), ({"cuda": "no", "gpu": None}, "gpu")])
def test_lightgbm_takes_the_first_device_that_a_trial_succeeds_on(asked, refusals, place):
    asked(**refusals)
    assert lightgbm_device.place_for("cuda") == place
    assert lightgbm_device.place_for("cpu") == "cpu"


def test_a_trial_of_lightgbm_ends_with_its_words():
    assert lightgbm_device.refusal_of("cpu") is None
    assert "no_such_device" in lightgbm_device.refusal_of("no_such_device")


def test_boosters_state_where_they_can_run():
    devices = {info.name: info.devices for info in registry.available()}
    assert devices["xgboost-plain"] == ("cpu", "cuda")
    assert devices["lightgbm-plain"] == ("cpu", "cuda")


@pytest.mark.parametrize("name", BOOSTERS)
def test_a_damaged_file_is_named(make_case, name, tmp_path):
    case = make_case()
    fit(registry.create(name, rounds_unvalidated=2), case.rows, case.y).save(tmp_path)
    file = next(path for path in tmp_path.iterdir() if path.suffix in {".ubj", ".txt"})
    file.write_bytes(b"{ this is no model")
    with pytest.raises(ModelError, match=file.name):
        registry.load(name, tmp_path)
