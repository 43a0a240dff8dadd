"""Analytic laws: exact data give their exponents back."""

import numpy as np
import pytest
from model_fits import fit

from poregrove.errors import ModelError
from poregrove.models import registry
from poregrove.models.base import Columns, Rows

LAWS = [info for info in registry.available() if info.kind == "law" and info.name != "computed"]
"""``computed`` learns nothing: it has a test of its own."""


def volumes(**columns):
    """One row a volume, as the microstructure targets have them."""
    table = np.stack([np.asarray(values, np.float32) for values in columns.values()], axis=1)
    n = len(table)
    designs = np.zeros((0, 0), np.float32)
    return Rows(table, designs, np.arange(n, dtype=np.int32), np.full(n, -1, np.int32), Columns(tuple(columns)))


@pytest.fixture
def structures():
    rng = np.random.default_rng(0)
    names = {name for info in LAWS for name in info.columns}
    return {name: rng.uniform(0.2, 0.9, 40) for name in sorted(names)}


def test_bruggeman_recovers_its_exponent(structures):
    porosity = structures["porosity"]
    fitted = fit(registry.create("bruggeman"), volumes(porosity=porosity), -0.5 * np.log(porosity.astype(np.float32)))
    assert fitted.exponents == pytest.approx([-0.5], abs=1e-6)
    assert fitted.intercept == 0


def test_bruggeman_gives_no_resistance_without_solid(structures):
    """tau(1) = 1 for any data: the law has no prefactor."""
    porosity = structures["porosity"]
    fitted = fit(registry.create("bruggeman"), volumes(porosity=porosity), (1 - porosity).astype(np.float32))
    assert fitted.predict(volumes(porosity=[1.0])).y[0] == 0


@pytest.mark.parametrize(
    ("name", "exponents"),
    [
        ("power-law", {"porosity": -0.7}),
        ("surface-law", {"porosity": -0.7, "specific_surface": 0.3}),
        ("geodesic-law", {"porosity": 1.15, "geodesic_tortuosity_mean_z": -4.39}),
        (
            "chord-law",
            {"porosity": -0.7, "chord_length_mean_z": -0.4, "chord_length_mean_y": 0.2, "chord_length_mean_x": 0.2},
        ),
    ],
)
def test_a_law_recovers_prefactor_and_exponents(structures, name, exponents):
    rows = volumes(**structures)
    y = 0.2 + sum(power * np.log(rows.column(column).astype(float)) for column, power in exponents.items())
    fitted = fit(registry.create(name), rows, y.astype(np.float32))
    assert dict(zip(fitted.columns, fitted.exponents, strict=True)) == pytest.approx(exponents, abs=1e-5)
    assert fitted.intercept == pytest.approx(0.2, abs=1e-5)
    np.testing.assert_allclose(fitted.predict(rows).y, y, atol=1e-5)


@pytest.mark.parametrize("info", LAWS, ids=lambda info: info.name)
def test_a_law_serves_the_transport_targets_and_states_its_columns(info):
    assert info.targets == {"tau_factor", "d_eff"}
    model = registry.create(info.name)
    assert set(info.columns) == {name for term in model.terms for name in term}
    assert info.reference


@pytest.mark.parametrize("info", LAWS, ids=lambda info: info.name)
def test_a_missing_column_is_named(info, structures):
    present = {name: values for name, values in structures.items() if name != info.columns[-1]}
    present = present or {"something": np.ones(40)}
    with pytest.raises(ModelError, match=info.columns[-1]):
        fit(registry.create(info.name), volumes(**present), np.ones(40, np.float32))


def test_rows_where_a_column_is_undefined_neither_teach_nor_fail(structures):
    """They get the training mean; the exponent is that of the other rows."""
    clean = structures["porosity"]
    y = np.append(-0.5 * np.log(clean), [7.0, 8.0, 9.0]).astype(np.float32)
    rows = volumes(porosity=np.append(clean, [np.nan, 0.0, -1.0]))
    fitted = fit(registry.create("power-law"), rows, y)
    assert fitted.exponents == pytest.approx([-0.5], abs=1e-5)
    np.testing.assert_allclose(fitted.predict(rows).y[-3:], y.mean(), rtol=1e-6)


def test_a_law_without_one_usable_row_says_so():
    with pytest.raises(ModelError, match="no training row has positive values of porosity"):
        fit(registry.create("bruggeman"), volumes(porosity=[np.nan, 0.0]), np.ones(2, np.float32))
