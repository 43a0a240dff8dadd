"""Descriptors of many volumes: one row a file, remembered by content, going on after a bad file."""

from __future__ import annotations

import glob
import json
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from ...errors import DataSetError, SettingsError, VolumeError
from ...features import warm_up
from ...features.arguments import Names
from ...features.cache import FeatureCache, feature_cache
from ...features.cached import CachedDescriber
from ...features.declaration import ColumnInfo
from ...features.description import wanted_columns
from ...features.formats import holds_volume, natural
from ...features.jobs import batch_size
from ...features.phases import PhaseColumn, Values, phase_columns
from ...features.processes import cores
from ...schema import INPUT_PREFIX, SCALAR_COLUMNS
from ..data.dataset import Dataset, open_dataset
from ..data.observations import observe
from ..data.paths import image_root, table_files
from ..data.phase import PoreConvention, parse_pore
from ..data.table_file import READING_ERRORS, column_names
from ..data.volume_files import volume_files
from ..data.volume_memory import VolumeMemory
from ..data.volumes import VolumeInspection, inspect_volumes
from ..data.voxel_sizes import columns_of
from ..execution.local import LocalEngine
from ..execution.parallel import Progress, Workers, engine_of, map_batches, parallel_map
from ..execution.shards import Shard
from ..runs.atomic import clear_leftovers, write_table
from ..runs.notebook import html_table
from ..settings import TargetSettings, VolumeSettings
from .describe_files import FileDescriber, Source, open_source, source_of

log = logging.getLogger(__name__)

KEYS = ("filename", "volume_digest", "status", "reason", "pore_value", "spacing", "note")
VOXEL_SIZE = "voxel_size"
"""Columns of an extraction before its descriptors: words, and the edge of a voxel in m, the smallest of three, in which lengths
are counted (NaN where unknown)."""
POSITIONS = b"poregrove.positions"
"""Key in the metadata of a part of an extraction, with the rows of the whole that it holds."""
_VOLUMES_A_TASK = 512
"""Volumes a task on a device: several batches."""


@dataclass(frozen=True)
class Extraction:
    """Descriptors of some files: one row each, ``status`` ok or failed with its ``reason``.

    Lengths are in metres where ``metres`` says so, else in voxels.
    """

    frame: pd.DataFrame
    columns: tuple[ColumnInfo, ...]
    metres: bool
    positions: tuple[int, ...] | None = None
    """The part of all rows that these are, where they are one."""

    @property
    def failures(self) -> pd.DataFrame:
        """The rows of files that could not be described."""
        return self.frame[self.frame["status"] != "ok"]

    def __repr__(self) -> str:
        return f"Extraction(volumes {len(self.frame):,}, failed {len(self.failures):,}, columns {len(self.columns)})"

    def _repr_html_(self) -> str:
        counts = self.frame["status"].value_counts()
        return html_table(repr(self), ("status", "volumes"), ((name, f"{count:,}") for name, count in counts.items()))

    def write(self, path: Path) -> None:
        """Write Parquet, CSV or Arrow IPC by the suffix; the first and the last with units and meanings as metadata of fields.

        Raises SettingsError for another suffix.
        """
        table = pa.Table.from_pandas(self.frame, preserve_index=False)
        for column in self.columns:
            position = table.schema.get_field_index(column.name)
            unit = column.unit if self.metres or not column.length_power else column.unit.replace("m", "voxel")
            about = {"unit": unit, "meaning": column.meaning, "version": str(column.version)}
            field = table.schema.field(position).with_metadata(about)
            table = table.set_column(position, field, table.column(position))
        if self.positions is not None:
            held: dict[bytes, bytes] = {**(table.schema.metadata or {}), POSITIONS: json.dumps(self.positions).encode()}
            table = table.replace_schema_metadata(held)
        clear_leftovers(path.parent.glob(f".{glob.escape(path.name)}.*"))
        write_table(path, table)


