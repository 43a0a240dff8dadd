"""Parts that were made one by one, put together, equal what one machine makes at once."""

import json

import pandas as pd
import pyarrow.parquet as pq
import pytest

from poregrove.errors import RunError, SettingsError
from poregrove.pipelines.commands.merging import merge_extractions, merge_runs
from poregrove.pipelines.compare import Request, run
from poregrove.pipelines.execution.shards import Shard, parts_of
from poregrove.pipelines.extraction.extract import extract_paths
from poregrove.pipelines.settings import ComparisonSettings, Settings, StudySettings, VolumeSettings, settings_of

SETTINGS = Settings(
    comparison=ComparisonSettings(
        models=("mean", "volume-mean", "ridge"),
        targets=("projected_cycle_life", "tau_factor"),
        tiers=("morphology",),
        feature_sets=("none", "morphology", "scalars+morphology"),
        regimes=("random", "new-structure"),
        folds=2,
        repeats=1,
        bootstrap=50,
    ),
    study=StudySettings(explained_rows=40, shuffles=1, timing_seconds=0.05),
)


def test_a_shard_is_a_number_of_a_number():
    assert Shard.parse("2/8") == Shard(2, 8)
    assert str(Shard(2, 8)) == "2/8"
    for text in ("0/2", "3/2", "2", "a/b", "1/0", "-1/2", "1/2/3", ""):
        with pytest.raises(SettingsError, match="--shard expects I/N"):
            Shard.parse(text)


def test_every_thing_falls_to_exactly_one_part_and_the_parts_are_even():
    keys = [f"volume {number}" for number in range(4000)]
    sizes = [0, 0, 0, 0]
    for key in keys:
        takers = [number for number in range(4) if Shard(number + 1, 4).takes(key)]
        assert len(takers) == 1
        sizes[takers[0]] += 1
    assert min(sizes) > 900


def test_parts_lie_beside_the_whole(tmp_path):
    assert Shard(2, 8).place(tmp_path / "run.a") == tmp_path / "run.a.shard-2-of-8"
    assert Shard(2, 8).place(tmp_path / "x.y.parquet") == tmp_path / "x.y.shard-2-of-8.parquet"


def test_missing_and_mixed_parts_are_named(tmp_path):
    with pytest.raises(RunError, match="expected parts beside it"):
        parts_of(tmp_path / "run")
    for number in (1, 4):
        Shard(number, 4).place(tmp_path / "run").mkdir()
    with pytest.raises(RunError, match="parts 2/4, 3/4 are missing"):
        parts_of(tmp_path / "run")
    Shard(1, 2).place(tmp_path / "run").mkdir()
    with pytest.raises(RunError, match="of 2 and of 4"):
        parts_of(tmp_path / "run")


def test_settings_survive_json():
    settings = Settings(
        volume=VolumeSettings(voxel_size=1e-7), comparison=SETTINGS.comparison, model={"ridge": {"a": 1}}
    )
    assert settings_of(json.loads(json.dumps(settings.as_dict())), where="here") == settings


def extraction(data, out, shard=None):
    made = extract_paths([data], settings=VolumeSettings(), tiers=("morphology",), device="cpu", workers=1, shard=shard)
    made.write(shard.place(out) if shard else out)


def test_a_merged_table_equals_that_of_one_machine(shared_clean_set, tmp_path):
    extraction(shared_clean_set.folder, tmp_path / "whole.parquet")
    for number in (3, 1, 2):
        extraction(shared_clean_set.folder, tmp_path / "merged.parquet", Shard(number, 3))
    assert merge_extractions(tmp_path / "merged.parquet") == 12
    whole, merged = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("whole", "merged"))
    pd.testing.assert_frame_equal(merged, whole, check_exact=True)
    one = Shard(1, 3).place(tmp_path / "merged.parquet")
    Shard(2, 3).place(tmp_path / "merged.parquet").write_bytes(one.read_bytes())
    with pytest.raises(RunError, match="do not make up one table"):
        merge_extractions(tmp_path / "merged.parquet")
    one.write_bytes(b"PAR1")
    with pytest.raises(RunError, match="expected a part of a table"):
        merge_extractions(tmp_path / "merged.parquet")


