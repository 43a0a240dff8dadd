"""Feature sets as rows: the right columns, dropped where they say nothing, joined where they meet."""

from __future__ import annotations

import numpy as np
import pytest

from poregrove.pipelines.settings import ComparisonSettings
from poregrove.pipelines.tables.arrays import data_of
from poregrove.pipelines.tables.feature_sets import applies, feature_rows, sources, volume_part
from poregrove.pipelines.tables.groups import find_groups
from poregrove.pipelines.tables.rows import build_rows
from poregrove.schema import FEATURE_SET_BY_NAME

TIERS = {
    "porosity": "morphology",
    "surface": "morphology",
    "texture": "morphology",
    "relative_diffusivity_z": "transport",
    "pores": "network",
}
RICH = "scalars+morphology+transport+physics"


def data_and_sources(world, *, metres=False, tiers=("morphology", "transport")):
    rows = build_rows(world.observations, world.volumes)
    settings = ComparisonSettings(tiers=tiers)
    return data_of(rows, world.features, find_groups(rows)), sources(settings, TIERS, metres=metres)


def test_a_set_holds_the_descriptors_of_its_tiers_and_the_scalars_by_short_name(world):
    data, feature_sources = data_and_sources(world)
    rows = feature_rows("scalars+morphology", data.cells, data, feature_sources)
    assert rows.columns.descriptors == ("porosity", "surface", "texture")
    assert len(rows.columns.designs) == 14
    assert rows.columns.designs[0] == "sei_rate"
    line = 30
    observed = world.observations.iloc[line]
    matrix = rows.matrix(slice(line, line + 1))[0]
    assert matrix[0] == np.float32(world.features.loc[1, "porosity"])
    assert matrix[3] == np.float32(observed["SEI kinetic rate constant [m.s-1]"])
    assert len(rows) == len(world.observations)
    assert feature_rows("none", data.cells, data, feature_sources).matrix().shape == (288, 0)


def test_columns_that_say_nothing_are_dropped_once_for_the_table(world):
    world.features["surface"] = np.nan
    world.features["texture"] = [1.0, np.nan] * 6
    data, feature_sources = data_and_sources(world)
    rows = feature_rows("scalars+morphology", data.cells, data, feature_sources)
    assert rows.columns.descriptors == ("porosity",)
    assert "electrolyte_concentration" not in rows.columns.designs


def test_only_volumes_with_rows_decide_what_is_constant(world):
    world.features["texture"] = [0.0] * 11 + [1.0]
    kept = world.observations[world.observations["filename"] != "sample_011.tif"]
    rows = build_rows(kept, world.volumes)
    data = data_of(rows, world.features, find_groups(rows))
    feature_sources = sources(ComparisonSettings(), TIERS, metres=False)
    assert feature_rows("morphology", data.cells, data, feature_sources).columns.descriptors == ("porosity", "surface")


def test_joined_quantities_are_their_formula_row_by_row(world):
    data, feature_sources = data_and_sources(world)
    rows = feature_rows(RICH, data.cells, data, feature_sources)
    observed = world.observations
    porosity = observed["filename"].map(dict(zip(world.volumes["filename"], world.features["porosity"], strict=True)))
    expected = (
        3 * (1 - porosity) * observed["Positive electrode thickness [m]"] / observed["Positive particle radius [m]"]
    )
    np.testing.assert_allclose(rows.column("active_area_positive"), expected, rtol=1e-6)
    np.testing.assert_array_equal(rows.matrix()[:, -1], rows.column(rows.columns.names[-1]))


def test_quantities_in_metres_need_a_voxel_size(world):
    world.features["specific_surface"] = world.features["surface"]
    data, unknown = data_and_sources(world)
    _, known = data_and_sources(world, metres=True)
    assert "imaged_area_positive" not in feature_rows(RICH, data.cells, data, unknown).columns.names
    assert "imaged_area_positive" in feature_rows(RICH, data.cells, data, known).columns.names


def test_the_network_tier_joins_the_dear_sets_where_it_was_asked_for(world):
    world.features["pores"] = np.arange(12.0)
    data, without = data_and_sources(world)
    _, with_it = data_and_sources(world, tiers=("morphology", "transport", "network"))
    for name, expected in (("scalars+morphology", False), ("scalars+morphology+transport", True)):
        assert "pores" not in feature_rows(name, data.cells, data, without).columns.names
        assert ("pores" in feature_rows(name, data.cells, data, with_it).columns.names) == expected


def test_distinct_volumes_have_descriptors_and_no_design(world):
    data, feature_sources = data_and_sources(world)
    rows = feature_rows("morphology", data.distinct, data, feature_sources)
    assert len(rows) == 12
    assert (rows.design == -1).all()
    networks = feature_rows("volume+scalars", data.distinct, data, feature_sources)
    assert networks.columns.names == ()


@pytest.mark.parametrize(
    ("features", "takes", "part"),
    [
        ("none", True, "none"),
        ("scalars", False, None),
        ("morphology", True, "morphology"),
        ("scalars+morphology", False, "morphology"),
        ("scalars+morphology+transport", False, "morphology"),
        (RICH, False, "morphology"),
        ("volume+scalars", True, "volume+scalars"),
        ("embedding+scalars", True, "embedding+scalars"),
    ],
)
def test_volume_only_targets_take_no_scalars_and_nothing_they_derive_from(features, takes, part):
    assert applies(FEATURE_SET_BY_NAME[features], "tau_factor") == takes
    assert applies(FEATURE_SET_BY_NAME[features], "projected_cycle_life")
    assert volume_part(features) == part


def test_the_counterpart_without_the_image_tells_no_volumes_apart(world):
    data, feature_sources = data_and_sources(world)
    rows = feature_rows("scalars+physics", data.cells, data, feature_sources)
    assert FEATURE_SET_BY_NAME["scalars+physics"].control
    assert not rows.columns.descriptors
    rich = feature_rows(RICH, data.cells, data, feature_sources)
    assert "electrolyte_diffusion_time_positive" in rows.columns.joined
    # those of the volume alone vary no more, all others are there
    assert set(rows.columns.joined) <= set(rich.columns.joined)
    matrix = rows.matrix()
    for design in np.unique(rows.design):
        assert (matrix[rows.design == design] == matrix[rows.design == design][0]).all()
