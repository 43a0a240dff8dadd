"""Groups of volumes and of designs that must stay on one side of a split."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from ..data.components import components

_ABSENT = frozenset({"", "nan", "na", "n/a", "null", "none"})
"""Texts that stand for no value."""
_KINDS = ("volume", "design", "generator")


@dataclass(frozen=True)
class Groups:
    """Group of each volume digest and of each design digest, numbered from 0 in order of appearance.

    ``generator`` numbers where volumes come from, for those that say so; volumes of one group, and
    generators that share a group, have one number.
    """

    volume: Mapping[str, int]
    design: Mapping[str, int]
    generator: Mapping[str, int] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        """One row a digest: kind (``volume`` | ``design`` | ``generator``), digest, group."""
        rows = [(kind, digest, group) for kind in _KINDS for digest, group in getattr(self, kind).items()]
        return pd.DataFrame(rows, columns=["kind", "digest", "group"]).astype({"group": "int32"})

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Groups:
        """The inverse of ``frame``."""
        return cls(
            **{
                kind: dict(zip(part["digest"], part["group"].astype(int), strict=True))
                for kind in _KINDS
                for part in [frame[frame["kind"] == kind]]
            }
        )


def find_groups(
    rows: pd.DataFrame,
    volumes: pd.DataFrame | None = None,
    *,
    observations: pd.DataFrame | None = None,
    group_columns: Iterable[str] = (),
    ood_column: str | None = None,
) -> Groups:
    """Groups of the volumes and designs of the run table ``rows``.

    Volumes belong together where they are the same up to flips, quarter turns and complement
    (``canonical_digest`` in ``volumes``), where they are crops of one larger image (``same_image_as``),
    and where rows of theirs share a value of one of ``group_columns`` of ``observations``. Designs belong
    together where their digests are equal. ``ood_column`` of ``observations``, where it is there, says
    which generator each volume comes from.
    """
    digests = rows["volume_digest"].dropna().unique()
    ties: list[tuple[Hashable, Hashable]] = []
    origins: list[tuple[Hashable, Hashable]] = []
    if volumes is not None:
        ties += _ties(volumes["volume_digest"], volumes["canonical_digest"], "canonical")
        if "same_image_as" in volumes:
            ties += _ties(volumes["volume_digest"], volumes["same_image_as"].fillna(volumes["filename"]), "image")
        if observations is not None:
            digest_of = observations["filename"].map(volumes.set_index("filename")["volume_digest"])
            for column in group_columns:
                ties += _ties(digest_of, observations[column], column)
            if ood_column in observations:
                origins = _ties(digest_of, observations[ood_column], "generator")
    volume = components(digests, ties)
    named = {volume[str(digest)] for digest, _ in origins if digest in volume}
    return Groups(
        volume=volume,
        design=components(rows["design_digest"].dropna().unique(), ()),
        generator=components((digest for digest in digests if volume[digest] in named), (*ties, *origins)),
    )


def _ties(digests: pd.Series, values: pd.Series, name: str) -> list[tuple[Hashable, Hashable]]:
    """Each digest tied to each value that it has; the name keeps values of different columns apart."""
    pairs = pd.DataFrame({"digest": digests.to_numpy(), "value": values.to_numpy()}).dropna().drop_duplicates()
    # a placeholder for no value ties nothing
    told = [not (isinstance(value, str) and value.strip().lower() in _ABSENT) for value in pairs["value"]]
    return [(digest, (name, value)) for digest, value in pairs[told].itertuples(index=False)]