def extract(
    sources: Sequence[Source],
    phase: PoreConvention,
    settings: VolumeSettings,
    columns: tuple[ColumnInfo, ...],
    *,
    phases: Values | None = None,
    several: tuple[PhaseColumn, ...] = (),
    cache: FeatureCache | None = None,
    verify: bool = False,
    device: str = "auto",
    workers: Workers = None,
    progress: Progress | None = None,
) -> Extraction:
    """Describe each source; a file that cannot be read gets a row that says why.

    ``workers`` (default: one a core) is what works at a time: processes, each on its volume, and where
    there are fewer volumes the rest as threads of these processes; a device has one process, which takes
    many volumes at a time. ``phases`` and their columns, ``several``, whose declarations ``columns`` then are, describe
    volumes of several phases. Files that have not changed since they were read, and whose columns are in the cache, are not read
    unless ``verify`` is set. Raises DeviceError before any work where ``device`` does not answer.
    """
    if cache:
        cache.clear_leftovers()
    engine = engine_of(workers)
    backend = engine.backend(device)
    n_workers = engine.n_workers(len(sources))

    memory = None if cache is None else VolumeMemory.of(phase, settings, verify=verify)

    def describing(threads: int) -> FileDescriber:
        return FileDescriber(
            phase, settings, CachedDescriber(columns, cache, backend, threads), phases, several, memory
        )

    if backend == "cuda":
        # one process a device, which many volumes at a time keep busy; the cores read files meanwhile
        alone = LocalEngine(1) if isinstance(engine, LocalEngine) else engine
        together = describing(cores()).together
        records = map_batches(together, list(sources), workers=alone, progress=progress, batch=_VOLUMES_A_TASK)
        return _extraction(records, columns, settings)
    if phases is not None:
        compiled = tuple(dict.fromkeys(column.source for column in several if column.source))
        if n_workers > 1 and engine.is_local and compiled:
            warm_up(columns=compiled, device=backend, processes=n_workers)
    elif n_workers > 1 and engine.is_local and _is_missing(sources, describing(1)):
        # one compiles and the others find it done, instead of all compiling the same
        warm_up(columns=[column.name for column in columns], device=backend, processes=n_workers)
    batch = batch_size(len(sources), n_workers)
    one = describing(engine.threads_per_worker(len(sources))).one
    records = parallel_map(one, list(sources), workers=engine, progress=progress, batch=batch)
    return _extraction(records, columns, settings)


def _extraction(
    records: Sequence[dict[str, object]], columns: tuple[ColumnInfo, ...], settings: VolumeSettings
) -> Extraction:
    names = [VOXEL_SIZE, *(column.name for column in columns)]
    frame = pd.DataFrame.from_records(records)
    frame = frame.reindex(columns=[*KEYS, *names]).astype(dict.fromkeys(KEYS, "str") | dict.fromkeys(names, "float64"))
    return Extraction(frame, columns, settings.metric)


def _is_missing(sources: Sequence[Source], describer: FileDescriber) -> bool:
    """Whether columns of the first readable volume are not remembered; it stands for the rest."""
    for source in sources:
        if describer.remembered(source) is not None:
            return False
        try:
            volume = open_source(source, describer.phase, describer.settings)
        except VolumeError:
            continue
        if volume is not None:
            return describer.describer.remembered(volume.digest) is None
    return False


def sources_of(dataset: Dataset, look: VolumeInspection) -> list[Source]:
    """A source for every file that a data set names, readable or not."""
    files = look.frame[["filename", "status", "reason"]].itertuples(index=False)
    return [
        Source(name, dataset.resolve(name)) if status == "ok" else Source(name, None, reason)
        for name, status, reason in files
    ]


