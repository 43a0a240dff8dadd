import numpy as np

from poregrove.schema import InputSpec


def test_an_input_that_is_a_function_of_the_target_is_named(own, findings):
    strength = np.random.default_rng(0).permutation(np.linspace(1.0, 9.0, 24))
    inputs = (InputSpec("load", "load"), InputSpec("weakness", "weakness"))
    found = findings(own(inputs=inputs, strength=strength, weakness=1 / strength**2))
    assert found["leaking_input"].count == 1
    assert found["leaking_input"].examples == ("weakness -> strength",)
    assert "-1.0000" in found["leaking_input"].message


def test_a_correlated_input_is_none(own, counts):
    strength = np.random.default_rng(0).permutation(np.linspace(1.0, 9.0, 24))
    noise = np.random.default_rng(1).normal(0.0, 0.5, 24)
    assert "leaking_input" not in counts(
        own(inputs=(InputSpec("near", "near"),), strength=strength, near=strength + noise)
    )
