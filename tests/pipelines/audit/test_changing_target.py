import numpy as np

from poregrove.schema import InputSpec


def test_a_direction_that_varies_and_is_no_input_is_warned_of(own, findings):
    found = findings(own(flow_direction=["z", "mean"] * 12, pulse_s=[10] * 24))
    assert found["changing_target"].severity == "warning"
    assert found["changing_target"].count == 1
    assert found["changing_target"].examples == ("flow_direction: z in 12, mean in 12",)
    assert "flow_direction is no input" in found["changing_target"].message


def test_it_is_an_info_once_it_is_an_input(own, findings):
    inputs = (InputSpec("eol", "eol_share"), InputSpec("load", "load"))
    found = findings(own(inputs=inputs, eol_share=np.linspace(0.7, 0.8, 24)))
    assert found["changing_target"].severity == "info"
    assert "all of them are inputs" in found["changing_target"].message


def test_nothing_is_said_of_other_columns_nor_of_the_built_in_contract(own, clean, findings):
    assert "changing_target" not in findings(own(temperature=np.arange(24.0)))
    assert "changing_target" not in findings(clean)
