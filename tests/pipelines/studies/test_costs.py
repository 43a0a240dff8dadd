"""Seconds add up, and growth is found where it is known."""

import numpy as np
import pandas as pd
import pytest

from poregrove.pipelines.scoring.losses import prediction_files
from poregrove.pipelines.training.growth import growth_of
from poregrove.pipelines.training.predictions import read_record
from poregrove.schema import COSTS

SIZES = [100, 200, 400, 800, 1600]


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.3, 3.0])
def test_the_exponent_of_made_up_timings_is_found(exponent):
    growth = growth_of(SIZES, [3e-4 * n**exponent for n in SIZES])
    assert growth.exponent == pytest.approx(exponent)
    assert (growth.low, growth.high) == (pytest.approx(exponent), pytest.approx(exponent))
    assert growth.times(100, 1_600_000, "low") == pytest.approx(16_000**exponent)
    assert growth.times(100, 1_600_000, "high") == pytest.approx(16**exponent * 1000 ** max(exponent, 1.0))
    assert growth.times(3200, 6400, "low") == pytest.approx(2**exponent)
    if exponent > 1:
        assert growth.times(100, 1_600_000) == pytest.approx(16_000**exponent)


def test_fits_that_mostly_start_go_on_by_what_a_row_adds():
    """seconds = 0.01 + 1e-5 rows: its slope in logarithms says .4, which no large fit would keep to."""
    seconds = [0.01 + 1e-5 * n for n in SIZES]
    growth = growth_of(SIZES, seconds)
    assert 0.2 < growth.low < growth.exponent < growth.high < 0.8
    assert growth.per_row == pytest.approx(1e-5)
    assert growth.times(100, 800) == pytest.approx((0.01 + 800e-5) / (0.01 + 100e-5))
    assert growth.times(100, 1_600_000) == pytest.approx((0.01 + 16.0) / (0.01 + 100e-5))
    likely, low, high = (growth.times(100, 1_600_000, bound) for bound in ("likely", "low", "high"))
    assert low < likely < high


def test_noisy_timings_give_a_range_around_the_exponent():
    rng = np.random.default_rng(0)
    growth = growth_of(SIZES, [n**1.2 * np.exp(rng.normal(0, 0.1)) for n in SIZES])
    assert growth.low < 1.2 < growth.high
    assert growth.low <= growth.exponent <= growth.high


def test_two_sizes_tell_no_growth():
    assert growth_of(SIZES[:2], [1.0, 2.0]) is None


def test_seconds_are_the_sums_of_the_jobs(studied):
    world, _ = studied
    costs = world.table("costs")
    assert tuple(costs.columns) == COSTS.names
    records = [read_record(job.file(world.folder)) for job in prediction_files(world.folder)]
    frame = pd.DataFrame(records)
    for row in costs.itertuples():
        own = frame[(frame["model"] == row.model) & (frame["features"] == row.features)]
        assert row.seconds_fit == pytest.approx(own["cpu_seconds_fit"].sum())
        assert row.n_fits == own["n_fits"].sum()
        assert row.fit_per_thousand == pytest.approx(1000 * row.seconds_fit / own["n_rows_fit"].sum())
        assert row.predict_per_thousand == pytest.approx(1000 * row.seconds_predict / own["n_rows_predict"].sum())
        assert row.peak_memory_bytes == own["peak_memory_bytes"].max() > 1e7
    assert set(costs["model"]) == {"mean", "design-mean", "ridge", "lightgbm-plain"}
    assert costs["seconds_features"].to_list() == [96.0 if "morphology" in name else 0.0 for name in costs["features"]]


def test_rows_are_counted_fit_by_fit(studied):
    """48 volumes x 12 designs, leave a third of the volumes out: 384 rows a fit, 576 predicted a repeat."""
    world, _ = studied
    record = next(
        read_record(job.file(world.folder))
        for job in prediction_files(world.folder)
        if (job.model, job.features, job.regime, job.target)
        == ("lightgbm-plain", "scalars", "new-structure", "projected_cycle_life")
    )
    assert (record["n_fits"], record["n_rows_fit"], record["n_rows_predict"]) == (6, 6 * 384, 2 * 576)


def test_projections_hold_linear_growth_and_count_the_descriptors(studied):
    costs = studied[0].table("costs").set_index(["model", "features"])
    ridge = costs.loc["ridge", "scalars+morphology"]
    assert ridge["projected_low"] <= ridge["projected_seconds"] <= ridge["projected_high"]
    # 96 seconds for 48 volumes are two a volume
    assert ridge["projected_low"] > 2 * 15_000
    assert "growth timed from" in ridge["note"]
    assert costs.loc["mean", "none"]["projected_seconds"] < 2 * 15_000