def extract_paths(
    paths: Iterable[Path],
    *,
    settings: VolumeSettings,
    phases: Values | None = None,
    tiers: Names = ("morphology", "transport"),
    columns: Names | None = None,
    images: Path | None = None,
    verify: bool = False,
    device: str = "auto",
    workers: Workers = None,
    shard: Shard | None = None,
    progress: Progress | None = None,
) -> Extraction:
    """Describe TIFF files, folders of them, or data sets (whose porosity then decides the pore phase).

    ``phases`` are the values of several phases. ``verify`` reads files too that have not changed. Of a ``shard`` only the files that fall to it by their names. Raises DataSetError where there is
    nothing to describe, SettingsError for unknown names.
    """
    several = () if phases is None else phase_columns(tuple(phases), tiers, columns)
    wanted = wanted_columns(tiers, columns) if phases is None else tuple(column.info for column in several)
    if phases is not None and settings.pore is None:
        # no convention is to be found: the labels are named
        settings = replace(settings, pore=",".join(f"{value:g}" for value in next(iter(phases.values()))))
    gathered = _gather(list(paths), settings, images, workers, verify=verify)
    every = [source for sources, _ in gathered for source in sources]
    taken = [shard is None or shard.takes(source.name) for source in every]
    is_taken = iter(taken)
    parts = [
        extract(
            [source for source in sources if next(is_taken)],
            phase,
            settings,
            wanted,
            phases=phases,
            several=several,
            cache=feature_cache(),
            verify=verify,
            device=device,
            workers=workers,
            progress=progress,
        )
        for sources, phase in gathered
    ]
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    _warn(frame)
    positions = tuple(position for position, here in enumerate(taken) if here)
    return Extraction(frame, wanted, settings.metric, None if shard is None else positions)


def _warn(frame: pd.DataFrame) -> None:
    """Log each remark on files once, with the number of files that it holds for."""
    notes = frame.dropna(subset=["note"]).groupby("note", sort=False)["filename"].agg(["size", "first"])
    for note, (number, name) in zip(notes.index, notes.itertuples(index=False), strict=True):
        log.warning("%s: %s", name if number == 1 else f"{name} and {number - 1} more", note)


def _gather(
    paths: Sequence[Path], settings: VolumeSettings, images: Path | None, workers: Workers, *, verify: bool
) -> list[tuple[list[Source], PoreConvention]]:
    """Sources with the convention they are read under: one for each data set, one for all plain files."""
    plain: list[Source] = []
    groups: list[tuple[list[Source], PoreConvention]] = []
    for path in _expanded(paths):
        if not path.is_dir():
            plain.append(source_of(path))
        elif _is_data_set(path, images):
            groups.append(_of_data_set(path, settings, images, workers, verify=verify))
        else:
            plain += [source_of(file) for file in volume_files(path, settings)]
    if plain:
        if columns_of(settings.voxel_size_from):
            raise SettingsError(
                f"--voxel-size {settings.voxel_size_from}: expected metres or file, for no data set with such a column is given"
            )
        # without evidence nonzero is pore, as in TauFactor and PoreSpy
        named = parse_pore(settings.pore)
        groups.append((plain, PoreConvention("named", named=named) if named else PoreConvention("assumed")))
    return groups


def _expanded(paths: Sequence[Path]) -> Iterator[Path]:
    """The paths, patterns such as ``*.tif`` replaced by what they match where no shell did so."""
    for path in paths:
        if holds_volume(path):
            yield path
            continue
        try:
            found = sorted(map(Path, glob.glob(str(path), recursive=True)), key=natural)  # noqa: PTH207  an absolute pattern
        except (OSError, ValueError, re.error):
            found = []
        if not found:
            raise DataSetError(f"{path}: no such file or folder")
        yield from found


def _is_data_set(folder: Path, images: Path | None) -> bool:
    """Whether a folder holds a table with the scalars beside its volumes."""
    try:
        return any(map(_has_scalars, table_files(folder, image_root(folder, images))))
    except DataSetError:
        return False


def _has_scalars(file: Path) -> bool:
    """Whether a table belongs to a data set; an earlier extraction beside its images does not."""
    try:
        names = column_names(file)
    except READING_ERRORS:
        return False
    return any(name.removeprefix(INPUT_PREFIX) in SCALAR_COLUMNS for name in names)


def _of_data_set(
    path: Path, settings: VolumeSettings, images: Path | None, workers: Workers, *, verify: bool
) -> tuple[list[Source], PoreConvention]:
    dataset = open_dataset(path, images=images)
    rows = observe(dataset, TargetSettings(), group_columns=columns_of(settings.voxel_size_from), verify=verify).frame
    look = inspect_volumes(dataset, rows, settings, verify=verify, workers=workers)
    return sources_of(dataset, look), look.phase
