"""The gallery: which volumes are shown and why, and fields that are those of closed forms."""

import numpy as np
import pandas as pd
import pytest
import tifffile

from poregrove.features import describe
from poregrove.pipelines.data.phase import PoreConvention, parse_pore
from poregrove.pipelines.settings import VolumeSettings
from poregrove.pipelines.studies.gallery import (
    EXTREMES,
    MAX_VOLUMES,
    GalleryItem,
    choose,
    flux_field,
    shown,
    thickness_field,
    worst_predicted,
    write_gallery,
)
from poregrove.schema import GALLERY

NAMED = PoreConvention("named", named=parse_pore("255"))


def features(**columns):
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"volume_digest": [f"v{i}" for i in range(n)], "status": "ok"} | columns)


def roles(sights):
    return {sight.digest: sight.roles for sight in sights}


def test_the_typical_volume_is_in_the_middle_and_the_extremes_at_the_ends():
    table = features(
        porosity=[0.1, 0.3, 0.4, 0.5, 0.7], tortuosity_factor_z=[9.0, 3.0, 2.5, 2.0, 1.2], percolates_z=[1.0] * 5
    )
    found = roles(choose(table))
    assert found["v2"] == ("typical",)
    assert found["v0"] == ("least porous", "most tortuous")
    assert found["v4"] == ("most porous", "least tortuous")
    assert set(found) == {"v0", "v2", "v4"}


def test_a_closed_volume_is_shown_and_takes_no_part_in_tortuosity():
    table = features(porosity=[0.1, 0.2, 0.6], tortuosity_factor_z=[np.nan, 3.0, 1.5], percolates_z=[0.0, 1.0, 1.0])
    found = roles(choose(table))
    assert found["v0"] == ("no way through", "least porous")
    assert "most tortuous" in found["v1"]


def test_without_the_descriptors_that_name_extremes_nothing_but_the_worst_is_shown():
    table = features(euler_number_density=[1.0, 2.0])
    assert choose(table) == ()
    assert roles(choose(table, [GalleryItem("v1", ("worst",))])) == {"v1": ("worst",)}


def test_equal_volumes_have_no_extremes_and_failed_ones_no_part():
    table = features(porosity=[0.4, 0.4, 0.9])
    table.loc[2, "status"] = "failed"
    assert roles(choose(table)) == {"v0": ("typical",)}


def test_never_more_than_a_page_holds_and_every_role_is_kept_of_those_shown():
    random = np.random.default_rng(0)
    columns = {name: random.random(40) for _, name, _ in EXTREMES} | {"percolates_z": np.r_[np.zeros(3), np.ones(37)]}
    found = choose(features(**columns), [GalleryItem(f"v{i}", (f"worst {i}",)) for i in range(30, 33)])
    assert len(found) == MAX_VOLUMES
    assert {"worst 30", "worst 31", "worst 32", "typical", "no way through"} <= {r for s in found for r in s.roles}


def write_comparison(folder, error):
    """Two volumes in three designs, of which the second is predicted ``error`` cycles off."""
    rows = pd.DataFrame({"row": np.arange(6, dtype="int32"), "volume_digest": ["a"] * 3 + ["b"] * 3})
    rows["projected_cycle_life"] = [100.0, 200, 300, 100, 200, np.nan]
    rows.to_parquet(folder / "rows.parquet")
    scores = [
        ("projected_cycle_life", "mean", "none", "new-both", "skill", "raw", 0.9),
        ("projected_cycle_life", "ridge", "scalars", "new-both", "skill", "raw", 0.4),
        ("projected_cycle_life", "xgboost", "scalars", "random", "skill", "raw", 0.8),
    ]
    columns = ["target", "model", "features", "regime", "metric", "scale", "value"]
    pd.DataFrame(scores, columns=columns).to_parquet(folder / "scores.parquet")
    place = folder / "predictions/target=projected_cycle_life/model=ridge/features=scalars/regime=new-both"
    place.mkdir(parents=True)
    predictions = pd.DataFrame({"row": np.arange(5, dtype="int32"), "fold": 0, "repeat": 0})
    predictions["y_pred"] = rows["projected_cycle_life"][:5] + 2.0 + (predictions["row"] > 2) * error
    predictions["y_lo"] = predictions["y_hi"] = np.nan
    place.joinpath("part-0.parquet").write_bytes(predictions.astype({"y_pred": "float32"}).to_parquet())


class Catalog:
    def available(self):
        from poregrove.models import registry

        return [info for info in registry.available() if info.name in ("mean", "ridge", "xgboost")]


