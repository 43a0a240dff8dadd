"""A feature set as the rows that models take: which descriptors, scalars and physics features.

Values go to the models as they are, with the names of those that are declared as positive and spanning
decades: trees do not care about the spread, and models that do take the logarithms (``models.log_columns``). A column that holds a single finite
value, or none, over all volumes or designs of a table is dropped from it; that looks at no target
and is decided once a table, not once a fold. So are the means of the descriptors in ``scalars+physics``, the
counterpart without the image of the set that has physics features.

The rows of distinct volumes have no design, so only sets without scalars apply to them: ``none`` and
``morphology`` (with the transport tier their targets would be read off, not predicted), and the
sets of the networks, which there see the volume alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...features import ColumnInfo, descriptors
from ...features.physics import Quantity, quantities
from ...models.base import Columns, Rows, Volumes
from ...schema import BUILT_IN, FEATURE_SET_BY_NAME, SCALARS, Contract, FeatureSet, Scalar
from ..settings import ComparisonSettings
from .arrays import Data, Table

_JOINED_SAMPLE = 20_000
"""Rows on which a physics feature is tested for variation."""


@dataclass(frozen=True)
class FeatureSources:
    """Inputs of feature sets besides the tables themselves."""

    tiers: Mapping[str, str]
    """Tier of each descriptor column."""
    physics: tuple[Quantity, ...] = ()
    log: frozenset[str] = frozenset()
    """Columns of any kind that are positive and span decades, by their declarations."""
    categories: tuple[tuple[str, ...], ...] = ()
    """Names of the scalars that are the levels of one category, category by category."""


def sources(
    settings: ComparisonSettings, tiers: Mapping[str, str], *, metres: bool, contract: Contract = BUILT_IN
) -> FeatureSources:
    """Descriptors of the wanted tiers; physics features, without those in metres where the voxel size is unknown.

    Without those, too, whose scalars the contract does not have under the names and in the units of the built-in one.
    """
    wanted = {name: tier for name, tier in tiers.items() if tier in settings.tiers}
    possible = (item for item in quantities(settings.electrode) if metres or not item.in_metres)
    physics = tuple(item for item in possible if not lacks(item, contract))
    return FeatureSources(wanted, physics, _declared_logs(physics, contract), contract.categories)


def _declared_logs(physics: tuple[Quantity, ...], contract: Contract) -> frozenset[str]:
    declared: tuple[ColumnInfo | Scalar | Quantity, ...] = (*descriptors(), *contract.scalars, *physics)
    return frozenset(item.name for item in declared if item.log)


def lacks(quantity: Quantity, contract: Contract) -> str | None:
    """Reason why a physics feature cannot be computed under a contract: a scalar missing or in another unit."""
    units = {scalar.name: scalar.unit for scalar in contract.scalars}
    for scalar in SCALARS:
        if scalar.name in quantity.needs.values() and units.get(scalar.name) != scalar.unit:
            came = f"has it in {units[scalar.name]}" if scalar.name in units else "has no such input"
            return f"{quantity.name} needs {scalar.name} in {scalar.unit}, the contract {came}"
    return None


def applies(feature_set: FeatureSet, target: str, contract: Contract = BUILT_IN) -> bool:
    """Whether a set may be used for a target: volume-only ones take no scalars and nothing they derive from."""
    if not contract.volume_only(target):
        return not feature_set.derives
    looks = feature_set.volumes or feature_set.embedding
    return looks or feature_set.derives or not (feature_set.scalars or "transport" in feature_set.tiers)


def volume_part(features: str) -> str | None:
    """The set that stands for ``features`` where there are no scalars: an overall score uses it for such targets."""
    feature_set = FEATURE_SET_BY_NAME[features]
    if feature_set.volumes or feature_set.embedding or feature_set.entered or features == "none":
        return features
    return "morphology" if feature_set.tiers else None


def feature_rows(
    name: str, table: Table, data: Data, feature_sources: FeatureSources, volumes: Volumes | None = None
) -> Rows:
    """The rows of a table with the columns of a feature set.

    ``volumes`` are the voxels in the order of the features table, for the sets that look at them.
    """
    feature_set = FEATURE_SET_BY_NAME[name]
    used, designed = np.unique(table.volume), np.unique(table.design)
    # The network tier, where it was asked for, joins the sets that hold the expensive descriptors.
    tiers = (*feature_set.tiers, "network") if "transport" in feature_set.tiers else feature_set.tiers
    described = [column for column in map(str, data.volumes) if feature_sources.tiers.get(column) in tiers]
    described = _varying(described, data.volumes[described].to_numpy(np.float64)[used])
    has_designs = bool(len(designed)) and designed.min() >= 0
    scalars = list(data.designs.columns) if feature_set.scalars and has_designs else []
    scalars = _varying(scalars, data.designs[scalars].to_numpy(np.float64)[designed])
    by_volume = _of_the_mean(data.volumes, used) if feature_set.control else data.volumes
    joined = (
        _joined(table, by_volume, data.designs, feature_sources.physics)
        if feature_set.physics and has_designs
        else None
    )
    names = (tuple(described), tuple(scalars), joined.columns if joined else ())
    columns = Columns.marked(*names, log=feature_sources.log, categories=feature_sources.categories)
    looks = feature_set.volumes or feature_set.embedding
    rows = rows_over(columns, data.volumes, data.designs, volume=table.volume, design=table.design, joined=joined)
    return replace(rows, volumes=volumes) if looks else rows


def rows_over(
    columns: Columns,
    by_volume: pd.DataFrame,
    by_design: pd.DataFrame,
    *,
    volume: NDArray[np.int32],
    design: NDArray[np.int32],
    joined: JoinedQuantities | None = None,
) -> Rows:
    """Rows with just these columns, over a table of descriptors and one of scalars by their short names."""
    return Rows(
        descriptors=_float32(by_volume[list(columns.descriptors)].to_numpy(np.float64)),
        designs=_float32(by_design[list(columns.designs)].to_numpy(np.float64)),
        volume=volume,
        design=design,
        columns=columns,
        joined=joined,
    )


@dataclass(frozen=True, eq=False)
class JoinedQuantities:
    """Physics columns of (volume, design) pairs, computed in float64 while rows are joined."""

    quantities: tuple[Quantity, ...]
    by_volume: Mapping[str, NDArray[np.float64]]
    by_design: Mapping[str, NDArray[np.float64]]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the quantities."""
        return tuple(item.name for item in self.quantities)

    @classmethod
    def over(cls, chosen: tuple[Quantity, ...], by_volume: pd.DataFrame, by_design: pd.DataFrame) -> JoinedQuantities:
        """Quantities over a table of descriptors and one of scalars by their short names."""
        needs = {name for item in chosen for name in item.needs.values()}
        frames = (by_volume, by_design)
        needed = (
            {name: frame[name].to_numpy(np.float64) for name in map(str, frame) if name in needs} for frame in frames
        )
        return cls(chosen, *needed)

    def __call__(self, volume: NDArray[np.int32], design: NDArray[np.int32]) -> NDArray[np.float32]:
        """float32[n, q]; NaN where a quantity is undefined."""
        values = {name: column[volume] for name, column in self.by_volume.items()}
        values |= {name: column[design] for name, column in self.by_design.items()}
        return _float32(np.stack([item.compute(values) for item in self.quantities], axis=1))


