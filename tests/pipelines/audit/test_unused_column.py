import numpy as np


def test_empty_and_constant_columns_are_told_apart(own, findings):
    found = findings(own(notes=[None] * 24, coating=[False] * 24, version=["1.2"] * 20 + [None] * 4))
    assert found["unused_column"].count == 3
    assert found["unused_column"].examples == ("notes: empty", "coating: False throughout", "version: 1.2 throughout")
    assert found["unused_column"].severity == "info"


def test_columns_that_vary_are_not_named(own, clean, counts):
    assert "unused_column" not in counts(own(extra=np.arange(24)))
    assert "unused_column" not in counts(clean)
