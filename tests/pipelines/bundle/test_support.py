"""Ranges and distances: bounds that hold what they were made from, neighbours as counted one by one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from poregrove.errors import ModelError
from poregrove.features.physics import quantities
from poregrove.pipelines.bundle.neighbours import Neighbours, neighbours_of
from poregrove.pipelines.bundle.physics_check import known_quantities, probe
from poregrove.pipelines.bundle.ranges import frame_ranges, joined_ranges, names_beyond
from poregrove.pipelines.tables.feature_sets import JoinedQuantities


def test_ranges_hold_their_own_rows_and_name_what_leaves_them():
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [-5.0, -4.0, np.nan], "c": [7.0, 7.0, 7.0], "d": [np.nan] * 3})
    ranges = frame_ranges(frame, "descriptor")
    assert [item.name for item in ranges] == ["a", "b", "c"]
    values = {name: frame[name].to_numpy() for name in frame}
    assert names_beyond(ranges, values, 3) == [(), (), ()]
    query = {"a": np.array([3.01, 2.0, np.nan]), "b": np.array([-5.01, np.nan, -4.5]), "c": np.array([7.0, 7.1, 7.0])}
    assert names_beyond(ranges, query, 3) == [("a", "b"), ("c",), ("a",)]


def test_a_descriptor_of_another_back_end_is_still_inside_and_a_scalar_must_be_exact():
    frame = pd.DataFrame({"a": [1.0, 2.0]})
    off = {"a": np.array([2.0002, 0.9998])}
    assert names_beyond(frame_ranges(frame, "descriptor"), off, 2) == [(), ()]
    assert names_beyond(frame_ranges(frame, "scalar"), off, 2) == [("a",), ("a",)]


def test_scalars_over_decades_have_a_lower_bound_too():
    ranges = frame_ranges(pd.DataFrame({"rate": [1e-18, 1e-12]}), "scalar")
    assert names_beyond(ranges, {"rate": np.array([0.9e-18, 0.0, 1e-18, 1.1e-12])}, 4) == [
        ("rate",),
        ("rate",),
        (),
        ("rate",),
    ]


def test_ranges_of_joined_quantities_are_those_of_all_rows():
    item = next(item for item in quantities("both") if len(item.needs) > 1)
    rng = np.random.default_rng(0)
    needs = sorted(set(item.needs.values()))
    by_volume = pd.DataFrame({name: rng.uniform(0.1, 1.0, 6) for name in needs[:1]})
    by_design = pd.DataFrame({name: rng.uniform(0.1, 1.0, 5) for name in needs[1:]})
    joined = JoinedQuantities.over((item,), by_volume, by_design)
    volume, design = np.divmod(np.arange(30, dtype=np.int32), 5)
    (found,) = joined_ranges(joined, volume, design)
    values = item.compute(
        {name: by_volume[name].to_numpy()[volume] for name in by_volume}
        | {name: by_design[name].to_numpy()[design] for name in by_design}
    )
    assert (found.low, found.high) == (pytest.approx(values.min()), pytest.approx(values.max()))
    assert not found.gaps


@pytest.mark.parametrize("item", quantities("both"), ids=lambda item: item.name)
def test_the_probe_of_a_joined_quantity_notices_another_formula(item):
    values = probe(item)
    assert np.isfinite(values).all()
    assert len(set(values)) > 1
    assert known_quantities({item.name: values}, "here") == {item.name: item}
    for part in item.needs:
        turned = replace(item, function=lambda part=part, **given: item.function(**{**given, part: 1.01 * given[part]}))
        if not np.allclose(probe(turned), values, rtol=1e-6):
            with pytest.raises(ModelError, match=item.name):
                known_quantities({item.name: probe(turned)}, "here")


def test_distances_are_root_mean_squares_to_the_nearest():
    rng = np.random.default_rng(3)
    train = pd.DataFrame(rng.normal(size=(30, 4)), columns=list("abcd"))
    found = neighbours_of(train, tuple("abcd"), np.arange(30, dtype=np.int32), seed=0)
    query = pd.DataFrame(rng.normal(size=(300, 4)), columns=list("abcd"))
    z, scaled = (((frame - train.mean()) / train.std(ddof=0)).to_numpy() for frame in (query, train))
    expected = [np.sqrt(((scaled - row) ** 2).mean(axis=1)).min() for row in z]
    np.testing.assert_allclose(found.distances(query), expected, rtol=1e-4)
    assert found.distances(train).max() == 0
    gap = np.sqrt(((scaled[:, None] - scaled[None]) ** 2).mean(axis=2)) + np.diag(np.full(30, np.inf))
    np.testing.assert_allclose(found.quantiles, np.quantile(gap.min(axis=1), [0.5, 0.9, 0.95, 0.99]), rtol=1e-4)


def test_copies_in_one_group_do_not_make_everything_else_distant():
    rng = np.random.default_rng(4)
    once = pd.DataFrame(rng.normal(size=(20, 3)), columns=list("abc"))
    twice = pd.concat([once, once], ignore_index=True)
    group = np.tile(np.arange(20, dtype=np.int32), 2)
    alone = neighbours_of(once, tuple("abc"), group[:20], seed=0)
    assert neighbours_of(twice, tuple("abc"), group, seed=0).limit == pytest.approx(alone.limit, rel=0.2)
    assert neighbours_of(twice, tuple("abc"), np.arange(40, dtype=np.int32), seed=0).limit == 0


def test_gaps_and_single_groups(tmp_path):
    train = pd.DataFrame({"a": [0.0, 1.0, 2.0, np.nan], "b": [1.0, 3.0, 2.0, 5.0]})
    found = neighbours_of(train, ("a", "b"), np.zeros(4, np.int32), seed=0)
    assert np.isnan(found.limit)
    assert np.isfinite(found.distances(train)).all()
    found.save(tmp_path)
    np.testing.assert_array_equal(Neighbours.load(tmp_path).distances(train), found.distances(train))
    nothing = neighbours_of(train, (), np.arange(4, dtype=np.int32), seed=0)
    assert np.isnan(nothing.distances(train)).all()
