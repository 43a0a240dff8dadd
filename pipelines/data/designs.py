"""Rows that share a design: vectors of the 15 scalars that are the same but for the digits they were stored with.

Files hold scalars as float64, as float32 or as text of six digits. Vectors that are equal after rounding to float32 are one
design; so are vectors of one ``param_id`` whose scalars all lie within a relative 1e-5 of one another. Where a row of near
neighbours under one id is wider than that as a whole, nothing is merged: it has no first and no last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...array_types import Float64
from ...schema import SCALAR_COLUMNS
from .components import components

TOLERANCE = 1e-5
"""Largest relative difference of two scalars that six digits explain."""
_MOST_OF_AN_ID = 64
"""An id with more vectors than this names no design, and its vectors are not set against one another."""


@dataclass(frozen=True, eq=False)
class Designs:
    """The design of every row, and the ids that do not agree with them.

    ``digest`` has one text a row, with the index of the rows. ``chained`` are ids whose near neighbours are too wide to be
    one design, ``torn`` ids of two designs or more, ``shared`` designs, by digest, of two ids or more.
    """

    digest: pd.Series
    chained: tuple[Any, ...]
    torn: tuple[Any, ...]
    shared: tuple[str, ...]


def design_digests(rows: pd.DataFrame, scalars: Sequence[str] = SCALAR_COLUMNS) -> pd.Series:
    """sha256 of the ``scalars`` of each row as one design has them, index as in ``rows``; ``param_id`` counts where it is there."""
    return designs_of(rows, scalars).digest


def designs_of(rows: pd.DataFrame, scalars: Sequence[str] = SCALAR_COLUMNS) -> Designs:
    """The designs of rows with the ``scalars`` and, where the data set has them, ids in ``param_id``."""
    if not scalars:  # without inputs there is one design
        one = pd.Series([_digest(np.empty(0))] * len(rows), index=rows.index, dtype=object)
        return Designs(one, (), (), ())
    values = rows[list(scalars)].astype(np.float64)
    # designs repeat, so only the distinct vectors are rounded, set against one another and hashed
    vector = values.groupby(list(scalars), sort=False, dropna=False).ngroup()
    distinct = values[~vector.duplicated()].to_numpy(np.float64)
    texts = np.array([_digest(row) for row in distinct], object)
    ids = rows["param_id"] if "param_id" in rows else pd.Series(None, index=rows.index, dtype=object)
    pairs = pd.DataFrame({"id": ids.to_numpy(object), "text": texts[vector.to_numpy()], "vector": vector.to_numpy()})
    # a row without an id belongs to none
    pairs = pairs[pairs["id"].notna()].drop_duplicates(["id", "text"])
    merged, chained = _merged(pairs, distinct)
    digest = pd.Series([merged.get(text, text) for text in texts[vector.to_numpy()]], index=rows.index, dtype=object)
    named = pairs.assign(text=[merged.get(text, text) for text in pairs["text"]]).drop_duplicates(["id", "text"])
    torn = named.loc[named["id"].duplicated(keep=False), "id"].drop_duplicates()
    shared = named.loc[named["text"].duplicated(keep=False), "text"].drop_duplicates()
    return Designs(digest, tuple(chained), tuple(item for item in torn if item not in set(chained)), tuple(shared))


def _merged(pairs: pd.DataFrame, distinct: Float64) -> tuple[dict[str, str], list[Any]]:
    """The digest that stands for each one that is merged with others of its id, and the ids of chains."""
    merged: dict[str, str] = {}
    chained: list[Any] = []
    for name, group in pairs[pairs["id"].duplicated(keep=False)].groupby("id", sort=False):
        if len(group) > _MOST_OF_AN_ID:
            continue
        texts, vectors = group["text"].to_list(), distinct[group["vector"]]
        near = [(i, j) for i in range(len(texts)) for j in range(i) if _spread(vectors[[i, j]]) <= TOLERANCE]
        part = components(range(len(texts)), near)
        for number in set(part.values()):
            members = [place for place, where in part.items() if where == number]
            if len(members) > 1 and _spread(vectors[members]) <= TOLERANCE:
                first = merged.get(texts[members[0]], texts[members[0]])
                merged |= {texts[place]: first for place in members}
            elif len(members) > 1:
                chained.append(name)
    return merged, list(dict.fromkeys(chained))


def _spread(vectors: Float64) -> float:
    """The largest relative difference of any scalar among some vectors; a gap is only like a gap."""
    low, high = vectors.min(axis=0), vectors.max(axis=0)
    gaps = np.isnan(vectors)
    if (gaps.any(axis=0) != gaps.all(axis=0)).any():
        return np.inf
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (high - low) / np.maximum(np.abs(low), np.abs(high))
    return float(np.nan_to_num(share, nan=0.0).max())


def _digest(scalars: Float64) -> str:
    # adding zero turns -0.0 into 0.0, which is the same design
    with np.errstate(over="ignore"):
        rounded = scalars.astype(np.float32) + np.float32(0.0)
    return hashlib.sha256("|".join(f"{value:.8e}" for value in rounded.tolist()).encode()).hexdigest()
