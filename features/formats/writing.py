"""Fields of voxels as files that other programs read: VTK's image data and TIFF stacks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import numpy as np

if TYPE_CHECKING:
    from ...array_types import Float32
    from ..voxels import Spacing

_METRE = 1e6
"""Micrometres in a metre."""


def write_vti(path: Path, arrays: Mapping[str, Float32], edges: Spacing | None) -> None:
    """Write fields (z, y, x) of one shape as float32 over the cells of image data, as ParaView reads it.

    The spacing is that of the voxels in metres, 1 where unknown.
    """
    z, y, x = next(iter(arrays.values())).shape
    dz, dy, dx = edges or (1.0, 1.0, 1.0)
    stored = [np.ascontiguousarray(array, "<f4") for array in arrays.values()]
    offsets = np.cumsum([0, *(8 + array.nbytes for array in stored)])
    declared = "".join(
        f'<DataArray type="Float32" Name={quoteattr(name)} NumberOfComponents="1" format="appended" offset="{offset}"/>\n'
        for name, offset in zip(arrays, offsets, strict=False)
    )
    extent = f"0 {x} 0 {y} 0 {z}"
    head = (
        '<?xml version="1.0"?>\n'
        '<VTKFile type="ImageData" version="1.0" byte_order="LittleEndian" header_type="UInt64">\n'
        f'<ImageData WholeExtent="{extent}" Origin="0 0 0" Spacing="{dx!r} {dy!r} {dz!r}">\n'
        f'<Piece Extent="{extent}">\n<CellData>\n{declared}</CellData>\n</Piece>\n</ImageData>\n'
        '<AppendedData encoding="raw">\n_'
    )
    with path.open("wb") as file:
        file.write(head.encode())
        for array in stored:
            file.write(np.array([array.nbytes], "<u8").tobytes())
            file.write(array.tobytes())
        file.write(b"\n</AppendedData>\n</VTKFile>\n")


def write_tiff(path: Path, array: Float32, edges: Spacing | None) -> None:
    """Write one field (z, y, x) as a float32 stack with its spacing, as ImageJ reads it."""
    import tifffile

    metadata: dict[str, object] = {"axes": "ZYX"}
    resolution = None
    if edges is not None:
        dz, dy, dx = (edge * _METRE for edge in edges)
        metadata |= {"spacing": dz, "unit": "um"}
        resolution = (1.0 / dx, 1.0 / dy)
    tifffile.imwrite(path, np.asarray(array, np.float32), imagej=True, metadata=metadata, resolution=resolution)
