"""Files of predictions made elsewhere: what is read, and what is refused for its form alone."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import EntryError
from poregrove.pipelines.runs.entries import read_entries
from poregrove.pipelines.runs.entry_metadata import EntryMetadata

FRAME = pd.DataFrame(
    {
        "target": "nominal_capacity",
        "regime": "random",
        "repeat": 0,
        "fold": [0, 0, 1],
        "row": [3, 5, 4],
        "y_pred": [4.5, 4.25, 4.0],
    }
)


def written(path, frame=FRAME):
    frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_parquet(path)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_both_formats_say_the_same(tmp_path, suffix):
    path = written(tmp_path / f"p{suffix}", FRAME.assign(folds_digest="0123456789012345", y_lo=4.0, y_hi=5.0, note="x"))
    (entry,) = read_entries([f"My net={path}"])
    (file,) = entry.files
    assert (entry.name, file.features, file.folds_digest) == ("My net", "own", "0123456789012345")
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    expected = FRAME.assign(y_lo=4.0, y_hi=5.0)
    pd.testing.assert_frame_equal(file.predictions, expected, check_dtype=False)


def test_a_folder_of_files_is_one_entry(tmp_path):
    written(tmp_path / "a.parquet", FRAME[:2])
    written(tmp_path / "b.csv", FRAME[2:])
    (tmp_path / "entry.json").write_text(json.dumps({"kind": "booster", "label": "Trees"}))
    (entry,) = read_entries([f"net={tmp_path}"])
    assert len(entry.files[0].predictions) == 3
    assert (entry.metadata.kind, entry.metadata.label) == ("booster", "Trees")


def test_metadata_come_from_the_table_or_from_json_beside_it(tmp_path):
    frame = FRAME.copy()
    frame.attrs = {"parameters": 12, "seconds_fit": 3.5, "device": "cuda", "inputs": ["mine"], "folds_digest": "abc"}
    (entry,) = read_entries([f"net={written(tmp_path / 'p.parquet', frame)}"])
    assert entry.metadata == EntryMetadata(parameters=12, seconds_fit=3.5, device="cuda", folds_digest="abc")
    assert entry.files[0].folds_digest == "abc"
    (tmp_path / "p.json").write_text('{"reference": "doi:10.1000/x"}')
    (entry,) = read_entries([f"net={tmp_path / 'p.parquet'}"])
    assert entry.metadata == EntryMetadata(reference="doi:10.1000/x")


def test_a_second_file_is_the_model_without_the_image(tmp_path):
    path = written(tmp_path / "p.csv")
    (entry,) = read_entries([f"net:without-image={path}", f"net={path}"])
    assert [file.features for file in entry.files] == ["own", "own-without-image"]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (FRAME.drop(columns="fold"), "missing column fold"),
        (FRAME[:0], "holds no prediction"),
        (FRAME.assign(target="nominal_capacitty"), "did you mean 'nominal_capacity'"),
        (FRAME.assign(regime="R4"), "unknown regime 'R4'"),
        (FRAME.assign(row=[1, 2, 3.5]), "whole numbers from 0 in the column row, got 3.5"),
        (FRAME.assign(repeat=-1), "whole numbers from 0 in the column repeat, got -1"),
        (FRAME.assign(y_pred=[1.0, np.nan, 2.0]), "a y_pred that is not a finite number, in 1 of 3 lines"),
        (FRAME.assign(y_pred=[1.0, 2.0, np.inf]), "fold 1, row 4"),
        (FRAME.assign(y_pred="four"), "expected numbers in the column y_pred"),
        (FRAME.assign(y_lo=1.0), "expected both y_lo and y_hi"),
        (FRAME.assign(y_lo=2.0, y_hi=1.0), "a y_lo above y_hi"),
        (pd.concat([FRAME, FRAME[1:2]]), "a row that is predicted twice, in 1 of 4 lines"),
        (FRAME.assign(folds_digest=["a", "a", "b"]), "folds_digest a and b"),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_what_cannot_be_predictions_is_named(tmp_path, frame, said, suffix):
    path = written(tmp_path / f"p{suffix}", frame.reset_index(drop=True))
    with pytest.raises(EntryError, match=said) as error:
        read_entries([f"net={path}"])
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["p.csv"], "expected NAME=FILE"),
        (["=p.csv"], "expected NAME=FILE"),
        (["net=nowhere.csv"], "nowhere.csv: no such file"),
        (["net=p.txt"], "expected a .parquet or .csv file"),
        (["net=empty"], "expected a folder with Parquet or CSV files"),
        (["net=p.csv", "net=p.csv"], "net is given twice"),
        (["net=p.csv", "NET=p.csv"], "'net' is another model"),
        (["Ridge=p.csv"], "'ridge' is another model"),
        ([f"{'n' * 61}=p.csv"], "at most 60 printable characters"),
        (["net\n=p.csv", "net\nb=p.csv"], "printable characters"),
        (["net:without-image=p.csv"], "expected net=FILE beside it"),
        (["net=broken.parquet"], "expected a readable parquet table"),
    ],
)
def test_what_cannot_be_an_entry_is_named(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "p.csv")
    (tmp_path / "p.txt").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(EntryError, match=said):
        read_entries(words, taken=("ridge",))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("[]", "expected a JSON object"),
        ("{", "expected JSON"),
        ('{"kind": "trivial"}', "kind is one of network"),
        ('{"seconds": 1}', "unknown key seconds"),
        ('{"seconds_fit": -1}', "seconds_fit expects a number from 0"),
        ('{"label": 3}', "label expects a line of text"),
    ],
)
def test_metadata_that_cannot_be_are_refused(tmp_path, told, said):
    (tmp_path / "p.json").write_text(told)
    with pytest.raises(EntryError, match=said):
        read_entries([f"net={written(tmp_path / 'p.csv')}"])
