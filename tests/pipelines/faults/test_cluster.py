"""A worker of a real Dask cluster is killed while it compares: its work goes to another, and nothing is done twice."""

import logging
import os
import re
import signal
import threading
from collections import Counter

import pandas as pd
import pytest

pytest.importorskip("distributed", reason="needs the extra dask")

from poregrove.pipelines.execution.dask import dask_engine
from poregrove.pipelines.settings import ComparisonSettings
from poregrove.pipelines.training.context import RunContext
from poregrove.pipelines.training.job import InstalledModels
from poregrove.pipelines.training.run import run_comparison

SETTINGS = ComparisonSettings(
    models=("mean", "ridge", "xgboost"),
    targets=("projected_cycle_life", "capacity_fade_rate", "tau_factor"),
    tiers=("morphology",),
    feature_sets=("none", "morphology", "scalars+morphology"),
    regimes=("random", "new-structure", "new-design"),
    folds=2,
    repeats=2,
    bootstrap=50,
)
CATALOG = InstalledModels({"xgboost": {"rounds": 20}})


@pytest.mark.skipif(os.name != "posix", reason="kills processes by POSIX signals")
def test_a_killed_worker_costs_nothing_but_time(undisturbed, tmp_path, caplog):
    rows, features = (pd.read_parquet(undisturbed[0].folder / f"{name}.parquet") for name in ("rows", "features"))
    caplog.set_level(logging.DEBUG, logger="poregrove")
    with dask_engine(workers=2) as engine:
        victims = iter(engine.client.run(os.getpid).values())

        def kill_early(done, _total):
            if done in {2, 6} and (victim := next(victims, None)):
                threading.Thread(target=os.kill, args=(victim, signal.SIGKILL)).start()

        (tmp_path / "dask").mkdir()
        context = RunContext(tmp_path / "dask", SETTINGS, CATALOG, workers=engine)
        run_comparison(context, rows, features, progress=kill_early)
        assert next(victims, None) is None
    finished = Counter(re.findall(r"finished (Job\(.*\))", caplog.text))
    assert set(finished.values()) == {1}
    (tmp_path / "local").mkdir()
    run_comparison(RunContext(tmp_path / "local", SETTINGS, CATALOG), rows, features)
    files = sorted(path.relative_to(tmp_path / "local") for path in (tmp_path / "local").glob("pred*/**/*.parquet"))
    assert files == sorted(
        path.relative_to(tmp_path / "dask") for path in (tmp_path / "dask").glob("pred*/**/*.parquet")
    )
    for file in files:
        pd.testing.assert_frame_equal(
            pd.read_parquet(tmp_path / "dask" / file), pd.read_parquet(tmp_path / "local" / file), rtol=1e-6
        )
