"""The run table of rows: what is kept, what is left out, and under which name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from poregrove.pipelines.data.designs import design_digests
from poregrove.pipelines.tables.rows import build_rows, count_left_out
from poregrove.schema import ROWS, SCALAR_COLUMNS


def test_has_cell_rows_in_order_then_one_row_a_distinct_volume(world):
    rows = build_rows(world.observations, world.volumes)
    n = len(world.observations)
    assert list(rows.columns) == list(ROWS.names)
    assert rows["row"].tolist() == [*range(n + 12)]
    cells, distinct = rows[:n], rows[n:]
    assert cells["param_id"].notna().all()
    assert distinct["param_id"].isna().all()
    assert distinct["design_digest"].isna().all()
    assert cells[["tau_factor", "porosity", "d_eff", "bruggeman_exponent"]].isna().all(axis=None)
    assert distinct["projected_cycle_life"].isna().all()
    expected = world.observations.groupby("filename")["tau_factor"].first()
    np.testing.assert_array_equal(distinct["tau_factor"], expected)
    np.testing.assert_array_equal(cells["projected_cycle_life"], world.observations["projected_cycle_life"])


def test_keeps_the_types_of_keys_and_survives_parquet(world, tmp_path):
    rows = build_rows(world.observations, world.volumes)
    assert rows["sample_id"].dtype == np.int64
    assert str(rows["param_id"].dtype) == "Int64"
    assert rows["row"].dtype == np.int32
    rows.to_parquet(tmp_path / "rows.parquet")
    again = pd.read_parquet(tmp_path / "rows.parquet")
    assert again["param_id"].dtype == rows["param_id"].dtype
    assert (again.isna() == rows.isna()).all(axis=None)
    assert ((again == rows) | rows.isna()).fillna(value=True).all(axis=None)


def test_takes_text_keys(world):
    named = world.observations.assign(param_id="p" + world.observations["param_id"].astype(str))
    rows = build_rows(named, world.volumes)
    assert rows["param_id"].iloc[0].startswith("p")
    assert rows["param_id"].iloc[-1] is None or pd.isna(rows["param_id"].iloc[-1])


def test_failed_rows_keep_what_the_volume_says_and_nothing_of_the_cell(world):
    world.observations.loc[:23, "failed"] = True
    rows = build_rows(world.observations, world.volumes)
    assert rows.loc[:23, ["projected_cycle_life", "nominal_capacity"]].isna().all(axis=None)
    assert rows.loc[24:287, "projected_cycle_life"].notna().all()
    assert rows.loc[288, "volume_digest"] == "v000"
    assert np.isfinite(rows.loc[288, "tau_factor"])


def test_leaves_out_missing_unreadable_and_impossible_and_counts_each_once(world):
    world.volumes.loc[0, "status"] = "missing"
    world.volumes.loc[1, "status"] = "unreadable"
    world.volumes.loc[[0, 1], ["volume_digest", "percolates"]] = [None, False]
    world.volumes.loc[2, "percolates"] = False
    world.observations.loc[24 * 11 :, "filename"] = "never seen.tif"
    left = count_left_out(world.observations, world.volumes)
    assert (left.missing_image, left.unreadable_image, left.impossible_cell, left.total) == (48, 24, 24, 96)
    rows = build_rows(world.observations, world.volumes)
    cells = rows[rows["design_digest"].notna()]
    assert len(cells) == 288 - 96
    assert cells["row"].iloc[0] == 72
    distinct = rows[rows["design_digest"].isna()]
    assert distinct["volume_digest"].tolist() == [f"v{number:03d}" for number in range(2, 11)]
    assert distinct["row"].tolist() == [*range(288, 297)]

    kept = build_rows(world.observations, world.volumes, non_percolating="keep")
    assert kept["design_digest"].notna().sum() == 288 - 72
    assert count_left_out(world.observations, world.volumes, non_percolating="keep").impossible_cell == 0


def test_one_row_serves_files_of_the_same_voxels_by_their_median(world):
    world.volumes.loc[3, ["volume_digest", "canonical_digest"]] = "v002"
    world.observations.loc[world.observations["filename"] == "sample_002.tif", "porosity"] = 0.4
    world.observations.loc[world.observations["filename"] == "sample_003.tif", "porosity"] = 0.5
    rows = build_rows(world.observations, world.volumes)
    distinct = rows[rows["design_digest"].isna()]
    assert len(distinct) == 11
    assert distinct.set_index("volume_digest").loc["v002", "porosity"] == pytest.approx(0.45)


def test_designs_are_the_same_at_nine_significant_digits():
    frame = pd.DataFrame(np.full((6, 15), 1e-15), columns=list(SCALAR_COLUMNS))
    frame.iloc[1, 0] *= 1 + 1e-11
    frame.iloc[2, 0] *= 1 + 1e-7
    frame.iloc[3, 3] = 0.0
    frame.iloc[4, 3] = -0.0
    frame.iloc[5, 3] = np.nan
    digests = design_digests(frame)
    assert digests[0] == digests[1] != digests[2]
    assert digests[3] == digests[4] != digests[5]
    assert digests.map(len).eq(64).all()
