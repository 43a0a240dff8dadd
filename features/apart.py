"""Groups of components that keep apart, so that paths through one group do not lead from one to another."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..array_types import Int64


def apart(numbers: Int64, contacts: Int64) -> list[Int64]:
    """Few groups of the components ``numbers``, in none of which two meet as the pairs ``contacts`` say; in their order."""
    meets: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in contacts.tolist():
        meets[one].add(other)
        meets[other].add(one)
    groups: list[set[int]] = []
    for number in numbers.tolist():
        group = next((group for group in groups if not group & meets[number]), None)
        if group is None:
            groups.append(group := set())
        group.add(number)
    return [np.array(sorted(group), np.int64) for group in groups]
