"""Predictions of a bundle: the same elsewhere, labelled by what is new, with warnings where training never was."""

import json
import logging
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import tifffile

from poregrove.errors import DataSetError, SettingsError
from poregrove.features import load_volume
from poregrove.pipelines import load_bundle
from poregrove.pipelines.bundle.predict_files import predict_data_set
from poregrove.pipelines.bundle.queries import of_volumes
from poregrove.pipelines.simulate.microstructures import gaussian_random_field
from poregrove.schema import MAIN_REGIMES, SCALARS

CELL_TARGETS = ("projected_cycle_life", "initial_dcir")
VOLUME_TARGETS = ("tau_factor", "porosity")
ELSEWHERE = """
import sys
from poregrove.pipelines import load_bundle
from poregrove.pipelines.bundle.predict_files import predict_data_set
predict_data_set(sys.argv[1], __import__("pathlib").Path(sys.argv[2]), __import__("pathlib").Path(sys.argv[3]), device="cpu", workers=1)
"""


@pytest.fixture(scope="module")
def bundle(finished):
    return load_bundle(finished.bundle)


@pytest.fixture(scope="module")
def known(bundle, finished):
    """Predictions for all training volumes with all training designs."""
    return bundle.predict(finished.images, finished.designs, device="cpu")


def new_mask(porosity=0.6, seed=77):
    return gaussian_random_field((16, 16, 16), porosity=porosity, correlation_length=2.0, seed=seed)


def new_design(finished):
    design = finished.designs.median().to_frame().T
    return design


