"""Contacts of phases: the area of the walls between two, and the length of the lines along which three meet.

Both follow from the patterns of 2x2x2 voxels of single phases and of phases taken together, as the surface of one phase
does (``descriptors/minkowski.py``), so that nothing is counted twice and areas add up:

- the wall of two phases taken together leaves out what they share, so area(a, b) = (area(a) + area(b) - area(a + b)) / 2,
  and the areas of a phase with each of the others sum to its own, exactly;
- an edge of a voxel, which four voxels share, lies on a triple line of three phases where each is among the four. Steps
  along edges are longer than the line that they follow, by 3/2 as a mean over all directions: the length is 2/3 of theirs.
  A straight line along an axis is too short by 1/3, one along a diagonal of the cube too long by 2 / sqrt 3 - 1 = 15 %.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from .descriptors.minkowski import Probabilities, specific_surface

if TYPE_CHECKING:
    from ..array_types import Mask
    from .backends import Backend
    from .voxels import Spacing

STRAIGHTENED = 2.0 / 3.0
"""Length of a line over that of the steps along axes that follow it, as a mean over all directions."""
_AXES = 3


class Contacts:
    """Walls and triple lines of phases that fill a volume together, by name; lengths in the smallest edge of a voxel."""

    def __init__(self, masks: Mapping[str, Mask], backend: Backend, spacing: Spacing) -> None:
        self._masks, self._backend, self._spacing = masks, backend, spacing
        self._counted: dict[frozenset[str], Probabilities] = {}

    def area(self, one: str, other: str) -> float:
        """Area of the wall between two phases per volume."""
        first, second, both = (
            specific_surface(self._together(*names), self._spacing) for names in ((one,), (other,), (one, other))
        )
        # rounding may leave less than nothing where they do not meet
        return max((first + second - both) / 2.0, 0.0)

    def triple_length(self, one: str, other: str, third: str) -> float:
        """Length of the lines along which three phases meet per volume."""
        names = (one, other, third)
        length = 0.0
        for axis in range(_AXES):
            # an edge misses some phases where its four voxels lie in the rest: inclusion and exclusion
            met = 1.0
            for number in (1, 2, 3):
                for missed in itertools.combinations(names, number):
                    met += (-1) ** number * self._without(*missed).mean(_squares(axis))
            across = np.prod([edge for other_axis, edge in enumerate(self._spacing) if other_axis != axis])
            length += max(met, 0.0) / float(across)
        return STRAIGHTENED * length

    def _together(self, *names: str) -> Probabilities:
        """Patterns of the voxels of any of these phases."""
        wanted = frozenset(names)
        rest = frozenset(self._masks) - wanted
        if rest in self._counted:
            return Probabilities(self._counted[rest].shares[::-1])
        if wanted not in self._counted:
            mask = np.logical_or.reduce([self._masks[name] for name in names])
            (counts,) = self._backend.configurations(self._backend.batch([mask]))
            self._counted[wanted] = Probabilities(counts / counts.sum())
        return self._counted[wanted]

    def _without(self, *names: str) -> Probabilities:
        """Patterns of the voxels of none of these phases."""
        return Probabilities(self._together(*names).shares[::-1])


def _squares(axis: int) -> tuple[tuple[int, ...], ...]:
    """The four voxels around each of the two edges of a block along an axis: those that differ in the other coordinates."""
    bit = 4 >> axis
    return tuple(tuple(corner for corner in range(8) if bool(corner & bit) == side) for side in (False, True))
