"""A data set on disk: its tables, the columns of them that are read, and the folder of its images."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...errors import DataSetError
from .columns import CYCLE, CYCLE_FIELDS, KEY, LIST, WANTED, ColumnSpec, locate, plain_type, required_keys
from .labels import Labels, read_labels
from .paths import image_root, partition_values, resolve_inside, table_files
from .plain import plain
from .table_file import READING_ERRORS, column_names, is_csv, opened, row_count

log = logging.getLogger(__name__)

BLOCK_ROWS = 2048
"""Rows decoded at a time: with traces of 300 samples about 15 MB, however long a row group is; fewer cost more calls,
more leave the processor's cache."""
MOST_VALUES, MOST_VALUES_A_ROW = 1 << 27, 10_000
"""A row group that declares more values of a column than both (1 GiB; this many a row in the mean) is refused: run
lengths hold gigabytes in a few bytes, and a list is decoded whole."""
FORMS = {wanted.name: wanted.form for wanted in WANTED}
KEY_NAMES = tuple(wanted.name for wanted in WANTED if wanted.form is KEY)


@dataclass(frozen=True)
class Source:
    """One Parquet or CSV file: the spelling of each column that it has, values that its folders give, its size.

    ``key_types`` are the Arrow types of those columns that keep the type they have.
    """

    path: Path
    columns: Mapping[str, str]
    partitions: Mapping[str, str | None]
    key_types: Mapping[str, Any]
    n_rows: int


@dataclass(frozen=True)
class Block:
    """Up to ``BLOCK_ROWS`` consecutive rows of one file, as Arrow arrays under the names that the code uses."""

    source: Source
    start: int
    n_rows: int
    columns: Mapping[str, Any]


@dataclass(frozen=True)
class Dataset:
    """Tables, image folder and label table, opened and checked but not read.

    ``key_types`` gives the one Arrow type in which the values of each key column are kept.
    """

    data: Path
    images: Path
    sources: tuple[Source, ...]
    key_types: Mapping[str, Any]
    labels: Labels | None = None
    group_columns: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """The tables, in the order of the rows."""
        return tuple(source.path for source in self.sources)

    @property
    def n_rows(self) -> int:
        """Rows of all files together."""
        return sum(source.n_rows for source in self.sources)

    def resolve(self, filename: str) -> Path:
        """The path of an image, whether it exists or not; DataSetError where it would leave the image folder."""
        return resolve_inside(self.images, filename)

    def has_column(self, name: str) -> bool:
        """Whether every file has a column of that name, or its folders do."""
        return all(name in column_names(path) or name in partition_values(self.data, path) for path in self.files)

    def including(self, group_columns: Iterable[str]) -> Dataset:
        """The same data set with further key columns; DataSetError names a file that lacks one."""
        further = required_keys(group_columns)
        if {wanted.name for wanted in further} <= set(self.group_columns):
            return self
        sources = _sources(self.files, self.data, (*WANTED, *further))
        names = tuple(wanted.name for wanted in further)
        return replace(self, sources=sources, key_types=_key_types(sources, names), group_columns=names)

    def parts(self) -> Iterator[tuple[Source, ...]]:
        """The files in order: large ones alone, small ones with those beside them, up to ``BLOCK_ROWS`` rows together."""
        gathered: list[Source] = []
        for source in self.sources:
            if gathered and sum(item.n_rows for item in gathered) + source.n_rows > BLOCK_ROWS:
                yield tuple(gathered)
                gathered = []
            gathered.append(source)
        yield tuple(gathered)

    @property
    def is_whole(self) -> bool:
        """Whether all rows of its files count, so that they may be remembered by these."""
        return True

    def blocks_of(self, part: Sequence[Source], columns: Iterable[str] | None = None) -> Iterator[Block]:
        """All rows of some files in order, block by block; raises as ``blocks``."""
        names = None if columns is None else frozenset(columns)
        for source in part:
            yield from _read(source, self.key_types, names)

    def blocks(self, columns: Iterable[str] | None = None) -> Iterator[Block]:
        """All rows in order, block by block; ``columns`` limits what is read.

        Raises DataSetError naming the file where one cannot be read or has changed since it was opened.
        """
        yield from self.blocks_of(self.sources, columns)


