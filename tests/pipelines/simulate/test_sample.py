"""The shipped sample: it obeys the contract, is clean, and is what its README says it is."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from poregrove.features import describe
from poregrove.pipelines.data.dataset import open_dataset
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.settings import TargetSettings
from poregrove.pipelines.simulate.crossing import connected
from poregrove.pipelines.simulate.sample import sample_folder
from poregrove.pipelines.simulate.shares import shares_of
from poregrove.pipelines.simulate.volumes import draw, generator_of
from poregrove.schema import SCALAR_COLUMNS

README = Path(sample_folder()).parent / "README.md"
MOST_BYTES = 6_000_000


@pytest.fixture(scope="module")
def rows():
    return pd.concat(pd.read_parquet(path) for path in sorted((sample_folder() / "rows").iterdir()))


@pytest.fixture(scope="module")
def seen():
    return observe(open_dataset(sample_folder()), TargetSettings())


@pytest.fixture(scope="module")
def cells(seen):
    return seen.frame[seen.frame["status"] == "success"]


@pytest.fixture(scope="module")
def plan():
    return json.loads((sample_folder() / "identity.json").read_text())


def readme(pattern):
    """The number that the README gives in this place."""
    found = re.search(pattern, README.read_text(encoding="utf-8"))
    assert found, pattern
    return float(found[1].replace(",", ""))


def test_it_is_small_and_whole():
    files = [path for path in sample_folder().parent.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) <= MOST_BYTES
    assert {path.suffix for path in files} == {".py", ".md", ".json", ".tif", ".parquet"}


def test_it_has_what_the_readme_says(rows, cells):
    assert len(rows) == readme(r"\| rows \| ([\d,]+)")
    assert rows["filename"].nunique() == readme(r"\| volumes \| (\d+)") >= 60
    assert rows["param_id"].nunique() == readme(r"\| designs \| (\d+)") >= 32
    assert (rows["status"] == "not_simulated").sum() == readme(r"\| volumes without a pore path \| (\d+)")
    assert (rows["status"] == "failed").sum() == readme(r"\| failed cells \| (\d+)")
    for status in ("measured", "projected", "censored"):
        assert (cells["cycle_life_status"] == status).sum() == readme(rf"\| lives {status} \| (\d+)")


def test_the_readme_gives_the_plan_that_made_it(plan):
    command = re.search(r"poregrove simulate (.*)", README.read_text(encoding="utf-8"))[1]
    options = dict(re.findall(r"--([a-z-]+) (\S+)", command))
    for name in ("volumes", "designs", "size", "seed", "rows-per-volume"):
        assert int(options[name]) == plan[name.replace("-", "_")]


def test_the_shares_are_those_of_the_readme():
    shares = shares_of(sample_folder())
    for target, row in shares.iterrows():
        for column, value in enumerate(row):
            before = r" \| [\d.]+" * column
            assert 100 * value == pytest.approx(readme(rf"\| {re.escape(target)}{before} \| ([\d.]+)"), abs=0.06)
    assert (
        shares.loc[["projected_cycle_life", "initial_dcir", "nominal_capacity", "mean_discharge_voltage"], "volume"]
        > 0.1
    ).all()


def test_volumes_and_designs_are_crossed_evenly(cells):
    pairs = tuple(zip(cells["sample_id"], cells["param_id"], strict=True))
    assert len(set(pairs)) == len(pairs)
    assert cells.groupby("sample_id").size().between(7, 16).all()
    uses = cells.groupby("param_id").size()
    assert uses.max() - uses.min() <= 2
    assert connected(pairs)


def test_images_are_distinct_and_as_porous_as_said(rows, plan):
    masks = {}
    for name, porosity in rows.groupby("filename")["porosity"].first().items():
        voxels = tifffile.imread(sample_folder() / "images" / name)
        assert voxels.shape == (plan["size"],) * 3
        assert voxels.dtype == np.uint8
        assert set(np.unique(voxels)) == {0, 255}
        assert (voxels == 255).mean() == porosity
        masks[voxels.tobytes()] = name
    assert len(masks) == rows["filename"].nunique()


def test_transport_is_that_of_the_images(rows):
    # A few volumes; all were checked when the sample was made.
    volumes = rows.groupby("filename").first()
    for name in volumes.index[::9]:
        mask = tifffile.imread(sample_folder() / "images" / name) == 255
        found = describe(mask, columns=("porosity", "tortuosity_factor_z", "relative_diffusivity_z"))
        assert volumes.loc[name, "tau_factor"] == pytest.approx(found["tortuosity_factor_z"], rel=1e-4, nan_ok=True)
        if found["relative_diffusivity_z"] > 0:
            assert volumes.loc[name, "D_eff"] == pytest.approx(found["relative_diffusivity_z"], rel=1e-4)


def test_microstructure_columns_agree_with_each_other(rows):
    closed = rows["status"] == "not_simulated"
    assert rows.loc[closed, ["tau_factor", "D_eff", "bruggeman_derived"]].isna().all(axis=None)
    rest = rows[~closed]
    assert np.allclose(rest["D_eff"], rest["porosity"] / rest["tau_factor"])
    assert np.allclose(rest["bruggeman_derived"], 1 - np.log(rest["tau_factor"]) / np.log(rest["porosity"]))
    assert rest["tau_factor"].min() > 1


def test_images_come_from_the_generators(plan):
    for number in (0, 2, plan["volumes"] - 1):
        generator = generator_of(number, plan["volumes"], tuple(plan["generators"]))
        _, mask, _ = draw(generator, plan["size"], seed=plan["seed"], number=number)
        voxels = tifffile.imread(sample_folder() / "images" / f"sample_{number:05d}.tif")
        assert np.array_equal(mask, voxels == 255)


def test_every_target_is_defined_for_every_cell(cells, seen):
    assert seen.current_sign == 1
    assert cells["leading_rest"].all()
    assert (cells["dcir_method"] == "rest_to_discharge").all()
    names = ["projected_cycle_life", "capacity_fade_rate", "initial_dcir", "capacity_retention", "nominal_capacity"]
    assert cells[[*names, "mean_discharge_voltage", "mean_discharge_voltage_time"]].notna().all(axis=None)
    assert (cells["trend_dropped"] == 0).all()


def test_no_scalar_is_constant(cells):
    assert (cells[list(SCALAR_COLUMNS)].nunique() == cells["param_id"].nunique()).all()


def test_sample_mean_and_time_mean_of_the_voltage_agree(cells):
    ranks = cells[["mean_discharge_voltage", "mean_discharge_voltage_time"]].rank()
    assert ranks.corr().iloc[0, 1] > 0.99
