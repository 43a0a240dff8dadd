"""Groups of volumes and designs that stay together."""

from __future__ import annotations

import pandas as pd

from poregrove.pipelines.tables.groups import Groups, find_groups
from poregrove.pipelines.tables.rows import build_rows


def groups_of(world, **more):
    rows = build_rows(world.observations, world.volumes)
    return find_groups(rows, world.volumes, observations=world.observations, **more)


def test_every_digest_is_a_group_where_nothing_ties_them(world):
    groups = groups_of(world)
    assert groups.volume == {f"v{number:03d}": number for number in range(12)}
    assert sorted(groups.design.values()) == [*range(24)]


def test_flipped_volumes_belong_together(world):
    world.volumes.loc[5, "canonical_digest"] = "v001"
    groups = groups_of(world)
    assert groups.volume["v005"] == groups.volume["v001"]
    assert len(set(groups.volume.values())) == 11


def test_a_group_column_ties_and_ties_are_transitive(world):
    world.observations["batch"] = [None] * len(world.observations)
    for file, batch in (("sample_000.tif", "a"), ("sample_001.tif", "a"), ("sample_002.tif", "b")):
        world.observations.loc[world.observations["filename"] == file, "batch"] = batch
    world.volumes.loc[2, "canonical_digest"] = "v001"
    groups = groups_of(world, group_columns=["batch"])
    assert groups.volume["v000"] == groups.volume["v001"] == groups.volume["v002"]
    assert len(set(groups.volume.values())) == 10


def test_equal_values_of_two_columns_tie_nothing(world):
    first = world.observations["filename"] == "sample_000.tif"
    world.observations["one"] = first.map({True: "x", False: None})
    world.observations["two"] = (world.observations["filename"] == "sample_001.tif").map({True: "x", False: None})
    assert len(set(groups_of(world, group_columns=["one", "two"]).volume.values())) == 12


def test_crops_of_one_image_belong_together(world):
    world.volumes["same_image_as"] = [None] * 12
    world.volumes.loc[[7, 9], "same_image_as"] = "sample_003.tif"
    groups = groups_of(world)
    assert groups.volume["v003"] == groups.volume["v007"] == groups.volume["v009"]
    assert len(set(groups.volume.values())) == 10


def test_generators_are_numbered_and_share_a_number_where_their_volumes_are_tied(world):
    letters = dict(zip(world.volumes["filename"], "aabbbccddd..", strict=True))
    world.observations["generator"] = world.observations["filename"].map(letters).replace(".", None)
    world.volumes.loc[2, "canonical_digest"] = "v005"  # ties a volume of b to one of c
    found = groups_of(world, ood_column="generator").generator
    assert [found.get(f"v{number:03d}") for number in range(12)] == [0, 0, 1, 1, 1, 1, 1, 2, 2, 2, None, None]
    assert groups_of(world, ood_column="absent").generator == {}


def test_survives_its_table(world, tmp_path):
    world.observations["generator"] = world.observations["sample_id"] % 3
    groups = groups_of(world, ood_column="generator")
    assert len(groups.generator) == 12
    groups.frame().to_parquet(tmp_path / "groups.parquet")
    assert Groups.from_frame(pd.read_parquet(tmp_path / "groups.parquet")) == groups