def open_dataset(data: Path, *, images: Path | None = None, labels: Path | None = None) -> Dataset:
    """The data set in a Parquet or CSV file, or in a folder of them at any depth, hive partitions included.

    Only the footers of Parquet files are read. ``images`` is the folder that ``filename`` is relative
    to (default: images/ in the data folder, else the data folder); ``labels`` a CSV with
    ``tau_factor``, ``D_eff`` or ``porosity_measured`` by ``sample_id``/``id`` or ``filename``.

    ``filename`` and the 15 scalars must be there. ``sample_id`` and ``param_id`` may lack and are
    null then; a target without its column is NaN with the reason ``column_missing``. Raises
    DataSetError naming the file and what it lacks, has twice, or holds in another form.
    """
    root = image_root(data, images)
    sources = _sources(table_files(data, root), data, WANTED)
    if not any(source.n_rows for source in sources):
        raise DataSetError(f"{data}: {len(sources)} table(s) and no row in them")
    by_sample = any("sample_id" in source.key_types for source in sources)
    table = None if labels is None else read_labels(labels, by_sample=by_sample)
    opened = Dataset(data, root, sources, _key_types(sources, ()), table)
    log.info("%s: %d rows in %d file(s), images in %s", data, opened.n_rows, len(sources), root)
    return opened


def _sources(files: Iterable[Path], data: Path, wanted: tuple[ColumnSpec, ...]) -> tuple[Source, ...]:
    located: dict[Any, Mapping[str, str]] = {}
    return tuple(_open(path, partition_values(data, path), wanted, located) for path in files)


def _open(
    path: Path,
    partitions: Mapping[str, str | None],
    wanted: tuple[ColumnSpec, ...],
    located: dict[Any, Mapping[str, str]],
) -> Source:
    """One file; ``located`` holds the columns of the schemas seen so far, since those of a data set are mostly one."""
    if path.exists() and not path.is_file():  # a pipe would block
        raise DataSetError(f"{path}: expected a table, found a folder, pipe or device of that name")
    try:
        with opened(path) as file:
            schema = file.schema_arrow
            question = (schema.remove_metadata(), frozenset(partitions))
            if question not in located:
                located[question] = locate(schema, path, partitions, wanted)
            columns, n_rows = located[question], row_count(file)
            if file.metadata is not None:
                _check_declared(file.metadata, frozenset(columns.values()), path)
    except READING_ERRORS as error:
        raise _unreadable(path, error) from error
    values = {
        item.name: partitions[name]
        for item in wanted
        if item.name not in columns and item.form not in (LIST, CYCLE)
        for name in item.allowed
        if name in partitions
    }
    types = {item.name: _key_type(item.name, schema, columns, values) for item in wanted if item.form is KEY}
    return Source(path, columns, values, {name: kind for name, kind in types.items() if kind is not None}, n_rows)


def _check_declared(metadata: Any, spellings: frozenset[str], path: Path) -> None:
    """Refuse, before anything is decoded, columns that are read and declare more values than a data set can mean."""
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        most = max(MOST_VALUES, MOST_VALUES_A_ROW * group.num_rows)
        for column in map(group.column, range(group.num_columns)):
            name = column.path_in_schema.partition(".")[0]
            if name in spellings and column.num_values > most:
                raise DataSetError(
                    f"{path}: the column {name!r} declares {column.num_values} values in {group.num_rows} row(s), "
                    f"at most {most} are read"
                )


def _unreadable(path: Path, error: BaseException) -> DataSetError:
    form = "CSV" if is_csv(path) else "Parquet"
    return DataSetError(f"{path}: expected a readable {form} file, got: {str(error).strip() or type(error).__name__}")


def _key_type(name: str, schema: Any, columns: Mapping[str, str], partitions: Mapping[str, str | None]) -> Any | None:
    """The type of a key in one file; text out of folder names is a whole number where it is written as one."""
    if name in columns:
        kind = schema.field(columns[name]).type
        return plain_type(kind)
    if name not in partitions:
        return None
    text = partitions[name]
    if text is None:
        return pa.null()
    return pa.int64() if text == str(_whole(text)) else pa.string()


def _whole(text: str) -> int | None:
    return int(text) if text.removeprefix("-").isdecimal() else None


def _key_types(sources: Iterable[Source], further: tuple[str, ...]) -> Mapping[str, Any]:
    return {name: _one_type(name, sources) for name in (*KEY_NAMES, *further)}


