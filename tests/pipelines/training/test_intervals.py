"""Conformal intervals of a comparison: what calibrates them, what they cover, and where there are none."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import SettingsError
from poregrove.pipelines.training import conformal_fits
from poregrove.pipelines.training.conformal import Held, bounds
from poregrove.pipelines.training.job import Job
from poregrove.pipelines.training.predictions import read_predictions, read_record

log = logging.getLogger(__name__)

LIFE = "projected_cycle_life"
BEST = "scalars+morphology+transport"
WANTED = {"intervals": ("linear",), "feature_sets": ("scalars", BEST), "targets": (LIFE,)}


def effects(seed, n_volumes=200, n_designs=40):
    """A law with effects of volumes and designs that columns tell in part, their interaction, and noise."""
    rng = np.random.default_rng([seed, 7])
    volumes, designs = rng.normal(0, 40, n_volumes), rng.normal(0, 60, n_designs)
    crossed, noise = rng.normal(0, 25, (n_volumes, n_designs)), rng.normal(0, 15, (n_volumes, n_designs))
    return lambda v, d: 1000 + volumes[v] + designs[d] + crossed[v, d] + noise[v, d]


def bounded_predictions(runner, regime, features=BEST):
    return pd.DataFrame(read_predictions(Job(LIFE, "linear", features, regime).file(runner.folder)))


@pytest.fixture
def crossed(make, runner, models):
    """24 volumes x 24 designs under all four regimes, two repeats."""
    world = make(24, 24, life=effects(0))
    runner.run(world, models["mean"], models["linear"], repeats=2, **WANTED)
    runner.score(models["mean"], models["linear"], repeats=2)
    return runner


def test_the_first_repeat_of_the_richest_set_has_intervals(crossed):
    for regime in ("random", "new-structure", "new-design", "new-both"):
        rich, poor = (bounded_predictions(crossed, regime, name) for name in (BEST, "scalars"))
        first = rich[rich["repeat"] == 0]
        assert ((first["y_lo"] <= first["y_pred"]) & (first["y_pred"] <= first["y_hi"])).all()
        assert rich.loc[rich["repeat"] == 1, ["y_lo", "y_hi"]].isna().all(axis=None)
        # a model that is not calibrated keeps the bounds of its own
        np.testing.assert_allclose(poor["y_hi"] - poor["y_pred"], 1, rtol=1e-3)


def test_the_table_is_what_predictions_and_rows_say(crossed):
    table = crossed.table("intervals").set_index(["features", "regime"])
    rows = crossed.table("rows").set_index("row")
    for regime in ("random", "new-structure", "new-design", "new-both"):
        made = bounded_predictions(crossed, regime).dropna()
        truth = rows.loc[made["row"]]
        inside = made["y_lo"].le(truth[LIFE].to_numpy()) & made["y_hi"].ge(truth[LIFE].to_numpy())
        by_volume = inside.groupby(truth["volume_digest"].to_numpy()).mean().sort_values()
        row = table.loc[(BEST, regime)]
        assert row["method"] == "cv+"
        assert pd.isna(row["reason"])
        assert row["level"] == 0.9
        assert row["coverage"] == pytest.approx(inside.mean())
        assert row["coverage_volumes"] == pytest.approx(by_volume.mean())
        assert row["volumes_covered"] == pytest.approx((by_volume >= 0.9).mean())
        assert row["coverage_worst_decile"] == pytest.approx(by_volume.head(2).mean())
        assert row["width"] == pytest.approx((made["y_hi"] - made["y_lo"]).mean(), rel=1e-6)
        assert (row["n_rows"], row["n_volumes"]) == (576, 24)
        scores = crossed.table("scores").set_index(["features", "regime", "model", "metric", "scale"])["value"]
        assert scores[BEST, regime, "linear", "coverage90", "raw"] == pytest.approx(inside.mean())
    assert table.loc[(BEST, "new-structure"), "n_calibration"] == 19
    assert table.loc[(BEST, "new-both"), "n_calibration"] == 16
    assert set(table.loc["scalars", "method"]) == {"model"}


@pytest.fixture
def watched_parts(make, runner, models, fits, monkeypatch):
    """Run one regime; (what the fit saw, the part, its calibrator) of every fit behind an interval."""
    held, seen = conformal_fits.Calibrator._held, []

    def watched(self, part, y):
        before = len(fits.calls)
        result = held(self, part, y)
        seen.append((fits.calls[before], part, self))
        return result

    def run(regime):
        monkeypatch.setattr(conformal_fits.Calibrator, "_held", watched)
        runner.run(make(24, 24), models["linear"], regimes=(regime,), **WANTED)
        return seen

    return run


@pytest.mark.parametrize("regime", ["new-structure", "new-design", "new-both"])
def test_calibration_shares_nothing_with_fit_or_test(watched_parts, regime):
    seen = watched_parts(regime)
    assert len(seen) == (9 if regime == "new-both" else 5) * 4
    for call, part, own in seen:
        fitted = [call["train"], call["valid"]]
        for name in conformal_fits.HELD_OUT[regime]:
            ids = np.concatenate([getattr(rows, name) for rows in fitted])
            of_table = getattr(own.procedure.table, name)
            assert not np.isin(of_table[part.held], ids).any()
            assert not np.isin(of_table[own.fold.test], ids).any()
            assert not np.isin(of_table[own.fold.test], of_table[part.held]).any()
    parts = [part.held for _, part, own in seen if own is seen[0][2]]
    assert len(np.unique(np.concatenate(parts))) == sum(map(len, parts))


def test_few_groups_have_no_interval_and_say_so(make, runner, models):
    runner.run(make(24, 8), models["linear"], **WANTED)
    runner.score(models["linear"])
    table = runner.table("intervals").set_index(["features", "regime"]).loc[BEST]
    assert table["reason"].dropna().to_dict() == dict.fromkeys(["new-design", "new-both"], "too_few_groups")
    assert table.loc["new-design", ["coverage", "width"]].isna().all()
    assert table.loc["new-design", "n_rows"] == 0
    assert table.loc["new-design", "n_calibration"] == 7
    assert bounded_predictions(runner, "new-design")["y_lo"].isna().all()


def test_large_sets_are_calibrated_on_one_part(make, runner, models, fits, monkeypatch):
    monkeypatch.setattr(conformal_fits, "SPLIT_ROWS", 100)
    changes = {**WANTED, "feature_sets": (BEST,)}
    runner.run(make(60, 10), models["linear"], regimes=("new-structure",), **changes)
    assert len(fits.calls) == 5 * 2
    record = read_record(Job(LIFE, "linear", BEST, "new-structure").file(runner.folder))
    assert (record["interval_method"], record["n_calibration"]) == ("split", 12)
    assert record["seconds_intervals"] > 0


def test_a_failure_behind_an_interval_is_its_reason(make, runner, models, monkeypatch):
    monkeypatch.setattr(conformal_fits, "_bounded", lambda fitted, _: fitted.save("nowhere"))
    (record,) = runner.run(
        make(24, 8), models["linear"], regimes=("new-structure",), **{**WANTED, "feature_sets": (BEST,)}
    ).jobs
    assert record.status == "done"
    assert record.interval_reason == "test models are not saved in nowhere"


def test_distinct_volumes_have_intervals_too(make, runner, models):
    runner.run(make(24, 4), models["linear"], intervals=("linear",), targets=("tau_factor",))
    runner.score(models["linear"])
    table = runner.table("intervals").set_index(["features", "regime"])
    assert table.loc[("morphology", "new-structure"), "n_calibration"] == 19
    assert table.loc[("morphology", "new-structure"), "coverage"] > 0.7


@pytest.mark.parametrize(
    ("asked", "message"), [(("volume-mean",), "cannot be calibrated"), (("linaer",), "unknown model 'linaer'")]
)
def test_models_that_cannot_be_calibrated_are_refused(make, runner, models, asked, message):
    with pytest.raises(SettingsError, match=message):
        runner.run(make(4, 4), models["volume-mean"], models["linear"], **{**WANTED, "intervals": asked})


def coverage_of(runner, world, models, **changes):
    """(mean row coverage with each volume weighted equally, share of volumes with 90 % of their rows covered)."""
    changes = {**WANTED, "feature_sets": (BEST,), "regimes": ("new-structure",), **changes}
    runner.run(world, models["linear"], **changes)
    made = bounded_predictions(runner, "new-structure")
    rows = pd.read_parquet(runner.folder / "rows.parquet", columns=["row", "volume_digest", LIFE]).set_index("row")
    truth = rows.loc[made["row"]]
    inside = (made["y_lo"].to_numpy() <= truth[LIFE]) & (truth[LIFE] <= made["y_hi"].to_numpy())
    by_volume = inside.groupby(truth["volume_digest"]).mean()
    return by_volume.mean(), (by_volume >= 0.9).mean()


def test_intervals_cover_new_volumes(make, runner_in, models, tmp_path):
    """Six repetitions of 100 x 8, 80 volumes calibrating: the mean has a standard error of about .012."""
    runs = [
        coverage_of(runner_in(tmp_path / str(seed)), make(100, 8, seed=seed, life=effects(seed)), models)
        for seed in range(6)
    ]
    assert 0.87 <= np.mean([rows for rows, _ in runs]) <= 0.95


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_intervals_cover_new_volumes_in_the_long_run(make, runner_in, models, tmp_path):
    """200 volumes x 40 designs, 160 volumes calibrating each fold, 100 repetitions."""
    runs = np.array(
        [
            coverage_of(runner_in(tmp_path / str(seed)), make(200, 40, seed=seed, life=effects(seed)), models)
            for seed in range(100)
        ]
    )
    rows, volumes = runs.mean(axis=0)
    log.info("CV+: row coverage %.4f, volumes with 90 %% of their rows covered %.4f", rows, volumes)
    assert 0.89 <= rows <= 0.93
    assert 0 < volumes < 1


@pytest.mark.parametrize("repetitions", [25, pytest.param(100, marks=pytest.mark.slow)])
def test_a_hundred_calibration_volumes_are_enough_for_split_conformal(repetitions):
    """A fixed predictor whose errors share volumes, designs and their crossing: 100 volumes calibrate, 100 are asked."""
    shares = []
    for seed in range(repetitions):
        v, d = (index.ravel() for index in np.indices((200, 40)))
        error = effects(seed)(v, d) - 1000
        one = bounds([Held(np.zeros(1), np.zeros(1), np.abs(error[v < 100]), v[v < 100])])
        inside = (one[0] <= error) & (error <= one[1])
        shares.append([inside[v >= 100].mean(), (inside.reshape(200, 40)[100:].mean(axis=1) >= 0.9).mean()])
    rows, volumes = np.mean(shares, axis=0)
    log.info("split: row coverage %.4f, volumes with 90 %% of their rows covered %.4f", rows, volumes)
    assert 0.89 <= rows <= 0.93
