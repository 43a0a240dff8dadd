import pytest

RADIUS, THICKNESS = "Positive particle radius [m]", "Negative electrode thickness [m]"


def scaled(clean, column, factor, designs=range(6)):
    rows = clean.rows[clean.rows["param_id"].isin(designs)]
    return {column: (factor * rows[column]).to_dict()}


@pytest.mark.parametrize("factor", [1e6, 1e-6, 1e3])
def test_columns_of_two_units_are_named(clean, bend, findings, factor):
    rows = scaled(clean, RADIUS, factor) | scaled(clean, THICKNESS, factor)
    found = findings(bend(rows=rows))["mixed_units"]
    assert (found.severity, found.count, found.unit) == ("error", 2, "columns")
    assert RADIUS in found.message
    assert THICKNESS in found.message


def test_millivolts_among_volts(clean, bend, findings):
    found = findings(bend(rows=scaled(clean, "mean_discharge_voltage", 1e3)))["mixed_units"]
    assert found.examples[0].startswith("mean_discharge_voltage: 3.")


def test_a_parameter_that_spans_decades_is_no_mixture(clean, bend, counts):
    """A scan on a logarithmic scale has no gap that is wider than its groups."""
    name = "SEI kinetic rate constant [m.s-1]"
    rows = {name: (10.0 ** clean.rows["param_id"]).to_dict()}
    assert "mixed_units" not in counts(bend(rows=rows))


def test_two_levels_of_a_rate_are_no_mixture(clean, bend, counts):
    name = "SEI kinetic rate constant [m.s-1]"
    rows = {name: (10.0 ** (3 * (clean.rows["param_id"] % 2))).to_dict()}
    assert "mixed_units" not in counts(bend(rows=rows))