def _one_type(name: str, sources: Iterable[Source]) -> Any:
    """The type that holds a key of every file without changing a value."""
    examples: dict[Any, Source] = {}
    for source in sources:
        if name in source.key_types:
            examples.setdefault(source.key_types[name], source)
    kinds = [kind for kind in examples if not pa.types.is_null(kind)]
    if not kinds:
        return pa.int64()
    # Folders named 1, 2, x are text throughout: nothing but their names says otherwise.
    if all(name in examples[kind].partitions for kind in kinds) and pa.string() in kinds:
        return pa.string()
    try:
        schemas = [pa.schema([(name, kind)]) for kind in kinds]
        return pa.unify_schemas(schemas, promote_options="permissive").field(name).type
    except pa.ArrowException as error:
        said = "; ".join(f"{kind} in {examples[kind].path}" for kind in kinds)
        raise DataSetError(f"the column {name!r} changes its type between files: {said}") from error


def joined(blocks: Sequence[Block]) -> list[Block]:
    """Blocks of several files as one, whose ``source`` is the first file.

    As they are where their columns differ, or where a row has no file name, which is an error of its own file.
    """
    first, kinds = blocks[0], [{name: column.type for name, column in block.columns.items()} for block in blocks]
    unnamed = any("filename" in block.columns and block.columns["filename"].null_count for block in blocks)
    if len(blocks) == 1 or unnamed or any(kind != kinds[0] for kind in kinds):
        return list(blocks)
    columns = {name: pa.concat_arrays([block.columns[name] for block in blocks]) for name in first.columns}
    return [Block(first.source, first.start, sum(block.n_rows for block in blocks), columns)]


def _read(source: Source, key_types: Mapping[str, Any], names: frozenset[str] | None) -> Iterator[Block]:
    spellings = {name: spelling for name, spelling in source.columns.items() if names is None or name in names}
    if not spellings or not source.n_rows:
        return
    start = 0
    try:
        with opened(source.path) as file:
            schema = file.schema_arrow
            leaves = [leaf for spelling in spellings.values() for leaf in _leaves(schema.field(spelling))]
            # threads for the columns of a few rows cost more than they save
            for batch in file.iter_batches(BLOCK_ROWS, columns=leaves, use_threads=source.n_rows > BLOCK_ROWS):
                columns = {}
                for name, spelling in spellings.items():
                    stored = batch.column(spelling)
                    _check_values(stored, spelling, source.path)
                    columns[name] = _read_as(stored, name, spelling, source.path)
                for name, value in source.partitions.items():
                    if names is None or name in names:
                        columns[name] = _repeated(name, value, batch.num_rows, key_types, source)
                for name in key_types.keys() & columns.keys():
                    columns[name] = columns[name].cast(key_types[name])
                yield Block(source, start, batch.num_rows, columns)
                start += batch.num_rows
        if start != source.n_rows:
            raise DataSetError(
                f"{source.path}: read {start} row(s) where there were {source.n_rows} when it was opened"
            )
    except (*READING_ERRORS, KeyError) as error:
        raise _unreadable(source.path, error) from error


def _check_values(column: Any, spelling: str, path: Path) -> None:
    """Text must be UTF-8 and lists must lie inside their values, or later reads would fail, or worse."""
    try:
        column.validate(full=True)
    except pa.ArrowException as error:
        raise DataSetError(f"{path}: the column {spelling!r} is damaged: {error}") from error


def _leaves(field: Any) -> tuple[str, ...]:
    """Fields of a column to read: of a struct only the members that count, so that others stay on disk."""
    if pa.types.is_struct(field.type):
        return tuple(f"{field.name}.{member}" for member in CYCLE_FIELDS)
    return (field.name,)


def _read_as(stored: Any, name: str, spelling: str, path: Path) -> Any:
    """A column in the type of its form; keys that users name keep theirs."""
    try:
        return plain(stored, FORMS.get(name, KEY))
    except DataSetError as error:
        raise DataSetError(f"{path}: the column {spelling!r} {error}") from error


def _repeated(name: str, value: str | None, n: int, key_types: Mapping[str, Any], source: Source) -> Any:
    """A value out of a folder's name as a column."""
    kind = key_types.get(name, pa.string() if name in ("filename", "status") else pa.float64())
    try:
        return pa.array([value] * n, pa.string()).cast(kind)
    except pa.ArrowException as error:
        raise DataSetError(f"{source.path}: its folder says {name}={value}, expected {kind}") from error