def test_parts_are_parquet_whatever_the_whole_is_to_be(shared_clean_set, tmp_path):
    whole = tmp_path / "merged.csv"
    for number in (1, 2):
        extraction(shared_clean_set.folder, whole, Shard(number, 2))
    assert pq.read_schema(tmp_path / "merged.csv.shard-1-of-2.parquet").names[0] == "filename"
    assert merge_extractions(whole) == 12
    extraction(shared_clean_set.folder, tmp_path / "alone.csv")
    assert whole.read_text() == (tmp_path / "alone.csv").read_text()


def request(data, out, settings=SETTINGS, shard=None):
    return Request(data, out, settings, device="cpu", workers=1, shard=shard)


def test_a_merged_run_equals_that_of_one_machine(shared_clean_set, tmp_path):
    whole, merged = tmp_path / "whole", tmp_path / "merged"
    run(request(shared_clean_set.folder, whole))
    for number in (2, 1):
        part = run(request(shared_clean_set.folder, merged, shard=Shard(number, 2)))
        assert part.parent == Shard(number, 2).place(merged)
        if number == 2:
            with pytest.raises(RunError, match="parts 1/2 are missing"):
                merge_runs(merged, workers=1, device="cpu")
    merge_runs(merged, workers=1, device="cpu")
    for name in ("rows", "features", "groups", "scores"):
        here, there = (pd.read_parquet(folder / f"{name}.parquet") for folder in (merged, whole))
        pd.testing.assert_frame_equal(here, there, check_exact=True)
    files = sorted(path.relative_to(whole) for path in whole.glob("predictions*/**/*.parquet"))
    assert files == sorted(path.relative_to(merged) for path in merged.glob("predictions*/**/*.parquet"))
    shares = [len(list(Shard(number, 2).place(merged).glob("predictions*/**/*.parquet"))) for number in (1, 2)]
    assert sum(shares) == len(files)
    assert min(shares) > 0
    for file in files:
        pd.testing.assert_frame_equal(pd.read_parquet(merged / file), pd.read_parquet(whole / file), check_exact=True)
    manifests = [json.loads((folder / "manifest.json").read_text()) for folder in (merged, whole)]
    outcomes = [{outcome(job) for job in manifest["jobs"]} for manifest in manifests]
    assert outcomes[0] == outcomes[1]
    assert "finished Job(" not in (merged / "run.log").read_text()
    lost = next(Shard(1, 2).place(merged).glob("predictions*/**/*.parquet"))
    (merged / lost.relative_to(Shard(1, 2).place(merged))).unlink()
    lost.unlink()
    with pytest.raises(RunError, match="run the part again with --shard 1/2"):
        merge_runs(merged, workers=1, device="cpu")


def outcome(job):
    return (job["target"], job["model"], job["features"], job["regime"], job["variant"], job["status"], job["reason"])


def test_parts_of_other_settings_and_unfinished_ones_are_refused(shared_clean_set, tmp_path):
    run(request(shared_clean_set.folder, tmp_path / "run", shard=Shard(1, 2)))
    other = Settings(comparison=ComparisonSettings(**{**vars(SETTINGS.comparison), "folds": 3}))
    part = run(request(shared_clean_set.folder, tmp_path / "run", other, shard=Shard(2, 2)))
    with pytest.raises(RunError, match=r"settings\.comparison\.folds was 2, now 3"):
        merge_runs(tmp_path / "run", workers=1, device="cpu")
    part.unlink()
    with pytest.raises(RunError, match="this part is not finished"):
        merge_runs(tmp_path / "run", workers=1, device="cpu")
