"""Reasons why a number about representativity is NaN, in the words that tables carry."""

from __future__ import annotations

from typing import Final

ONE_PHASE: Final = "one_phase"
NO_DECAY: Final = "no_decay"
FEW: Final = "fewer_than_27_sub_volumes"
SHORT: Final = "edges_under_two_correlation_lengths"
NO_PATH: Final = "sub_volumes_do_not_percolate"
UNDEFINED: Final = "undefined_in_sub_volumes"
GRADIENT: Final = "gradient"
SAME: Final = "no_variation"
FEW_SIZES: Final = "fewer_than_3_sizes"
GROWS: Final = "spread_does_not_fall"

MEANINGS: Final = {
    ONE_PHASE: "the whole volume is pore, or solid",
    NO_DECAY: "the covariance of the pores has not decayed within a quarter of the shortest edge",
    FEW: "sub-volumes in 3 x 3 x 3 would have fewer than 8 voxels along an axis",
    SHORT: "an edge of the sub-volumes in 3 x 3 x 3 is shorter than two correlation lengths of the pores",
    NO_PATH: "at every size a sub-volume has no path along the axis of the column",
    UNDEFINED: "at every size a sub-volume leaves the column undefined",
    GRADIENT: "values rise or fall through the thickness beyond chance (p < 0.01), so the volume is no sample of one material",
    SAME: "all sub-volumes have the same value",
    FEW_SIZES: "an exponent needs three sizes of sub-volumes",
    GROWS: "the spread does not fall with the size of the sub-volumes",
}
"""Meaning of each reason, as a phrase."""
