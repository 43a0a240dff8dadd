"""Descriptors remembered by content, column and version; damage is noticed and computed again."""

import dataclasses
import math

import pytest

from poregrove.features import ColumnInfo
from poregrove.features.cache import CACHE_VARIABLE, FeatureCache, cache_root, feature_cache, feature_seconds


def column(name, version=1):
    return ColumnInfo(name, "-", name, -math.inf, math.inf, "", "family", "morphology", version, 0, "")


A, B = column("a"), column("b")


@pytest.fixture
def cache(tmp_path):
    return FeatureCache(tmp_path / "features")


def test_what_was_put_comes_back_and_nothing_else(cache):
    cache.put("d1", [A], {"a": 0.1 + 0.2})
    assert cache.get("d1", [A, B]) == {"a": 0.1 + 0.2}
    assert cache.get("d2", [A]) == {}


def test_nan_is_a_value(cache):
    cache.put("d1", [A], {"a": math.nan})
    assert math.isnan(cache.get("d1", [A])["a"])


def test_another_column_joins_the_first(cache):
    cache.put("d1", [A], {"a": 1.0})
    cache.put("d1", [B], {"b": 2.0})
    assert cache.get("d1", [A, B]) == {"a": 1.0, "b": 2.0}


def test_a_new_version_is_not_the_old_value(cache):
    cache.put("d1", [A], {"a": 1.0})
    newer = dataclasses.replace(A, version=2)
    assert cache.get("d1", [newer]) == {}
    cache.put("d1", [newer], {"a": 2.0})
    assert cache.get("d1", [A]) == {"a": 1.0}
    assert cache.get("d1", [newer]) == {"a": 2.0}


@pytest.mark.parametrize("position", [0.1, 0.5, 0.9])
def test_a_flipped_byte_never_becomes_a_number(cache, position):
    columns = [column(f"c{i}") for i in range(50)]
    values = {f"c{i}": math.sin(i) for i in range(50)}
    cache.put("d1", columns, values)
    (path,) = cache.folder.rglob("*.parquet")
    damaged = bytearray(path.read_bytes())
    damaged[int(position * len(damaged))] ^= 0x55
    path.write_bytes(damaged)
    got = cache.get("d1", columns)
    assert got in ({}, values)
    cache.put("d1", columns, values)
    assert cache.get("d1", columns) == values


def test_a_truncated_entry_is_computed_again_and_said(cache, caplog):
    cache.put("d1", [A], {"a": 1.0})
    (path,) = cache.folder.rglob("*.parquet")
    path.write_bytes(path.read_bytes()[:40])
    assert cache.get("d1", [A]) == {}
    assert "damaged" in caplog.text


def test_a_folder_that_cannot_be_written_is_said_and_survived(tmp_path, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    cache = FeatureCache(blocked / "features")
    cache.put("d1", [A], {"a": 1.0})
    assert "cannot be written" in caplog.text


def test_the_variable_says_where(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    assert cache_root() == tmp_path
    assert feature_cache().folder == tmp_path / "features"
    monkeypatch.delenv(CACHE_VARIABLE)
    assert cache_root().name == "poregrove"


def test_the_seconds_of_a_volume_add_up_and_hide_no_column(cache, monkeypatch):
    cache.put("d1", [A], {"a": 1.0}, seconds=2.0)
    assert cache.seconds("d1") == 2.0
    cache.put("d1", [B], {"b": 2.0}, seconds=0.5)
    assert cache.seconds("d1") == 2.5
    assert cache.get("d1", [A, B]) == {"a": 1.0, "b": 2.0}
    assert math.isnan(cache.seconds("d2"))
    monkeypatch.setenv(CACHE_VARIABLE, str(cache.folder.parent))
    cache.put("d3", [A], {"a": 1.0}, seconds=3.5)
    assert feature_seconds(["d1", "d2", "d3"]) == 9.0
    assert math.isnan(feature_seconds(["d2"]))


def test_what_an_entry_took_that_never_said_stays_unknown(cache):
    cache.put("d1", [A], {"a": 1.0})
    cache.put("d1", [B], {"b": 2.0}, seconds=1.0)
    assert math.isnan(cache.seconds("d1"))