@pytest.mark.parametrize(("error", "worst", "times"), [(40.0, "b", "1.9 times"), (-2.0, "a", "2.0 times")])
def test_the_worst_predicted_volume_has_the_largest_mean_error_of_the_best_candidate(tmp_path, error, worst, times):
    """2 and 42: mean 22, 42 / 22 = 1.9; and 2 and 0: mean 1, 2 / 1."""
    write_comparison(tmp_path, error)
    (found,) = worst_predicted(tmp_path, Catalog())
    assert (found.digest, found.roles) == (worst, ("worst predicted projected cycle life",))
    assert times in found.caption
    assert "ridge on scalars, new-both" in found.caption


def test_in_a_slab_the_thickness_is_half_its_width_everywhere():
    """truths: a slab of width 9 or 10 has the radius 5."""
    mask = np.zeros((20, 20, 20), bool)
    mask[:, 5:14] = True
    field, most = thickness_field(mask)
    assert most == 5
    assert np.array_equal(field, np.where(mask, 255, 0))


def test_in_straight_channels_the_flux_is_the_same_everywhere():
    mask = np.zeros((12, 12, 12), bool)
    mask[:, 2:6, 3:8] = True
    field, most = flux_field(mask)
    assert most == pytest.approx(1, abs=1e-4)
    assert field[mask].min() >= 254
    assert not field[~mask].any()


def test_there_is_no_flux_without_a_way_and_no_thickness_without_a_wall():
    closed = np.zeros((8, 8, 8), bool)
    closed[1:7, 2:5] = True
    assert flux_field(closed)[0].size == 0
    for one in (np.zeros((8, 8, 8), bool), np.ones((8, 8, 8), bool)):
        field, most = thickness_field(one)
        assert field.size == 0
        assert np.isnan(most)


def test_a_volume_comes_back_from_its_bits_and_a_large_one_is_thinned(tmp_path, monkeypatch):
    mask = np.random.default_rng(1).random((7, 9, 11)) < 0.6
    tifffile.imwrite(tmp_path / "v.tif", np.where(mask, 255, 0).astype(np.uint8))
    found = shown(tmp_path / "v.tif", NAMED, VolumeSettings(voxel_size=1e-7), "cpu")
    bits = np.unpackbits(np.frombuffer(found["pore"], np.uint8))[: mask.size]
    assert np.array_equal(bits.reshape(7, 9, 11).astype(bool), mask)
    monkeypatch.setattr("poregrove.pipelines.studies.gallery.MAX_EDGE", 6)
    subsample_training = shown(tmp_path / "v.tif", NAMED, VolumeSettings(voxel_size=1e-7), "cpu")
    assert (
        subsample_training["nz"],
        subsample_training["ny"],
        subsample_training["nx"],
        subsample_training["voxel_size"],
    ) == (4, 5, 6, 2e-7)
    bits = np.unpackbits(np.frombuffer(subsample_training["pore"], np.uint8))[: 4 * 5 * 6].astype(bool)
    assert np.array_equal(bits.reshape(4, 5, 6), mask[::2, ::2, ::2])


def test_the_table_has_the_declared_columns_and_describes_its_volumes(tmp_path):
    write_comparison(tmp_path, 40.0)
    random = np.random.default_rng(2)
    sources, table = {}, []
    for digest, porosity in (("a", 0.7), ("b", 0.5)):
        mask = random.random((8, 8, 8)) < porosity
        tifffile.imwrite(tmp_path / f"{digest}.tif", np.where(mask, 255, 0).astype(np.uint8))
        sources[digest] = (f"{digest}.tif", tmp_path / f"{digest}.tif")
        described = describe(mask, columns=["porosity", "percolates_z", "tortuosity_factor_z"], device="cpu")
        table.append({"volume_digest": digest, "status": "ok"} | described)
    pd.DataFrame(table).to_parquet(tmp_path / "features.parquet")
    steps = []
    n = write_gallery(
        tmp_path,
        sources,
        NAMED,
        VolumeSettings(),
        catalog=Catalog(),
        device="cpu",
        progress=lambda *at: steps.append(at),
    )
    found = pd.read_parquet(tmp_path / "gallery.parquet").set_index("volume_digest")
    assert (n, len(found), steps) == (2, 2, [(1, 2), (2, 2)])
    assert list(found.reset_index()[list(GALLERY.names)]) == list(GALLERY.names)
    assert "worst predicted projected cycle life" in found.loc["b", "role"].split("; ")
    for item in table:
        bits = np.unpackbits(np.frombuffer(found.loc[item["volume_digest"], "pore"], np.uint8))
        assert bits.mean() == pytest.approx(item["porosity"])
