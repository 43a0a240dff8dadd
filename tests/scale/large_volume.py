"""Processor seconds and peak memory of the tortuosity factor of large volumes.

    python tests/scale/large_volume.py EDGE|FILE [AXES]

Each size has a process of its own; a volume of EDGE^3 is a Gaussian random field of 100^3 laid side by side.
"""

import sys
import time
from pathlib import Path

import numpy as np

from poregrove.features import Volume, describe, load_volume
from poregrove.pipelines.bench.fields import TYPICAL

CELL = 100


def peak():
    """The most memory that this process has held, in bytes."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def tiled(edge):
    """A field beside itself, so that making it takes no more memory than it has."""
    cell, volume = TYPICAL.make(CELL), np.empty((edge, edge, edge), bool)
    for z in range(0, edge, CELL):
        for y in range(0, edge, CELL):
            for x in range(0, edge, CELL):
                place = volume[z : z + CELL, y : y + CELL, x : x + CELL]
                place[:] = cell[tuple(map(slice, place.shape))]
    return Volume(volume, None, digest="", pore="1", threshold=float("nan"))


def main(what, axes="z"):
    """Print a line a step."""
    columns = [f"tortuosity_factor_{axis}" for axis in axes]
    describe(tiled(24), columns=columns, device="cpu")
    before, began = peak(), time.process_time()
    volume = tiled(int(what)) if what.isdigit() else load_volume(what)
    sys.stdout.write(f"read or made: {time.process_time() - began:.1f} s, {before / 2**30:.2f} GiB before\n")
    began = time.process_time()
    found = describe(volume, columns=columns, device="cpu")
    seconds, most = time.process_time() - began, peak()
    size = volume.mask.size
    sys.stdout.write(
        f"{volume.mask.shape} {axes}: {seconds:.1f} s, peak {most / 2**30:.2f} GiB, {(most - before) / size:.1f} bytes a voxel "
        f"beside the program: {', '.join(f'{value:.5f}' for value in found.values())}\n"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
