"""A file appears whole or not at all."""

import json
import os

import pandas as pd
import pytest

from poregrove.files import HOST
from poregrove.pipelines.runs.atomic import clear_leftovers, replacing, write_json, write_parquet


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "table.json"
    target.write_text("old")
    with pytest.raises(RuntimeError, match="interrupted"), replacing(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError("interrupted")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_missing_folder_is_made(tmp_path):
    write_json(tmp_path / "a" / "b.json", {"x": 1})
    assert json.loads((tmp_path / "a" / "b.json").read_text()) == {"x": 1}


def test_nan_is_refused_because_json_has_none(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", {"x": float("nan")})
    assert list(tmp_path.iterdir()) == []


DEAD = 2**22 + 1
"""Above the largest process number that Linux gives out."""


def test_leftovers_of_writers_that_are_gone_are_removed_and_others_stay(tmp_path):
    old, dead, other = (tmp_path / name for name in (".a.x.part", f".b.{HOST}-{DEAD}-x.part", ".c.00000000-1-x.part"))
    for path in (old, dead, other):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    with replacing(tmp_path / "live.json") as live:
        assert clear_leftovers(tmp_path.iterdir()) == (2 if os.name == "posix" else 1)
        assert live.exists()
        assert other.exists()
        assert not old.exists()
        live.write_text("whole")
    assert (tmp_path / "live.json").read_text() == "whole"


def test_parquet_round_trip(tmp_path):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    write_parquet(tmp_path / "t.parquet", frame)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "t.parquet"), frame)
