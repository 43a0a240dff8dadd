"""Valid TIFF files with flipped bytes, cut ends, spliced pieces and other tags."""

import io

import numpy as np
import tifffile
from hypothesis import given

from poregrove.features import binarise, read_voxels

LIMIT = 100_000
LAYOUTS = (
    {},
    {"metadata": None},
    {"metadata": None, "compression": "zlib", "predictor": 2},
    {"metadata": None, "compression": "lzw", "rowsperstrip": 5},
    {"metadata": None, "compression": "packbits"},
    {"metadata": None, "compression": "zstd"},
    {"metadata": None, "tile": (16, 16)},
    {"metadata": None, "tile": (16, 16), "compression": "zlib"},
    {"bigtiff": True, "metadata": None},
    {"byteorder": ">", "metadata": None},
    {"imagej": True, "metadata": {"axes": "ZYX"}},
    {"ome": True, "metadata": {"axes": "ZYX"}},
)
SHARE = 0.17


def seeds():
    voxels = np.random.default_rng(0).integers(0, 2, (5, 20, 18), np.uint8) * 255
    for layout in LAYOUTS:
        for kind in (np.uint8, np.uint16) if "predictor" in layout else (np.uint8, np.uint16, np.float32):
            buffer = io.BytesIO()
            tifffile.imwrite(buffer, voxels.astype(kind), photometric="minisblack", **layout)
            yield buffer.getvalue()


def tag_places(content):
    """Offsets of code, type, count and value of every tag, and of the header."""
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        entries = [tag.offset for page in file.pages for tag in page.tags]
    return [0, 2, 4, 8, *(entry + part for entry in entries for part in (0, 2, 4, 8, 12))]


def test_no_tiff_file_does_harm(cases, harmless, spoilt, tmp_path):
    path = tmp_path / "volume.tif"
    path.touch()

    @cases.settings(SHARE)
    @given(spoilt(list(seeds()), tag_places))
    def check(content):
        path.write_bytes(content)
        with harmless(tmp_path):
            voxels = read_voxels(path, max_voxels=LIMIT)
            assert voxels.ndim == 3
            assert 0 < voxels.size <= LIMIT
            assert binarise(voxels)[0].shape == voxels.shape

    check()
