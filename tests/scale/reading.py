"""Processor seconds and peak memory of reading rows with long series: ``python tests/scale/reading.py``.

Writes rows in the users' layout (trends and first cycles of that many points in the mean, between half and one and a half
times as many), into as many Parquet files as asked for, and reduces them to targets. ``--copies 50 --rows 30000`` reads the same
files 50 times over, by links, for the memory that 1.5 million rows take. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from poregrove.pipelines.data.dataset import open_dataset
from poregrove.pipelines.data.observations import observe
from poregrove.pipelines.settings import TargetSettings
from poregrove.schema import SCALAR_COLUMNS

DESIGNS = 100
A_MILLION = 1_000_000


def write_rows(path: Path, first: int, n: int, points: int) -> None:
    """Rows of cells that fade in a straight line with some noise; volume ``row // 100``, design ``row % 100``."""
    random = np.random.default_rng(first)
    row = np.arange(first, first + n)
    lengths = random.integers(points // 2, points + points // 2 + 1, n)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    place = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    share = place / np.repeat(lengths, lengths)
    slope = np.repeat(random.uniform(0.1, 1.5, n), lengths)
    current = np.select([share < 0.05, share < 0.5], [0.0, 5.0], -5.0)

    def lists(values: np.ndarray) -> pa.Array:
        return pa.ListArray.from_arrays(offsets, pa.array(values))

    cycle = [share * 10.0, 4.0 - np.minimum(share, 1.0 - share) - 0.004 * current, current]
    designs = np.random.default_rng(0).uniform(0.5, 1.5, (len(SCALAR_COLUMNS), DESIGNS))
    columns = {
        "sample_id": row // DESIGNS,
        "param_id": row % DESIGNS,
        "filename": [f"{volume}.tif" for volume in row // DESIGNS],
        "status": ["success"] * n,
        "capacity_trend_cycles": lists(place + 1.0),
        "capacity_trend_ah": lists(5.0 - slope * share + random.normal(0.0, 0.003, len(share))),
        "cycle_first": pa.StructArray.from_arrays(
            [lists(values.astype(np.float32)) for values in cycle], ["Time_h", "Voltage_V", "Current_A"]
        ),
        "tau_factor": 1.5 + (row // DESIGNS) % 7 / 10,
        "porosity": 0.3 + (row // DESIGNS) % 5 / 50,
        **{name: values[row % DESIGNS] for name, values in zip(SCALAR_COLUMNS, designs, strict=True)},
    }
    pq.write_table(pa.table(columns), path)


def main() -> None:
    """Write, read, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--points", type=int, default=300, help="points of a series in the mean")
    parser.add_argument("--files", type=int, default=1)
    parser.add_argument("--copies", type=int, default=1, help="times that the files are there, by links")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3, help="the median of so many readings counts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        starts = np.linspace(0, options.rows, options.files + 1).astype(int)
        for number, (start, end) in enumerate(itertools.pairwise(starts)):
            file = Path(name) / f"{number}.parquet"
            write_rows(file, int(start), int(end - start), options.points)
            for copy in range(1, options.copies):
                (Path(name) / f"{number}_{copy}.parquet").hardlink_to(file)
        os.environ["POREGROVE_CACHE"] = str(Path(name) / "cache")
        dataset, seconds, wall = open_dataset(Path(name)), [], []
        for _ in range(options.repeats):
            began, clock = time.process_time(), time.perf_counter()
            found = observe(dataset, TargetSettings(), verify=True, threads=options.threads)
            seconds.append(time.process_time() - began)
            wall.append(time.perf_counter() - clock)
        began = time.process_time()
        observe(dataset, TargetSettings())
        remembered = time.process_time() - began
    said = {
        "rows": len(found.frame),
        "points": options.points,
        "files": options.files,
        "threads": options.threads,
        "cpu_seconds_a_million_rows": round(float(np.median(seconds)) / len(found.frame) * A_MILLION, 1),
        "wall_seconds_a_million_rows": round(float(np.median(wall)) / len(found.frame) * A_MILLION, 1),
        "cpu_seconds_a_million_rows_again": round(remembered / len(found.frame) * A_MILLION, 2),
        "peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        "undefined_lives": int(found.frame["projected_cycle_life"].isna().sum()),
    }
    sys.stdout.write(f"{json.dumps(said)}\n")


if __name__ == "__main__":
    main()
