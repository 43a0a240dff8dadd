"""Volumes cut from one larger image."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import SHOWN, agree, counted


@check(
    code="overlapping_volumes",
    severity="warning",
    unit="volumes",
    remedy="Cut volumes apart from one another; until then crops of one image share a fold.",
    any_contract=True,
)
def overlapping_volumes(evidence: Evidence) -> CheckResult | None:
    """Volumes that hold a part of another one, voxel by voxel, shifted along any axis.

    Cubes of 16 voxels that both hold are looked for at every offset; counted are the files after the first
    of each larger image, those that overlap it only by way of others among them. Crops that were
    turned, resampled or segmented anew are not recognised. A warning: folds are grouped by image, so
    nothing leaks here, but fewer volumes are independent than there are files, and any split by file
    name leaks.
    """
    query = 'volumes.query("same_image_as.notna()")'
    crops = evidence.volumes[evidence.volumes["same_image_as"].notna()]
    if crops.empty:
        return None
    images = crops["same_image_as"].nunique()
    message = (
        f"{counted(len(crops), 'volume')} of {len(evidence.volumes):,} {agree(len(crops), 'overlaps', 'overlap')} another file: "
        f"crops of {counted(images, 'larger image')}."
    )
    pairs = (f"{row.filename} and {row.same_image_as}" for row in crops.head(SHOWN).itertuples())
    return CheckResult(len(crops), message, query, tuple(pairs))
