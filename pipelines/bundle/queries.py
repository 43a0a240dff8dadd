"""Queries of a bundle: volumes, designs, and which of them belong together."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ...array_types import Int32
from ...errors import DataSetError
from ...features.formats import holds_volume
from ...schema import BUILT_IN, INPUT_PREFIX, SCALAR_COLUMNS, SCALARS, Contract
from ..data.columns import WANTED, locate
from ..data.contract_rows import read_own_data, without_targets
from ..data.dataset import Dataset, open_dataset
from ..data.designs import design_digests
from ..data.inputs import encoded
from ..data.look import Glance, levels_in
from ..data.observations import observe
from ..data.own_table import read_plain_table
from ..data.phase import PoreConvention, infer_convention
from ..data.table_file import READING_ERRORS, is_csv, read_csv
from ..data.volume_files import volume_files
from ..data.voxel_sizes import columns_of, voxel_sizes
from ..extraction.describe_files import Source
from ..settings import TargetSettings, VolumeSettings

log = logging.getLogger(__name__)

SHORT_NAMES: Mapping[str, str] = {scalar.column: scalar.name for scalar in SCALARS}
PARAMETER = "param_id"
_ASKED = frozenset({"filename", "sample_id", PARAMETER, "porosity", "porosity_measured", *SCALAR_COLUMNS})
"""Columns of a data set that prediction reads; traces stay on disk."""
_LOOKED_AT = 100
"""Volumes at most that decide the phase convention of a data set."""


@dataclass(frozen=True, eq=False)
class Designs:
    """D designs: scalars by their short names, float64, and their digests."""

    scalars: pd.DataFrame
    digest: NDArray[np.object_]

    @property
    def complete(self) -> NDArray[np.bool_]:
        """bool[D]: every scalar has a finite value."""
        known: NDArray[np.bool_] = np.isfinite(self.scalars.to_numpy(np.float64)).all(axis=1)
        return known


@dataclass(frozen=True, eq=False)
class Query:
    """Files to describe, designs, and n rows as positions in both; ``keys`` are carried along."""

    sources: tuple[Source, ...]
    phase: PoreConvention
    designs: Designs | None
    volume: Int32
    design: Int32
    keys: pd.DataFrame = field(default_factory=pd.DataFrame)


def crossing(n_volumes: int, n_designs: int) -> tuple[Int32, Int32]:
    """Positions of every volume with every design, volume by volume; design -1 where there are none."""
    volume = np.repeat(np.arange(n_volumes, dtype=np.int32), max(n_designs, 1))
    design = np.tile(np.arange(n_designs, dtype=np.int32), n_volumes) if n_designs else np.full(n_volumes, -1, np.int32)
    return volume, design


def designs_of(frame: pd.DataFrame, where: str, contract: Contract = BUILT_IN) -> Designs:
    """Designs from a table with the scalars, by column name (with or without prefix) or short name.

    Raises DataSetError naming ``where`` and the scalars that are missing or no numbers.
    """
    if not contract.built_in:
        scalars = encoded(frame, contract, where, unknown="missing")
        return Designs(scalars, design_digests(scalars, contract.scalar_columns).to_numpy(object))
    found = {}
    for column, short in SHORT_NAMES.items():
        present = [name for name in (column, INPUT_PREFIX + column, short) if name in frame]
        if len(present) != 1:
            came = "is missing" if not present else f"is there as {' and '.join(map(repr, present))}"
            raise DataSetError(f"{where}: the scalar {column!r} {came}; expected it once")
        try:
            found[column] = frame[present[0]].to_numpy(np.float64)
        except (ValueError, TypeError) as error:
            raise DataSetError(f"{where}: {present[0]!r} must hold numbers: {error}") from error
    scalars = pd.DataFrame(found)
    return Designs(scalars.rename(columns=dict(SHORT_NAMES)), design_digests(scalars).to_numpy(object))


def read_designs(path: Path, contract: Contract = BUILT_IN) -> tuple[Designs, pd.DataFrame]:
    """Designs of a CSV or Parquet file, and their keys (``param_id``, where the file has it).

    Raises DataSetError naming the file and what it lacks or holds in another form.
    """
    if not contract.built_in:
        return _own_designs(path, contract)
    try:
        if is_csv(path):
            table = read_csv(path)
        else:
            with pq.ParquetFile(path) as file:
                table = file.read()
    except READING_ERRORS as error:
        raise DataSetError(f"{path}: expected a readable CSV or Parquet file of designs, got: {error}") from error
    wanted = tuple(item for item in WANTED if item.name == PARAMETER or item.name in SCALAR_COLUMNS)
    spelt = locate(table.schema, path, (), wanted)
    frame = table.select(list(spelt.values())).rename_columns(list(spelt)).to_pandas()
    if frame.empty:
        raise DataSetError(f"{path}: expected at least one design, found no row")
    return designs_of(frame, str(path)), frame[[PARAMETER] if PARAMETER in frame else []]


def _own_designs(path: Path, contract: Contract) -> tuple[Designs, pd.DataFrame]:
    frame = read_plain_table(path)
    if frame.empty:
        raise DataSetError(f"{path}: expected at least one design, found no row")
    key = contract.data.design
    return designs_of(frame, str(path), contract), frame[[key] if key in frame else []]


def of_volumes(
    data: Path,
    designs: Path | None,
    phase: PoreConvention,
    settings: VolumeSettings,
    contract: Contract = BUILT_IN,
) -> Query:
    """Volumes (one, or all of a folder) with every design of a table; without one only volume-only targets."""
    if data.is_dir():
        files = volume_files(data, settings)
        names = [data.name if file == data else file.relative_to(data).as_posix() for file in files]
    else:
        files, names = [data], [data.name]
    if not holds_volume(data):
        raise DataSetError(f"{data}: expected a volume or a folder of them, found nothing there")
    sources = tuple(Source(name, file) for name, file in zip(names, files, strict=True))
    if designs is None:
        return Query(sources, phase, None, *crossing(len(sources), 0))
    asked, keys = read_designs(designs, contract)
    volume, design = crossing(len(sources), len(asked.digest))
    return Query(sources, phase, asked, volume, design, keys.iloc[design].reset_index(drop=True))


def of_data_set(
    data: Path,
    images: Path | None,
    phase: PoreConvention,
    settings: VolumeSettings,
    contract: Contract = BUILT_IN,
    *,
    verify: bool = False,
) -> Query:
    """The rows of a data set, which needs no targets.

    Porosities that it states decide which phase is pore, as everywhere; where it states none the
    convention of the training set, ``phase``, holds. ``verify`` reads volumes too that have not changed.
    """
    kept = columns_of(settings.voxel_size_from)
    if contract.built_in:
        dataset = _without_traces(open_dataset(data, images=images).including(kept))
        frame = observe(dataset, TargetSettings(), group_columns=kept, verify=verify).frame
    else:
        own = read_own_data(data, without_targets(contract), images=images, unknown="missing")
        dataset, frame = own.dataset, own.observations.frame
    volume, names = pd.factorize(frame["filename"])
    sources = [_source(dataset, str(name)) for name in names]
    every = design_digests(frame, contract.scalar_columns)
    design, digests = pd.factorize(every)
    first = np.unique(design, return_index=True)[1]
    short = {scalar.column: scalar.name for scalar in contract.scalars}
    asked = Designs(
        frame[list(contract.scalar_columns)].iloc[first].rename(columns=short).reset_index(drop=True),
        np.asarray(digests, object),
    )
    stated = frame.groupby(volume)["porosity_raw"].first().to_numpy(np.float64)
    decided = _phase(sources, stated, phase, settings, verify=verify)
    if kept:
        decided = replace(decided, voxel_sizes=voxel_sizes(frame, kept, dataset.resolve))
    return Query(
        sources=tuple(sources),
        phase=decided,
        designs=asked,
        volume=volume.astype(np.int32),
        design=design.astype(np.int32),
        keys=frame[["sample_id", PARAMETER]],
    )


def _without_traces(dataset: Dataset) -> Dataset:
    sources = [
        replace(
            source,
            columns={
                name: spelt for name, spelt in source.columns.items() if name in _ASKED or name in dataset.group_columns
            },
        )
        for source in dataset.sources
    ]
    return replace(dataset, sources=tuple(sources))


def _source(dataset: Dataset, name: str) -> Source:
    try:
        path = dataset.resolve(name)
    except DataSetError as error:
        return Source(name, None, str(error))
    return Source(name, path)


def _phase(
    sources: Sequence[Source],
    stated: NDArray[np.float64],
    trained: PoreConvention,
    settings: VolumeSettings,
    *,
    verify: bool,
) -> PoreConvention:
    known = np.flatnonzero(np.isfinite(stated))
    if settings.pore is None and not len(known):
        return trained
    asked = known[np.unique(np.linspace(0, len(known) - 1, _LOOKED_AT).astype(int))] if len(known) else known
    given = {path: float(stated[place]) for place in map(int, asked) if (path := sources[place].path) is not None}
    glance = Glance(settings)
    # what cannot be read is read again to be described, and its row says then what is wrong
    seen = zip(
        given.values(), map(levels_in, glance.cache(verify=verify).map(glance, list(given), workers=1)), strict=True
    )
    votes = [(levels, porosity) for porosity, levels in seen if levels is not None]
    found = infer_convention([levels for levels, _ in votes], [porosity for _, porosity in votes], settings.pore)
    if found.rule == "assumed":
        return trained
    if found.rule != trained.rule:
        log.info("pore phase: %s here by the stated porosities, %s in training", found.rule, trained.rule)
    return found
