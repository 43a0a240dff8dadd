"""Checkpoints in a run folder: whole or none, and gone when they are done with."""

from __future__ import annotations

import numpy as np
import pytest

from poregrove.pipelines.runs.checkpoints import FolderCheckpoints

pytest.importorskip("safetensors", reason="needs the extra 'cnn'")

ARRAYS = {"weights/a": np.arange(6, dtype=np.float32).reshape(2, 3)[:, ::-1], "b": np.array([1.5])}
VALUES = {"epoch": 3, "finished": False, "best_loss": None, "seconds": 1.25}


def test_what_is_written_is_read_by_another_process_of_the_run(tmp_path):
    FolderCheckpoints(tmp_path / "checkpoints").write("key", ARRAYS, VALUES)
    other = FolderCheckpoints(tmp_path / "checkpoints")
    arrays, values = other.read("key")
    assert values == VALUES
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
    assert other.read("another") is None


@pytest.mark.parametrize("damage", [b"", b"\x00" * 100, b"\x80\x04}"])
def test_a_damaged_file_counts_as_none_and_is_said(tmp_path, caplog, damage):
    checkpoints = FolderCheckpoints(tmp_path)
    checkpoints.write("key", ARRAYS, VALUES)
    (tmp_path / "key.safetensors").write_bytes(damage)
    assert checkpoints.read("key") is None
    assert "begins anew" in caplog.text


def test_what_was_used_is_removed_and_what_others_keep_is_not(tmp_path):
    folder = tmp_path / "checkpoints"
    mine, others = FolderCheckpoints(folder), FolderCheckpoints(folder)
    mine.write("mine", ARRAYS, VALUES)
    others.write("theirs", ARRAYS, VALUES)
    mine.clear()
    assert [path.name for path in folder.iterdir()] == ["theirs.safetensors"]
    others.clear()
    assert not folder.exists()
    others.clear()