def _of_the_mean(volumes: pd.DataFrame, used: NDArray[np.int32]) -> pd.DataFrame:
    """The same table with every descriptor held at its mean over the volumes used: one number tells no volumes apart."""
    means = volumes.iloc[used].mean().to_numpy()
    return pd.DataFrame(np.tile(means, (len(volumes), 1)), index=volumes.index, columns=volumes.columns)


def _joined(
    table: Table, volumes: pd.DataFrame, designs: pd.DataFrame, physics: tuple[Quantity, ...]
) -> JoinedQuantities | None:
    """The quantities whose needs are there and that vary over the table's rows."""
    known = {*map(str, volumes), *map(str, designs)}
    possible = tuple(item for item in physics if known.issuperset(item.needs.values()))
    if not possible:
        return None
    joined = JoinedQuantities.over(possible, volumes, designs)
    sample = np.linspace(0, len(table) - 1, min(len(table), _JOINED_SAMPLE)).astype(np.intp)
    varying = set(_varying(joined.columns, joined(table.volume[sample], table.design[sample])))
    kept = tuple(item for item in possible if item.name in varying)
    return replace(joined, quantities=kept) if kept else None


def _varying(names: list[str] | tuple[str, ...], values: NDArray[np.float32] | NDArray[np.float64]) -> list[str]:
    """The names of the columns that take at least two finite values."""
    kept = []
    for name, column in zip(names, values.T, strict=True):
        finite = column[np.isfinite(column)]
        if len(finite) and finite.min() < finite.max():
            kept.append(name)
    return kept


def _float32(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Convert to float32, NaN where that would not be finite."""
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float32)
    narrow[~np.isfinite(narrow)] = np.nan
    return narrow
