"""The model that CONTRIBUTING.md shows runs as it stands there, and keeps the contract."""

import re
from pathlib import Path

import numpy as np
import pytest
from model_fits import fit

from poregrove.models.base import Columns, Rows
from poregrove.testing import check_model

TEXT = Path(__file__).parents[2].joinpath("CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def midrange():
    (example,) = (block for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "class Midrange" in block)
    names = {"__name__": "contributed"}
    exec(compile(example, "CONTRIBUTING.md", "exec"), names)  # noqa: S102  our own example
    return names["Midrange"]


def test_it_keeps_the_contract(midrange):
    check_model(midrange())


def test_it_learns_the_middle(midrange):
    n = 11
    positions = np.arange(n, dtype=np.int32)
    rows = Rows(np.zeros((n, 0), np.float32), np.zeros((n, 0), np.float32), positions, positions, Columns())
    fitted = fit(midrange(outside=0.0), rows, np.array([0.0] * 10 + [8.0], np.float32))
    assert fitted.predict(rows).y.tolist() == [4.0] * n
