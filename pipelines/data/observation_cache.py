"""Rows that were reduced to targets once, remembered as long as their files stay what they were.

What the rows depend on is in the key: every table (path, identity, columns), the label table's values, the settings of targets,
the columns that are carried along, and the code that reads and reduces. An entry that cannot be read counts as none.
"""

from __future__ import annotations

import hashlib
import logging
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ...features.cache import cache_root
from ...files import code_checksum, replacing
from ..settings import TargetSettings
from .dataset import Dataset
from .inspection_cache import file_identity
from .table_file import READING_ERRORS

log = logging.getLogger(__name__)

FEWEST_ROWS = 20_000
"""Smaller data sets are read in less than a second."""
MOST_KEPT = 8
"""Data sets that are remembered; the one that was used last the longest ago leaves."""
_SIGN = b"poregrove.current_sign"


@dataclass(frozen=True)
class ObservationCache:
    """The place of one data set's rows in the cache."""

    path: Path

    @classmethod
    def of(cls, dataset: Dataset, settings: TargetSettings) -> ObservationCache | None:
        """The place for these rows; None where they are too few to be kept or not all of their files, or a file has gone."""
        if dataset.n_rows < FEWEST_ROWS or not dataset.is_whole:
            return None
        state = hashlib.sha256(_code().encode())
        labels = dataset.labels and (dataset.labels.key, dataset.labels.columns, sorted(dataset.labels.values.items()))
        said = (sorted(asdict(settings).items()), dataset.group_columns, sorted(dataset.key_types.items()), labels)
        state.update(repr(said).encode())
        for source in dataset.sources:
            if (identity := file_identity(source.path)) is None:
                return None
            columns = (sorted(source.columns.items()), sorted(source.partitions.items()))
            state.update(f"{source.path.absolute()}|{identity}|{columns}\n".encode("utf-8", "surrogateescape"))
        return cls(cache_root() / "rows" / f"{state.hexdigest()}.parquet")

    def recall(self) -> tuple[Any, int] | None:
        """The table of all rows, and the sign taken for discharge; None where they are not remembered."""
        if not self.path.is_file():
            return None
        try:
            with pq.ParquetFile(self.path, page_checksum_verification=True) as file:
                table = file.read()
            sign = int(table.schema.metadata[_SIGN])
        except (*READING_ERRORS, KeyError, TypeError, ValueError) as error:
            log.warning("the remembered rows in %s are damaged, reading the data set: %s", self.path, error)
            return None
        with suppress(OSError):
            os.utime(self.path)
        log.info("%d rows are as they were when they were last read", table.num_rows)
        return table.replace_schema_metadata(None), sign

    def keep(self, table: Any, sign: int) -> None:
        """Remember the rows. A folder that cannot be written is no error."""
        marked = table.replace_schema_metadata({_SIGN: str(sign)})
        try:
            with replacing(self.path) as temporary:
                pq.write_table(marked, temporary, compression="zstd", write_page_checksum=True)
            for old in sorted(self.path.parent.glob("*.parquet"), key=_used, reverse=True)[MOST_KEPT:]:
                old.unlink(missing_ok=True)
        except (OSError, pa.ArrowNotImplementedError) as error:
            log.warning("the rows cannot be remembered in %s, going on without: %s", self.path.parent, error)


def _used(path: Path) -> float:
    """Time of last use; 0 where another process has removed it."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


@cache
def _code() -> str:
    """Digest of the code that reads rows and reduces them to targets."""
    here = Path(__file__).parent
    return code_checksum([*here.glob("*.py"), *(here.parent / "targets").glob("*.py")], pa.__version__)
