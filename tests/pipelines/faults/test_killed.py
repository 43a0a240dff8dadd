"""Killed at random moments and started again until done, a command ends as if nothing had happened."""

import os
import signal
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills processes by POSIX signals")
SHARE_OF_RUN = (0.05, 0.7)
"""Of the time that an undisturbed run takes, within which it is killed."""


def compare_killed(program, data, out, *, kills, seconds, moments):
    """Kill so many times, or until it is done, and finish; the run and how often it was killed."""
    words, run = program.compare(data, out)
    kept, described, killed = {}, {}, 0
    while killed < kills and program.kill_after(seconds * moments.uniform(*SHARE_OF_RUN), *words) is not None:
        killed += 1
        assert kept.items() <= run.times().items(), "a finished job was computed again"
        assert described.items() <= program.cache_times().items(), "a described volume was described again"
        kept, described = run.times(), program.cache_times()
    program.finish(*words)
    assert kept.items() <= run.times().items()
    assert described.items() <= program.cache_times().items()
    return run, killed


def test_compare_killed_three_times_ends_as_if_nothing_had_happened(program, data, undisturbed, tmp_path):
    expected, seconds = undisturbed
    moments = np.random.default_rng(1)
    run, killed = compare_killed(program, data, tmp_path / "run", kills=3, seconds=seconds, moments=moments)
    assert killed
    run.assert_same_as(expected)
    run.assert_no_job_twice()


@pytest.mark.slow
def test_compare_killed_at_20_random_moments_ends_as_if_nothing_had_happened(program, data, undisturbed, tmp_path):
    """In as many runs as it takes: one that is done before it is killed makes room for another."""
    expected, seconds = undisturbed
    moments = np.random.default_rng(2)
    killed = told = 0
    for number in range(20):
        out = tmp_path / f"run-{number}"
        fresh = replace(program, cache=tmp_path / f"cache-{number}")
        run, more = compare_killed(fresh, data, out, kills=20 - killed, seconds=seconds, moments=moments)
        run.assert_same_as(expected)
        run.assert_no_job_twice()
        told += run.log.count("the attempt before this one was killed")
        killed += more
        if killed == 20:
            break
    assert killed == 20
    assert told > 5


def extract_killed(program, data, out, *, kills, seconds, moments):
    words = ("extract", data, "--out", out, "--tiers", "morphology", "--device", "cpu", "--workers", "2")
    described, killed = {}, 0
    while killed < kills and program.kill_after(seconds * moments.uniform(*SHARE_OF_RUN), *words) is not None:
        killed += 1
        assert described.items() <= program.cache_times().items(), "a described volume was described again"
        described = program.cache_times()
    program.finish(*words)
    assert described.items() <= program.cache_times().items()
    assert not [path for path in out.parent.rglob("*.part") if "features" not in path.parts]
    return pd.read_parquet(out), killed


def test_extract_killed_three_times_ends_as_if_nothing_had_happened(program, data, undisturbed, tmp_path):
    moments = np.random.default_rng(3)
    run, seconds = undisturbed
    out = tmp_path / "out.parquet"
    features, killed = extract_killed(program, data, out, kills=3, seconds=seconds / 2, moments=moments)
    assert killed
    expected = pd.read_parquet(run.folder / "features.parquet")
    pd.testing.assert_frame_equal(features[expected.columns], expected, check_exact=True)


@pytest.mark.slow
def test_extract_killed_at_20_random_moments_ends_as_if_nothing_had_happened(
    program, data, undisturbed, tmp_path, monkeypatch
):
    monkeypatch.delenv("NUMBA_CACHE_DIR")  # each compiles anew, and is killed at that too
    expected = pd.read_parquet(undisturbed[0].folder / "features.parquet")
    moments = np.random.default_rng(4)
    killed = 0
    for number in range(20):
        fresh = replace(program, cache=tmp_path / f"cache-{number}")
        out = tmp_path / f"out-{number}" / "out.parquet"
        features, more = extract_killed(fresh, data, out, kills=20 - killed, seconds=8.0, moments=moments)
        pd.testing.assert_frame_equal(features[expected.columns], expected, check_exact=True)
        killed += more
        if killed == 20:
            break
    assert killed == 20


def test_ctrl_c_and_sigterm_end_with_their_codes_and_the_run_goes_on(program, data, undisturbed, tmp_path):
    expected, seconds = undisturbed
    words, run = program.compare(data, tmp_path / "run")
    words = (*words, "--workers", "2")  # which must leave with the command
    for name, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        with program.start(*words) as process:
            for line in process.stderr:
                if "INFO models" in line:
                    break
            process.send_signal(name)
            said = process.stderr.read()
            assert process.wait(60) == code, said
        assert "interrupted: what is finished is kept; to go on: poregrove compare" in said
        assert "Traceback" not in said
    program.finish(*words)
    run.assert_same_as(expected)
    run.assert_no_job_twice()
    assert run.log.count("end: KeyboardInterrupt") == 1
    assert run.log.count("end: Terminated") == 1
    assert seconds > 0
