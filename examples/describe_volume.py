"""Describe one volume and print what was found.

    python examples/describe_volume.py electrode.tif --voxel-size 1e-7
    python examples/describe_volume.py            # a volume of its own making

A file is a TIFF stack (z, y, x), z through the electrode; nonzero is pore unless --pore says otherwise.
"""
# ruff: noqa: T201  a script prints

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from poregrove.errors import PoregroveError
from poregrove.features import AXES, describe, descriptors


def made_up(edge: int = 64, porosity: float = 0.45, seed: int = 0) -> NDArray[np.bool_]:
    """Pores about six voxels wide: smooth noise, cut where that gives the porosity."""
    waves = np.fft.fftfreq(edge)
    square = waves[:, None, None] ** 2 + waves[:, None] ** 2 + waves**2
    noise = np.random.default_rng(seed).standard_normal((edge, edge, edge))
    field = np.fft.ifftn(np.fft.fftn(noise) * np.exp(-150.0 * square)).real
    return np.asarray(field < np.quantile(field, porosity))


def table(values: Mapping[str, float], *, metres: bool) -> Iterator[str]:
    """A line for each quantity: one value, or one for each axis, with the unit."""
    rows: dict[tuple[str, str, str], dict[str, str]] = {}
    for column in descriptors():
        if column.name in values:
            quantity = column.name.removesuffix(f"_{column.axis}")
            unit = "" if column.unit == "-" else column.unit if metres else column.unit.replace("m", "voxel")
            value = values[column.name]
            cells = rows.setdefault((column.family, quantity, unit), {})
            cells[column.axis or "all"] = "undefined" if math.isnan(value) else f"{value:.4g}"
    before = ""
    for (family, quantity, unit), cells in rows.items():
        if family != before:
            yield f"\n{family.replace('_', ' '):<32}" + "".join(f"{head:>12}" for head in ("all", *AXES)) + "  unit"
            before = family
        line = f"  {quantity:<30}" + "".join(f"{cells.get(head, ''):>12}" for head in ("all", *AXES)) + f"  {unit}"
        yield line.rstrip()


def main(words: list[str] | None = None) -> int:
    """Print the descriptors of a volume; 2 where there is none to read."""
    parser = argparse.ArgumentParser(description="Describe one volume.")
    parser.add_argument("path", nargs="?", help="TIFF file; without one a volume is made up")
    parser.add_argument("--voxel-size", type=float, metavar="M", help="edge of a voxel in metres")
    parser.add_argument("--pore", type=int, nargs="+", metavar="VALUE", help="grey values that are pore")
    parser.add_argument("--columns", nargs="+", metavar="NAME", help="only these")
    options = parser.parse_args(words)
    try:
        values = describe(
            made_up() if options.path is None else options.path,
            voxel_size=options.voxel_size,
            pore=tuple(options.pore) if options.pore else None,
            columns=options.columns,
        )
    except PoregroveError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(*table(values, metres=options.voxel_size is not None), sep="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
