"""Physics features of a bundle, and whether they are still computed as when it was written.

Descriptors carry versions. Physics features are formulas, so a bundle keeps what each gives for
three made-up inputs, and a formula that gives anything else is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ...errors import ModelError
from ...features.physics import Quantity, quantities

PROBES = (0.25, 0.5, 0.75)
"""Positions from which every need of a quantity gets inputs of its own in (0, 1)."""


def probe(quantity: Quantity) -> tuple[float, ...]:
    """The quantity at the made-up inputs, float64[3]."""
    positions = np.array(PROBES)
    needs = sorted(set(quantity.needs.values()))
    values = {name: positions ** (1 + number / 7) for number, name in enumerate(needs)}
    return tuple(float(value) for value in np.broadcast_to(quantity.compute(values), positions.shape))


def known_quantities(probes: Mapping[str, tuple[float, ...]], where: str) -> Mapping[str, Quantity]:
    """The quantities of these names as they are computed here.

    Raises ModelError naming the first that is unknown or computed otherwise.
    """
    known = {item.name: item for item in quantities("both")}
    for name, expected in probes.items():
        if name not in known:
            raise ModelError(f"{where}: the column {name!r} is not known to this version")
        if not np.allclose(probe(known[name]), expected, rtol=1e-9, atol=0.0, equal_nan=True):
            raise ModelError(f"{where}: the column {name!r} is computed otherwise by this version")
    return {name: known[name] for name in probes}


def descriptors_needed(items: Iterable[Quantity], scalars: Iterable[str]) -> set[str]:
    """The descriptors that quantities take."""
    return {need for item in items for need in item.needs.values()} - set(scalars)
