"""Physics features against numbers worked out by hand."""

import inspect

import numpy as np
import pytest

from poregrove.features.physics import quantities
from poregrove.schema import SCALARS

CELL = {
    "porosity": 0.4,
    "relative_diffusivity_z": 0.2,
    "specific_surface": 3.0e5,
    "sei_rate": 1e-12,
    "electrolyte_diffusivity": 3e-10,
    "electrolyte_concentration": 1000.0,
    "separator_porosity": 0.5,
    "positive_radius": 5e-6,
    "negative_radius": 6e-6,
    "positive_thickness": 75e-6,
    "negative_thickness": 90e-6,
    "sei_solvent_diffusivity": 2e-21,
    "dead_lithium_decay": 1e-6,
    "plating_rate": 1e-10,
    "sei_molar_volume": 9e-5,
}

BY_HAND = {
    "electrolyte_diffusion_time_positive": 37.5,  # .4 * (75e-6)^2 / (3e-10 * .2)
    "electrolyte_diffusion_time_negative": 54.0,
    "electrolyte_limiting_flux_positive": 8e-4,  # 3e-10 * .2 * 1000 / 75e-6
    "electrolyte_limiting_flux_negative": 6e-8 / 9e-5,
    "equivalent_electrolyte_length_positive": 375e-6,
    "equivalent_electrolyte_length_negative": 450e-6,
    "electrolyte_inventory_positive": 0.03,
    "electrolyte_inventory_negative": 0.036,
    "electrolyte_to_particle_time_positive": 450.0,  # .4 * 15^2 / .2
    "electrolyte_to_particle_time_negative": 450.0,  # .4 * 15^2 / .2
    "porosity_over_separator": 0.8,
    "active_area_positive": 27.0,  # 3 * .6 * 15
    "active_area_negative": 27.0,
    "imaged_area_positive": 22.5,
    "imaged_area_negative": 27.0,
    "imaged_over_active_area_positive": 1.5 / 1.8,
    "imaged_over_active_area_negative": 1.0,
    "np_thickness_ratio": 1.2,
    "np_radius_ratio": 1.2,
    "solid_thickness_positive": 45e-6,
    "solid_thickness_negative": 54e-6,
    "sei_rate_per_area": 27e-12,
    "plating_rate_per_area": 27e-10,
    "sei_parabolic_growth": 18e-26,
    "sei_crossover_thickness": 2e-9,
    "dead_lithium_ratio": 1e-6 * 6e-6 / (1.8 * 1e-10),
}


def test_every_quantity_has_its_hand_computation():
    assert {item.name for item in quantities()} == set(BY_HAND)


@pytest.mark.parametrize("item", quantities(), ids=lambda item: item.name)
def test_value(item):
    arrays = {name: np.array([value, value]) for name, value in CELL.items()}
    np.testing.assert_allclose(item.compute(arrays), [BY_HAND[item.name]] * 2, rtol=1e-12)


@pytest.mark.parametrize("item", quantities(), ids=lambda item: item.name)
def test_declaration_says_unit_and_meaning(item):
    assert item.unit
    assert item.meaning
    assert set(item.needs) == set(inspect.signature(item.function).parameters)
    assert set(item.needs.values()) <= set(CELL)


def test_the_electrode_is_the_one_asked_for():
    names = [item.name for item in quantities("negative")]
    assert "active_area_negative" in names
    assert not [name for name in names if name.endswith("_positive")]
    assert names.count("np_thickness_ratio") == 1


def test_undefined_is_nan_not_infinity():
    blocked = {**{name: np.array([value]) for name, value in CELL.items()}, "relative_diffusivity_z": np.array([0.0])}
    time = next(item for item in quantities() if item.name == "electrolyte_diffusion_time_positive")
    assert np.isnan(time.compute(blocked)).all()


def test_scalars_are_those_of_the_schema():
    descriptors = {"porosity", "relative_diffusivity_z", "specific_surface"}
    assert set(CELL) - descriptors <= {scalar.name for scalar in SCALARS}
