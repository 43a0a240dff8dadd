"""The volumes of a comparison: none that cannot be read, the descriptors of each, their voxels as bits."""

from __future__ import annotations

import logging
from functools import partial
from itertools import compress
from pathlib import Path
from typing import Any

import pandas as pd

from ...errors import DataSetError, RunError
from ...features.cache import feature_cache
from ...features.declaration import ColumnInfo
from ...models.base import Volumes
from ..audit.inspection import InspectedDataset
from ..data.bits import BitStore
from ..execution import console
from ..runs.folder import RunFolder
from ..training.request import Request
from .describe_files import Source
from .extract import KEYS, VOXEL_SIZE, extract
from .voxel_store import pack_volumes

log = logging.getLogger(__name__)
_KEPT = frozenset({"volume_digest", "status"})

_SHOWN = 5


def refuse_unreadable(inspected: InspectedDataset) -> None:
    """Raise DataSetError naming the first volumes that cannot be used, unless the settings say to leave them out."""
    bad = inspected.inspection.frame[inspected.inspection.frame["status"] != "ok"]
    if bad.empty or inspected.settings.volume.unreadable == "drop":
        return
    shown = "; ".join(f"{row.filename}: {row.reason}" for row in bad.head(_SHOWN).itertuples())
    more = f"; and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
    raise DataSetError(
        f"{inspected.dataset.data}: {len(bad)} of {len(inspected.inspection.frame)} volumes named in the column 'filename' cannot be "
        f"used ({shown}{more}). Mend them, or leave their rows out with --set volume.unreadable=drop."
    )


def described(
    inspected: InspectedDataset,
    bits: BitStore | None,
    columns: tuple[ColumnInfo, ...],
    request: Request,
    progress: Any,
) -> pd.DataFrame:
    """One row a distinct volume: digest, status, descriptors; read from ``bits``, or from the files not kept there."""
    distinct = inspected.inspection.readable.drop_duplicates("volume_digest")
    sources = [
        Source(name, inspected.dataset.resolve(name), bits=None if bits is None else bits.kept(digest))
        for name, digest in zip(distinct["filename"], distinct["volume_digest"], strict=True)
    ]
    describe = partial(
        extract,
        phase=inspected.inspection.phase,
        settings=inspected.settings.volume,
        columns=columns,
        cache=feature_cache(),
        verify=False,  # the inspection has read them where that was asked for
        device=request.device,
        workers=request.workers,
        progress=progress,
    )
    if request.shard:
        # its own part first; by then the others' are in the cache, and what is not is described here
        own = [request.shard.takes(digest) for digest in distinct["volume_digest"]]
        describe(list(compress(sources, own)))
    extraction = describe(sources)
    if len(extraction.failures):
        raise RunError(f"volumes cannot be described: {extraction.failures['reason'].iloc[0]}")
    return extraction.frame.drop(columns=[*(name for name in KEYS if name not in _KEPT), VOXEL_SIZE])


def paths_by_digest(inspected: InspectedDataset) -> dict[str, tuple[str, Path]]:
    """Name and path of the first file of each distinct volume."""
    distinct = inspected.inspection.readable.drop_duplicates("volume_digest")
    return {
        digest: (name, inspected.dataset.resolve(name))
        for digest, name in zip(distinct["volume_digest"], distinct["filename"], strict=True)
    }


def packed(inspected: InspectedDataset, bits: BitStore, features: pd.DataFrame, folder: RunFolder) -> Volumes:
    """Voxels of the described volumes, in the order of the features table."""
    log.info("voxels")
    names = dict(
        zip(inspected.inspection.readable["volume_digest"], inspected.inspection.readable["filename"], strict=True)
    )
    with console.progress("packing", "volume") as progress:
        return pack_volumes(
            folder.volumes,
            list(features["volume_digest"]),
            lambda digest: bits.kept(digest) or bits.put(inspected.open(names[digest])),
            names=names,
            progress=progress,
        )
