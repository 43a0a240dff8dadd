"""Scores of a known law: each regime gives what is left to know under it, computed by hand from the law's variances.

y = volume effect + design effect + rest, the effects hidden: no column holds them, but columns identify volumes and
designs apart. So a model can know an effect only by having seen its volume or its design.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from poregrove.pipelines.scoring.score import score_run
from poregrove.pipelines.settings import ComparisonSettings
from poregrove.pipelines.tables.rows import build_rows
from poregrove.pipelines.training.context import RunContext
from poregrove.pipelines.training.job import InstalledModels
from poregrove.pipelines.training.run import run_comparison

LIFE = "projected_cycle_life"
VOLUMES, DESIGNS = 40, 30
OF_VOLUME, OF_DESIGN, REST = 1.0, 2.0, 1.0
TOTAL = OF_VOLUME + OF_DESIGN + REST
BASELINES = ("mean", "design-mean", "volume-mean", "additive")
BOOSTER = {"rounds": 150, "patience": 10, "learning_rate": 0.2, "leaf_share": 0.05, "max_bin": 64}


def scaled(effects, variance):
    """Effects whose sample variance is exactly what the law says."""
    return effects * np.sqrt(variance / np.mean(effects**2))


@pytest.fixture(scope="module")
def r2(make, tmp_path_factory):
    """R2 by regime and model of a complete crossing of 40 volumes and 30 designs."""
    rng, folder = np.random.default_rng(11), tmp_path_factory.mktemp("theory")
    volume, design = rng.normal(size=VOLUMES), rng.normal(size=DESIGNS)
    rest = rng.normal(size=(VOLUMES, DESIGNS))  # interaction and noise: a crossing seen once cannot part them
    rest = rest - rest.mean(axis=0) - rest.mean(axis=1)[:, None] + rest.mean()
    law = (
        scaled(volume - volume.mean(), OF_VOLUME)[:, None]
        + scaled(design - design.mean(), OF_DESIGN)
        + scaled(rest, REST)
    )
    world = make(VOLUMES, DESIGNS, seed=3, life=lambda v, d: 1000 + 100 * law[v, d])
    rows = build_rows(world.observations, world.volumes)
    tiers = dict.fromkeys(("porosity", "surface", "texture"), "morphology")
    catalog = InstalledModels({"xgboost": BOOSTER})

    def scores(name, models, repeats):
        settings = ComparisonSettings(
            models=models,
            targets=(LIFE,),
            tiers=("morphology",),
            feature_sets=("none", "scalars+morphology"),
            repeats=repeats,
            intervals=(),
            bootstrap=50,
        )
        out = folder / name
        context = RunContext(out, settings, catalog, tiers=tiers, equal_size=False)
        run_comparison(context, rows, world.features)
        score_run(out, settings, catalog=catalog)
        found = pd.read_parquet(out / "scores.parquet").query("metric == 'r2' and scale == 'raw'")
        return found.set_index(["regime", "model"])["value"]

    # How the groups were dealt matters to a baseline by a few hundredths; twenty repeats average that out.
    return pd.concat([scores("baselines", BASELINES, 20), scores("booster", ("xgboost",), 1)])


def unseen(groups, trained):
    """Mean squared distance of a held-out effect from the mean of those trained on, in units of the effects' variance."""
    return groups / (groups - 1) * (1 + 1 / trained)


def test_baselines_score_what_a_hand_computation_says(r2):
    new_volumes, new_designs = unseen(VOLUMES, 0.8 * VOLUMES), unseen(DESIGNS, 0.8 * DESIGNS)
    # rest of a complete crossing: (V - 1)(D - 1) free values; the additive fit adds one part in rows per parameter
    free = REST * VOLUMES * DESIGNS / ((VOLUMES - 1) * (DESIGNS - 1))
    expected = {
        ("random", "additive"): 1 - free * (1 + (VOLUMES + DESIGNS - 1) / (0.8 * VOLUMES * DESIGNS)) / TOTAL,
        ("new-structure", "design-mean"): 1 - (OF_VOLUME + REST) * new_volumes / TOTAL,
        ("new-design", "volume-mean"): 1 - (OF_DESIGN + REST) * new_designs / TOTAL,
        ("new-both", "mean"): 1
        - (OF_VOLUME * unseen(VOLUMES, 2 / 3 * VOLUMES) + OF_DESIGN * unseen(DESIGNS, 2 / 3 * DESIGNS) + REST) / TOTAL,
    }
    assert {key: round(r2[key], 2) for key in expected} == {
        key: pytest.approx(value, abs=0.02) for key, value in expected.items()
    }
    assert sorted(expected.values(), reverse=True) == pytest.approx([0.72, 0.47, 0.19, -0.06], abs=0.01)


MOST = {
    "random": (OF_VOLUME + OF_DESIGN) / TOTAL,
    "new-structure": OF_DESIGN / TOTAL,
    "new-design": OF_VOLUME / TOTAL,
    "new-both": 0.0,
}
"""Attainable R2 under each regime: the shares of the effects that training has seen."""


def test_regimes_rank_as_what_is_left_to_know(r2):
    """R1 > R2 > R3 > R4 for the best of all models, as designs carry more than volumes; none knows more than there is."""
    best = r2.groupby("regime").max()
    ranked = [best[regime] for regime in MOST]
    assert all(better > worse + 0.1 for better, worse in pairwise(ranked))
    for regime, share in MOST.items():
        assert best[regime] <= share + 0.01, regime


def test_a_booster_that_tells_volumes_and_designs_apart_is_bounded_alike(r2):
    booster = r2.xs("xgboost", level="model")
    assert booster["random"] > booster["new-structure"] + 0.1 > booster["new-design"] + 0.2
    assert booster["new-both"] < 0
    for regime, share in MOST.items():
        assert booster[regime] <= share + 0.01, regime


def test_each_regime_has_a_trivial_answer_that_no_model_without_information_beats(r2):
    for regime, baseline in (("new-structure", "design-mean"), ("new-design", "volume-mean"), ("new-both", "mean")):
        assert r2[regime, "xgboost"] <= r2[regime, baseline] + 0.02
