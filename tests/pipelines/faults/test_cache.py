"""The cache may be read-only, damaged, behind the times or shared: what comes out is the same, and the log says why."""

import os
import shutil
import subprocess

import pandas as pd
import pytest
import tifffile

from poregrove.features.cache import CACHE_VARIABLE
from poregrove.pipelines.extraction.extract import extract_paths
from poregrove.pipelines.settings import VolumeSettings


@pytest.fixture
def extracted(monkeypatch):
    """Descriptors of a folder with a given cache."""

    def extract(folder, cache):
        monkeypatch.setenv(CACHE_VARIABLE, str(cache))
        made = extract_paths([folder], settings=VolumeSettings(), tiers=("morphology",), device="cpu", workers=1)
        return made.frame

    return extract


def read_only(folder):
    """Make a folder read-only for everybody; what undoes it."""
    if os.geteuid():
        folder.chmod(0o555)
        return lambda: folder.chmod(0o755)
    mount = shutil.which("mount")
    bind = [mount or "mount", "--bind", folder, folder]
    if not mount or subprocess.run(bind, capture_output=True, check=False).returncode:
        pytest.skip("root writes everywhere, and mounting read-only is not permitted here")
    subprocess.run([mount, "-o", "remount,bind,ro", folder], check=True)
    return lambda: subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_a_read_only_cache_is_said_once_and_gone_without(data, extracted, tmp_path, caplog):
    cache = tmp_path / "cache"
    cache.mkdir()
    undo = read_only(cache)
    try:
        made = extracted(data, cache)
    finally:
        undo()
    for name in ("feature cache", "inspection cache"):
        assert caplog.text.count(name) == 1
    assert not list(cache.iterdir())
    pd.testing.assert_frame_equal(made, extracted(data, tmp_path / "other"), check_exact=True)


@pytest.mark.parametrize("damage", [lambda raw: raw[:50], lambda raw: raw[:99] + bytes(99) + raw[198:], lambda _: b""])
def test_damaged_entries_are_told_and_computed_again(data, extracted, tmp_path, caplog, damage):
    cache = tmp_path / "cache"
    sound = extracted(data, cache)
    entries = sorted(cache.rglob("*.parquet"))
    for entry in entries[::2]:
        entry.write_bytes(damage(entry.read_bytes()))
    times = {entry: entry.stat().st_mtime_ns for entry in entries[1::2]}
    caplog.clear()
    pd.testing.assert_frame_equal(extracted(data, cache), sound, check_exact=True)
    for entry in entries[::2]:
        assert f"feature cache entry {entry} is damaged and will be computed again" in caplog.text
    assert {entry: entry.stat().st_mtime_ns for entry in times} == times
    caplog.clear()
    pd.testing.assert_frame_equal(extracted(data, cache), sound, check_exact=True)
    assert not caplog.messages


def test_a_volume_that_changes_under_its_name_is_described_anew(data, extracted, tmp_path):
    folder, cache = tmp_path / "data", tmp_path / "cache"
    shutil.copytree(data / "images", folder)
    before = extracted(folder, cache)
    changed = min(folder.glob("*.tif"))
    stat = changed.stat()
    tifffile.imwrite(changed, tifffile.imread(changed)[::-1, ::-1].copy(), photometric="minisblack")
    os.utime(changed, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # as a careless copy would leave it
    after = extracted(folder, cache)
    assert (before["volume_digest"] != after["volume_digest"]).tolist() == [True] + [False] * 5
    pd.testing.assert_frame_equal(after, extracted(folder, tmp_path / "fresh"), check_exact=True)


def test_two_comparisons_on_one_cache_at_once_end_like_one_alone(program, data, undisturbed, tmp_path):
    runs = [program.compare(data, tmp_path / name) for name in ("one", "two")]
    processes = [program.start(*words) for words, _ in runs]
    for process in processes:
        with process:
            _, said = process.communicate(timeout=500)
        assert process.returncode == 0, said
    for _, run in runs:
        run.assert_same_as(undisturbed[0])
        run.assert_no_job_twice()
    assert not list(program.cache.rglob("*.part"))
