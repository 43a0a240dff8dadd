import numpy as np

from poregrove.schema import TargetSpec


def test_values_beyond_the_declared_bounds_are_counted(own, findings):
    values = np.linspace(0.1, 0.9, 24)
    values[[2, 3, 7]] = -0.5, 1.5, 1.25
    found = findings(own(target=TargetSpec("share", "strength", low=0.0, high=1.0), strength=values))
    assert found["target_out_of_bounds"].count == 3
    assert "share < 0 in 1 row; share > 1 in 2 rows" in found["target_out_of_bounds"].message
    assert found["target_out_of_bounds"].examples[0] == "row 2 (volume_02.tif)"


def test_without_bounds_nothing_is_asked_and_the_bounds_themselves_are_inside(own, counts):
    assert "target_out_of_bounds" not in counts(own(strength=np.linspace(-1e9, 1e9, 24)))
    inside = TargetSpec("share", "strength", low=0.0, high=1.0)
    assert "target_out_of_bounds" not in counts(own(target=inside, strength=np.linspace(0.0, 1.0, 24)))