def test_another_process_predicts_the_same(finished, tmp_path):
    here = predict_data_set(finished.bundle, finished.data, tmp_path / "here.parquet", device="cpu", workers=1)
    subprocess.run(
        [sys.executable, "-W", "error", "-c", ELSEWHERE, finished.bundle, finished.data, tmp_path / "there.parquet"],
        check=True,
    )
    there = pd.read_parquet(tmp_path / "there.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "here.parquet"), there)
    assert len(here) == len(finished.cells)


def test_a_booster_predicts_what_its_own_library_reads_from_the_file(bundle, finished):
    """XGBoost's file read by XGBoost alone, on the matrix built by hand from the run's tables."""
    import xgboost

    entry = next(
        item
        for item in bundle.manifest.models
        if item.chosen.model == "xgboost" and item.chosen.target == "initial_dcir" and "booster" in item.chosen.roles
    )
    folder = bundle.folder / entry.folder
    columns = bundle.manifest.columns[entry.columns]
    frame = json.loads((folder / "model.json").read_text())
    assert tuple(frame["columns"]) == columns.names
    features = pd.read_parquet(finished.run / "features.parquet").set_index("volume_digest")
    cells = finished.cells.rename(columns={scalar.column: scalar.name for scalar in SCALARS}).iloc[:20]
    by_volume = features.loc[cells["volume_digest"], list(columns.descriptors)].to_numpy()
    by_design = cells[list(columns.designs)].to_numpy()
    values = {name: features.loc[cells["volume_digest"], name].to_numpy() for name in features.columns[1:]}
    values |= {scalar.name: cells[scalar.name].to_numpy() for scalar in SCALARS}
    joined = np.stack([bundle.quantities[name].compute(values) for name in columns.joined], axis=1)
    matrix = np.concatenate([by_volume, by_design, joined], axis=1).astype(np.float32)
    output = xgboost.Booster(model_file=folder / "model.ubj").predict(xgboost.DMatrix(matrix))
    predicted = bundle.predict(finished.images, finished.designs, model="xgboost", device="cpu")
    found = predicted.set_index(["volume_digest", "design_digest"])["initial_dcir"]
    keys = list(zip(cells["volume_digest"], cells["design_digest"], strict=True))
    np.testing.assert_allclose(found.loc[keys], frame["offset"] + frame["scale"] * output, rtol=1e-5)


def test_training_rows_are_inside_and_near(known, bundle):
    assert set(known["regime"]) == {"random"}
    assert (known["outside"] == "").all()
    assert known["distance"].max() < 1e-6
    assert not known["distant"].any()
    for name in CELL_TARGETS:
        assert set(known[f"{name}_regime"]) == {"random"}
    for name in VOLUME_TARGETS:
        assert set(known[f"{name}_regime"]) == {"new-structure"}
    assert set(bundle.targets) == {*CELL_TARGETS, *VOLUME_TARGETS}


def test_intervals_cover_new_cells_of_a_known_law(bundle, finished):
    """The clean set's resistance is 0.01 + 0.004 s / porosity and what the charge of one step adds; s the diffusivity."""
    rng = np.random.default_rng(5)
    cells = finished.cells
    porosity = pd.read_parquet(finished.run / "features.parquet").set_index("volume_digest")["porosity"]

    def law(diffusivity, share):
        return 0.01 + 0.004 * diffusivity / share

    known = law(cells["Electrolyte diffusivity [m2.s-1]"], porosity.loc[cells["volume_digest"]].to_numpy())
    step = (cells["initial_dcir"] - known).to_numpy()
    assert step == pytest.approx(np.full(len(step), step[0]), abs=1e-9)
    masks = [new_mask(share, seed) for seed, share in enumerate(rng.uniform(0.45, 0.8, 6), start=300)]
    designs = pd.DataFrame(np.exp(rng.normal(0.0, 0.5, (60, 15))), columns=finished.designs.columns)
    designs *= [1e-5 if name.endswith("[m]") else 1.0 for name in designs.columns]
    found = bundle.predict(masks, designs, device="cpu")
    truth = step[0] + law(
        np.tile(designs["Electrolyte diffusivity [m2.s-1]"], len(masks)),
        np.repeat([mask.mean() for mask in masks], len(designs)),
    )
    inside = (found["initial_dcir_lo"] <= truth) & (truth <= found["initial_dcir_hi"])
    assert set(found["initial_dcir_regime"]) == {"new-both"}
    assert 0.8 <= inside.mean() <= 1.0
    spread = truth.std()
    assert (found["initial_dcir_hi"] - found["initial_dcir_lo"]).median() < 8 * spread


@pytest.mark.parametrize("new_volume", [False, True])
@pytest.mark.parametrize("new_vector", [False, True])
def test_the_regime_says_what_is_new(bundle, finished, new_volume, new_vector):
    volume = new_mask() if new_volume else finished.images[0]
    design = new_design(finished) if new_vector else finished.designs.iloc[[0]]
    expected = {(0, 0): "random", (1, 0): "new-structure", (0, 1): "new-design", (1, 1): "new-both"}
    found = bundle.predict(volume, design, device="cpu").iloc[0]
    assert found["regime"] == expected[new_volume, new_vector]
    for name in CELL_TARGETS:
        assert found[f"{name}_regime"] == expected[new_volume, new_vector]
        assert found[f"{name}_lo"] <= found[name] <= found[f"{name}_hi"]


def test_what_is_new_in_both_ways_has_the_width_of_its_own_residuals(bundle, finished):
    """Half widths are quantiles of |out-of-fold residual| by groups, computed here a second time from the tables."""
    found = bundle.predict(new_mask(), new_design(finished), device="cpu").iloc[0]
    entry = next(
        item
        for item in bundle.manifest.models
        if item.chosen.target == "initial_dcir" and item.chosen.regime == "new-both" and "best" in item.chosen.roles
    )
    made = pd.read_parquet(finished.run / "predictions").astype({"model": str, "features": str, "regime": str})
    made = made[
        (made["target"] == "initial_dcir")
        & (made["model"] == entry.chosen.model)
        & (made["features"] == entry.chosen.features)
        & (made["regime"] == "new-both")
    ]
    rows = finished.cells.set_index("row").loc[made["row"]]
    error = np.abs(made["y_pred"].to_numpy(np.float64) - rows["initial_dcir"].to_numpy())
    width = 0.0
    for column in ("volume_digest", "design_digest"):
        groups = [np.sort(error[(rows[column] == name).to_numpy()]) for name in rows[column].unique()]
        bounds = np.sort(error)
        share = [sum((group <= bound).mean() for group in groups) / (len(groups) + 1) for bound in bounds]
        width = max(width, bounds[np.argmax(np.array(share) >= 0.9 - 1e-9)])
    assert found["initial_dcir_hi"] - found["initial_dcir"] == pytest.approx(width, rel=1e-6)
    assert found["initial_dcir"] - found["initial_dcir_lo"] == pytest.approx(width, rel=1e-6)


def test_levels_nest_and_one_that_groups_do_not_suffice_for_is_nan_with_its_reason(bundle, finished):
    """Twelve groups bound 12/13 of new groups' rows: 90 %, not 95 %."""
    asked = (new_mask(), new_design(finished))
    half, ninety = (bundle.predict(*asked, level=level, device="cpu").iloc[0] for level in (0.5, 0.9))
    assert ninety["projected_cycle_life_lo"] < half["projected_cycle_life_lo"]
    assert half["projected_cycle_life_hi"] < ninety["projected_cycle_life_hi"]
    most = bundle.predict(*asked, level=0.95, device="cpu").iloc[0]
    assert np.isfinite(most["projected_cycle_life"])
    assert np.isnan(most["projected_cycle_life_lo"])
    assert most["projected_cycle_life_reason"] == "too_few_groups"
    with pytest.raises(SettingsError, match=r"level is one of 0\.5, 0\.8, 0\.9, 0\.95"):
        bundle.predict(*asked, level=0.99, device="cpu")


def test_inputs_beyond_training_are_named_and_said_in_the_log(bundle, finished, caplog):
    design = finished.designs.iloc[[0]].copy()
    design["Separator porosity"] = finished.designs["Separator porosity"].max() * 1.01
    with caplog.at_level(logging.WARNING, logger="poregrove"):
        found = bundle.predict(finished.images[0], design, device="cpu").iloc[0]
    assert found["outside"] == "separator_porosity"
    assert "1 of 1 rows lie outside the training range, in separator_porosity" in caplog.text
    with caplog.at_level(logging.WARNING, logger="poregrove"):
        found = bundle.predict(new_mask(0.9), finished.designs.iloc[[0]], device="cpu").iloc[0]
    assert "porosity" in found["outside"].split(";")
    assert found["distant"]
    assert found["distance"] > 1
    assert "1 of 1 rows have a volume unlike those of training" in caplog.text


def test_training_rows_give_no_warning(bundle, finished, caplog):
    with caplog.at_level(logging.WARNING, logger="poregrove"):
        bundle.predict(finished.images, finished.designs, device="cpu")
    assert not caplog.records


def test_a_volume_of_the_same_kind_is_not_distant(bundle):
    """Fields of the generator that made the training volumes, at porosities inside their range."""
    found = bundle.predict([new_mask(0.6, seed) for seed in range(200, 208)], device="cpu")
    assert found["distant"].mean() <= 0.25
    assert found["distance"].min() > 0


def test_a_volume_without_a_path_has_no_cells_and_no_tortuosity(bundle, finished):
    blocked = new_mask().copy()
    blocked[8] = False
    found = bundle.predict(blocked, finished.designs.iloc[[0]], device="cpu").iloc[0]
    for name in (*CELL_TARGETS, "tau_factor"):
        assert np.isnan(found[[name, f"{name}_lo", f"{name}_hi"]].astype(float)).all()
        assert found[f"{name}_reason"] == "not_percolating"
    assert np.isfinite(found["porosity"])
    assert "percolates_z" in found["outside"].split(";")


def test_a_volume_that_cannot_be_read_gets_rows_that_say_so(bundle, finished, tmp_path):
    (tmp_path / "broken.tif").write_bytes(b"no TIFF")
    given = [tmp_path / "broken.tif", finished.images[0], np.zeros((4, 4))]
    found = bundle.predict(given, finished.designs.iloc[:2], device="cpu")
    assert len(found) == 6
    broken = found.iloc[[0, 1, 4, 5]]
    assert set(broken["porosity_reason"]) == set(broken["initial_dcir_reason"]) == {"unreadable_volume"}
    assert broken[["porosity", "porosity_lo", "initial_dcir", "distance"]].isna().all(axis=None)
    assert "broken.tif" in found["reason"].iloc[0]
    assert "three dimensions" in found["reason"].iloc[5]
    assert found["initial_dcir"].iloc[2:4].notna().all()
    assert found["reason"].iloc[2:4].isna().all()


def test_a_design_with_a_gap_is_not_guessed(bundle, finished):
    designs = finished.designs.iloc[:2].copy()
    designs.loc[designs.index[1], "Separator porosity"] = np.nan
    found = bundle.predict(finished.images[0], designs, device="cpu")
    assert found["initial_dcir"].notna().tolist() == [True, False]
    assert found["initial_dcir_reason"].tolist()[1] == "scalar_missing"
    assert found["porosity"].notna().all()


def test_without_designs_only_what_the_volume_decides_is_predicted(bundle, finished):
    found = bundle.predict(finished.images, device="cpu")
    assert len(found) == len(finished.images)
    assert set(VOLUME_TARGETS) <= set(found.columns)
    assert not set(CELL_TARGETS) & set(found.columns)
    assert found["design_digest"].isna().all()


def test_files_arrays_and_volumes_are_the_same(bundle, finished):
    path, design = finished.images[0], finished.designs.iloc[:1]
    mask = tifffile.imread(path) == 255
    others = [path, mask, tifffile.imread(path), load_volume(path, pore=(255,))]
    found = bundle.predict(others, design, device="cpu").drop(columns="filename")
    for position in range(1, len(others)):
        pd.testing.assert_series_equal(found.iloc[position], found.iloc[0], check_names=False)


def test_designs_go_by_column_prefixed_or_short_names(bundle, finished):
    design = finished.designs.iloc[[3]]
    spellings = [
        design,
        design.rename(columns=lambda name: f"input_{name}"),
        design.rename(columns={scalar.column: scalar.name for scalar in SCALARS}),
        {name: [float(design[name].iloc[0])] for name in design},
    ]
    found = [bundle.predict(finished.images[0], spelt, device="cpu") for spelt in spellings]
    for other in found[1:]:
        pd.testing.assert_frame_equal(other, found[0])
    with pytest.raises(DataSetError, match="'Separator porosity' is missing"):
        bundle.predict(finished.images[0], design.drop(columns="Separator porosity"), device="cpu")


def test_a_model_may_be_asked_for_by_name(bundle, finished):
    found = bundle.predict(finished.images[0], finished.designs, model="xgboost", device="cpu")
    assert found["projected_cycle_life"].notna().all()
    # boosters are kept for the strictest regime, which serves every query
    assert set(found["projected_cycle_life_regime"]) == {"new-both"}
    with pytest.raises(SettingsError, match=r"unknown model 'forest'; the bundle holds best, .*xgboost"):
        bundle.predict(finished.images[0], finished.designs, model="forest", device="cpu")


def test_importing_pipelines_loads_nothing_heavy():
    code = "import sys, poregrove.pipelines; print([n for n in ('pandas','pyarrow','xgboost','scipy') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_a_data_set_without_targets_is_predicted_row_by_row(bundle, finished, tmp_path):
    """Keys come along, and the phase is found from the stated porosity though it is the other way round here."""
    (tmp_path / "images").mkdir()
    mask = tifffile.imread(finished.images[1]) == 255
    tifffile.imwrite(tmp_path / "images" / "a.tif", np.where(mask, 0, 255).astype(np.uint8), photometric="minisblack")
    rows = finished.designs.iloc[[4, 2]].assign(filename="a.tif", param_id=["four", "two"], porosity=mask.mean())
    rows.to_parquet(tmp_path / "rows.parquet")
    found = predict_data_set(bundle.folder, tmp_path, tmp_path / "out.parquet", device="cpu", workers=1)
    expected = bundle.predict(finished.images[1], finished.designs.iloc[[4, 2]], device="cpu")
    assert found["param_id"].tolist() == ["four", "two"]
    pd.testing.assert_frame_equal(
        found.drop(columns=["sample_id", "param_id", "filename"]), expected.drop(columns="filename")
    )
    written = pd.read_parquet(tmp_path / "out.parquet")
    assert list(written.columns) == list(found.columns)
    assert list(written["regime"].cat.categories) == list(MAIN_REGIMES)


def test_a_table_tells_who_answered_and_in_what_unit(bundle, finished, tmp_path):
    """By name in every row, in the metadata of Parquet, and in the heads of CSV, which pandas reads without an option."""
    asked = {"designs": tmp_path / "designs.csv", "device": "cpu", "workers": 1}
    finished.designs.head(2).to_csv(asked["designs"], index=False)
    images = finished.images[1]
    table = predict_data_set(bundle.folder, images, tmp_path / "p.parquet", **asked)
    predict_data_set(bundle.folder, images, tmp_path / "p.csv", **asked)
    best = [item.chosen for item in bundle.manifest.models if "best" in item.chosen.roles]
    chosen = {(item.target, item.regime): item for item in best}
    schema = pq.read_schema(tmp_path / "p.parquet")
    written = pd.read_csv(tmp_path / "p.csv")
    assert len(written.columns) == len(table.columns)
    for name in bundle.targets:
        (regime,) = set(table[f"{name}_regime"])
        expected = chosen[name, regime]
        assert set(table[f"{name}_model"]) == {expected.model}
        assert set(table[f"{name}_features"]) == {expected.features}
        unit = bundle.manifest.contract.target(name).unit
        for suffix in ("", "_lo", "_hi"):
            assert schema.field(name + suffix).metadata[b"unit"].decode() == unit
            head = f"{name}{suffix}" if unit == "-" else f"{name}{suffix} [{unit}]"
            assert written[head].to_numpy() == pytest.approx(table[name + suffix].to_numpy(), nan_ok=True)
        assert written[f"{name}_model"].tolist() == table[f"{name}_model"].tolist()
    assert written["initial_dcir [ohm]"].notna().all()


def test_a_row_without_an_answer_names_nobody(bundle, finished):
    found = bundle.predict([finished.data / "images" / "none.tif"], finished.designs.head(1), device="cpu")
    assert found["porosity_model"].isna().all()
    assert found["initial_dcir_features"].isna().all()


def test_a_model_that_was_asked_for_by_name_is_the_one_that_answers(bundle, finished):
    found = bundle.predict(finished.images[0], finished.designs.head(1), model="xgboost", device="cpu")
    assert set(found["initial_dcir_model"]) == {"xgboost"}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_short_names_of_scalars_go_in_at_every_door(bundle, finished, tmp_path, ending):
    short = {scalar.column: scalar.name for scalar in SCALARS}
    designs = finished.designs.head(2)
    expected = bundle.predict(finished.images[0], designs, device="cpu")
    named = designs.rename(columns=short)
    pd.testing.assert_frame_equal(bundle.predict(finished.images[0], named, device="cpu"), expected)
    table = tmp_path / f"designs.{ending}"
    named.to_csv(table, index=False) if ending == "csv" else named.to_parquet(table)
    asked = {"device": "cpu", "workers": 1}
    found = predict_data_set(bundle.folder, finished.images[0], designs=table, **asked)
    expected["filename"] = finished.images[0].name
    pd.testing.assert_frame_equal(found[expected.columns], expected)
    data = tmp_path / "data"
    data.mkdir()
    named.assign(filename=finished.images[0].name).to_parquet(data / "rows.parquet")
    found = predict_data_set(bundle.folder, data, images=finished.data / "images", **asked)
    pd.testing.assert_frame_equal(found[expected.columns], expected)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_volumes_are_crossed_with_a_table_of_designs(bundle, finished, tmp_path, ending):
    designs = finished.designs.iloc[:3].assign(param_id=[7, 8, 9], remark="x")
    table = tmp_path / f"designs.{ending}"
    designs.to_csv(table, index=False) if ending == "csv" else designs.to_parquet(table)
    found = predict_data_set(
        bundle.folder, finished.data / "images", tmp_path / "out.parquet", designs=table, device="cpu", workers=1
    )
    assert len(found) == 3 * len(finished.images)
    assert found["param_id"].tolist()[:4] == [7, 8, 9, 7]
    assert found["filename"].iloc[3] == "sample_00001.tif"
    assert set(found["regime"]) == {"random"}


def test_designs_that_cannot_be_used_are_refused_by_name(bundle, finished, tmp_path):
    table = tmp_path / "designs.csv"
    finished.designs.drop(columns="Separator porosity").to_csv(table, index=False)
    with pytest.raises(DataSetError, match=r"designs\.csv: 1 required column is missing(.|\n)*Separator porosity"):
        predict_data_set(bundle.folder, finished.images[0], tmp_path / "out.parquet", designs=table)
    with pytest.raises(DataSetError, match="expected a readable CSV or Parquet"):
        predict_data_set(bundle.folder, finished.images[0], tmp_path / "out.parquet", designs=tmp_path / "none.csv")
    with pytest.raises(DataSetError, match="expected a volume or a folder of them"):
        predict_data_set(bundle.folder, tmp_path / "nothing", tmp_path / "out.parquet", designs=table)
    assert not (tmp_path / "out.parquet").exists()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"model": "nope"}, "unknown model 'nope'"),
        ({"level": 0.7}, "level is one of"),
    ],
)
def test_what_nothing_can_answer_is_refused_before_a_volume_is_described(bundle, finished, monkeypatch, asked, said):
    monkeypatch.setattr(type(bundle), "_extract", lambda *_, **__: pytest.fail("a volume was described"))
    query = of_volumes(finished.images[0], None, bundle.manifest.phase, bundle.manifest.volume)
    with pytest.raises(SettingsError, match=said):
        bundle.predict_query(query, **asked)


def test_targets_that_all_need_a_design_ask_for_one(bundle, finished):
    cells = [item for item in bundle.manifest.models if item.chosen.target == "initial_dcir"]
    alone = replace(bundle, manifest=replace(bundle.manifest, models=tuple(cells)))
    with pytest.raises(SettingsError, match=r"initial_dcir: predicted from a volume and a design; give designs"):
        alone.predict(finished.images[:1], device="cpu")
