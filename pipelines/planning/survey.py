"""A data set as a plan sees it: which volume and design every row has, and targets of a thin sample of the rows."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...array_types import Ints
from ...schema import SCALARS, Contract
from ..data.contract_rows import read_own_data, volume_settings
from ..data.dataset import BLOCK_ROWS, Block, Dataset, Source, open_dataset
from ..data.observations import observe
from ..data.ragged import numbers
from ..settings import Settings

SAMPLE_ROWS = 8_000
"""Rows whose targets are read: enough to fit models of every kind on, a second's work."""
MOST_FILES = 64
"""Files that the sample comes from, evenly among those there are."""


@dataclass(frozen=True, eq=False)
class Survey:
    """Rows of a data set as numbers of volumes and designs, int32[n], and observations of a sample of them.

    ``at`` are the positions of the sample's rows, ``designs`` the scalars of each design under their short names;
    ``seconds_a_row`` what reading took.
    """

    dataset: Dataset
    settings: Settings
    contract: Contract
    filenames: tuple[str, ...]
    volume: Ints
    design: Ints
    designs: pd.DataFrame
    sample: pd.DataFrame
    at: Ints
    seconds_a_row: float

    @property
    def n_rows(self) -> int:
        """Rows of the data set."""
        return len(self.volume)


def survey(
    data: Path, settings: Settings, contract: Contract, *, images: Path | None = None, labels: Path | None = None
) -> Survey:
    """Look at a data set: keys of all rows, series of few. Raises as reading it does."""
    if not contract.built_in:
        return _of_own(data, settings, contract, images, labels)
    dataset = open_dataset(data, images=images, labels=labels)
    files, volume, scalars, design = _keys(dataset)
    thin = _Thin.of(dataset)
    began = time.process_time()
    observed = observe(thin, settings.target)
    seconds = (time.process_time() - began) / max(1, len(observed.frame))
    names = [scalar.name for scalar in SCALARS]
    designs = pd.DataFrame(scalars, columns=names)
    return Survey(
        dataset, settings, contract, files, volume, design, designs, observed.frame, thin.positions(dataset), seconds
    )


def _of_own(data: Path, settings: Settings, contract: Contract, images: Path | None, labels: Path | None) -> Survey:
    """A data set under a contract of its own, which has no series: it is read whole."""
    began = time.process_time()
    own = read_own_data(data, contract, images=images, labels=labels, group_columns=settings.comparison.group_columns)
    frame = own.observations.frame
    seconds = (time.process_time() - began) / max(1, len(frame))
    volume, files = pd.factorize(frame["filename"])
    design, _ = pd.factorize(frame["design_digest"])
    first = np.unique(design, return_index=True)[1]
    scalars = {scalar.name: frame[scalar.column].to_numpy(np.float64)[first] for scalar in own.contract.scalars}
    at = np.unique(np.linspace(0, len(frame) - 1, min(len(frame), SAMPLE_ROWS)).astype(np.intp))
    read = replace(
        settings,
        volume=volume_settings(settings.volume, own.contract),
        comparison=replace(settings.comparison, non_percolating=own.contract.data.non_percolating),
    )
    return Survey(
        own.dataset,
        read,
        own.contract,
        tuple(map(str, files)),
        volume.astype(np.int32),
        design.astype(np.int32),
        pd.DataFrame(scalars, index=range(len(first))),
        frame.iloc[at],
        at,
        seconds,
    )


@dataclass(frozen=True)
class _Thin(Dataset):
    """The first blocks of some files of a data set."""

    most: int = 1
    """Blocks of each file."""

    @classmethod
    def of(cls, dataset: Dataset) -> _Thin:
        """Blocks of files that lie evenly among all, some thousand rows together."""
        filled = [source for source in dataset.sources if source.n_rows]
        mean = dataset.n_rows / len(filled)
        count = min(len(filled), MOST_FILES, max(1, round(SAMPLE_ROWS / mean)))
        count = max(count, min(len(filled), 4))
        chosen = [filled[number] for number in np.unique(np.linspace(0, len(filled) - 1, count).astype(int))]
        most = max(1, round(SAMPLE_ROWS / len(chosen) / BLOCK_ROWS))
        values = {name: getattr(dataset, name) for name in ("data", "images", "key_types", "labels", "group_columns")}
        return cls(sources=tuple(chosen), most=most, **values)

    @property
    def is_whole(self) -> bool:
        """False: other rows of the files are left out."""
        return False

    def blocks_of(self, part: Sequence[Source], columns: Iterable[str] | None = None) -> Iterator[Block]:
        """The first blocks of each of some files."""
        for source in part:
            yield from islice(super().blocks_of((source,), columns), self.most)

    def positions(self, whole: Dataset) -> Ints:
        """Positions of the rows in the whole data set."""
        starts = np.cumsum([0, *(source.n_rows for source in whole.sources)])
        begin = {source.path: int(start) for source, start in zip(whole.sources, starts, strict=False)}
        ends = [min(source.n_rows, self.most * BLOCK_ROWS) for source in self.sources]
        spans = [begin[source.path] + np.arange(end) for source, end in zip(self.sources, ends, strict=True)]
        return np.concatenate(spans).astype(np.intp)


def _keys(dataset: Dataset) -> tuple[tuple[str, ...], Ints, Any, Ints]:
    """Names of volumes, their number in each row, the scalars of each design (float64[d, q]), their number in each row."""
    columns = [scalar.column for scalar in SCALARS]
    files: dict[str, int] = {}
    designs: dict[bytes, int] = {}
    scalars: list[Any] = []
    volume: list[Any] = []
    design: list[Any] = []
    for block in dataset.blocks(("filename", *columns)):
        names = block.columns["filename"].dictionary_encode()
        numbered = [files.setdefault(str(name), len(files)) for name in names.dictionary.to_pylist()]
        codes = names.indices.fill_null(0).to_numpy(zero_copy_only=False)
        volume.append(np.array([*numbered, 0], np.int32)[codes])
        values = np.stack([numbers(block.columns[name]) for name in columns], axis=1)
        # as designs are told apart: by what float32 can hold
        rounded = np.ascontiguousarray(values.astype(np.float32)).view(f"V{4 * len(columns)}")[:, 0]
        kinds, first, where = np.unique(rounded, return_index=True, return_inverse=True)
        own = []
        for kind, place in zip(kinds, first, strict=True):
            if (key := kind.tobytes()) not in designs:
                designs[key] = len(designs)
                scalars.append(values[place])
            own.append(designs[key])
        design.append(np.array(own, np.int32)[where.ravel()])
    return tuple(files), np.concatenate(volume), np.array(scalars), np.concatenate(design)
