"""TIFF files made to mislead: bombs, contradicting tags, foreign metadata, missing codecs, odd places."""

import os
import struct
import subprocess
import sys
import tracemalloc
import zlib

import numpy as np
import pytest
import tifffile

from poregrove.errors import VolumeError
from poregrove.features import binarise, read_voxels

PLAIN = {"photometric": "minisblack", "metadata": None}
TILED = {**PLAIN, "tile": (16, 16), "compression": "zlib"}
IMAGE_LENGTH, BITS, COMPRESSION, STRIP_OFFSETS, STRIP_ROWS, BYTE_COUNTS = 257, 258, 259, 273, 278, 279
TILE_WIDTH, TILE_LENGTH, TILE_COUNTS = 322, 323, 325
OME = (
    '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
    '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="16" SizeY="16" '
    'SizeZ="{z}" SizeC="{c}" SizeT="1">{data}</Pixels></Image></OME>'
)


@pytest.fixture
def voxels():
    return np.random.default_rng(0).integers(0, 2, (4, 16, 16), np.uint8) * 255


@pytest.fixture
def path(tmp_path):
    return tmp_path / "volume.tif"


def retag(path, code, value):
    """Set a tag of every page of a little-endian TIFF file to one 32-bit number."""
    content = bytearray(path.read_bytes())
    (page,) = struct.unpack_from("<I", content, 4)
    found = 0
    while page:
        (count,) = struct.unpack_from("<H", content, page)
        for entry in range(page + 2, page + 2 + 12 * count, 12):
            if struct.unpack_from("<H", content, entry)[0] == code:
                struct.pack_into("<HII", content, entry + 2, 4, 1, value)
                found += 1
        (page,) = struct.unpack_from("<I", content, page + 2 + 12 * count)
    assert found
    path.write_bytes(content)


def refusal(path, **options):
    """The error of reading, after a check that it needed no more memory than a small file may."""
    tracemalloc.start()
    try:
        with pytest.raises(VolumeError) as caught:
            read_voxels(path, **options)
        assert tracemalloc.get_traced_memory()[1] < 32e6
    finally:
        tracemalloc.stop()
    assert caught.value.exit_code == 2
    assert str(path) in str(caught.value) or repr(str(path)) in str(caught.value)
    return str(caught.value)


class TestBombs:
    def test_pages_that_declare_more_than_the_file_holds(self, path, voxels):
        tifffile.imwrite(path, voxels, compression="zlib", **PLAIN)
        retag(path, IMAGE_LENGTH, 2**31)
        assert "more than the 1000000000 allowed" in refusal(path)

    @pytest.mark.parametrize("compression", [None, "zlib"])
    def test_a_description_that_declares_a_thousand_million_planes(self, path, voxels, compression):
        text = '{"shape": [1000000000, 16, 16], "truncated": true}'
        tifffile.imwrite(path, voxels, description=text, compression=compression, **PLAIN)
        refusal(path)

    @pytest.mark.parametrize("z", [8, 10**5, 10**9])
    def test_ome_planes_that_are_not_there_are_not_made_up(self, path, voxels, z):
        tifffile.imwrite(path, voxels, description=OME.format(z=z, c=1, data="<TiffData/>"), **PLAIN)
        assert f"expected one stack of its 4 pages, its OME-XML says SizeZ {z}" in refusal(path)

    def test_tiles_larger_than_any_volume(self, path, voxels):
        tifffile.imwrite(path, voxels, **TILED)
        retag(path, TILE_WIDTH, 2**20)
        retag(path, TILE_LENGTH, 2**20)
        assert "tiles of" in refusal(path)

    def test_the_limit_is_the_callers(self, path, voxels):
        tifffile.imwrite(path, voxels, **PLAIN)
        assert "1024 voxels, more than the 1023 allowed" in refusal(path, max_voxels=1023)
        assert read_voxels(path, max_voxels=1024).shape == voxels.shape

    @pytest.mark.parametrize("codec", ["jpeg", "png"])
    def test_codecs_whose_stream_alone_says_how_large_it_unpacks(self, path, codec):
        # A JPEG stream of 1 kB that claims 60000 x 60000 pixels took 3.4 GB and 47 s.
        tifffile.imwrite(path, np.zeros((4, 64, 64), np.uint8), compression=codec, **PLAIN)
        assert "a codec of pictures" in refusal(path)

    def test_a_deflate_stream_longer_than_its_strip_is_not_unpacked(self, path, voxels):
        tifffile.imwrite(path, voxels, compression="zlib", **PLAIN)
        with tifffile.TiffFile(path) as file:
            end = file.filehandle.size
        bomb = zlib.compress(voxels[0].tobytes() + bytes(10_000_000))
        path.write_bytes(path.read_bytes() + bomb)
        retag(path, STRIP_OFFSETS, end)
        retag(path, BYTE_COUNTS, len(bomb))
        assert "SPACE" in refusal(path)


class TestContradictions:
    @pytest.mark.parametrize(("code", "value"), [(STRIP_ROWS, 0), (BITS, 64), (BITS, 77), (IMAGE_LENGTH, 0)])
    def test_tags_of_strips(self, path, voxels, code, value):
        tifffile.imwrite(path, voxels, compression="zlib", **PLAIN)
        retag(path, code, value)
        refusal(path)

    @pytest.mark.parametrize("code", [TILE_WIDTH, TILE_LENGTH])
    def test_tiles_without_extent(self, path, voxels, code):
        tifffile.imwrite(path, voxels, **TILED)
        retag(path, code, 0)
        refusal(path)

    @pytest.mark.parametrize(
        ("options", "counts"), [({**PLAIN, "compression": "zlib"}, BYTE_COUNTS), (TILED, TILE_COUNTS)]
    )
    def test_what_was_never_written_is_no_zero(self, path, voxels, options, counts):
        tifffile.imwrite(path, voxels, **options)
        retag(path, counts, 0)
        assert "never written" in refusal(path)

    @pytest.mark.parametrize("target", [0, 1, 2, 3])
    @pytest.mark.parametrize("source", [0, 1, 2, 3])
    def test_a_chain_of_pages_that_leads_back(self, path, voxels, source, target):
        tifffile.imwrite(path, voxels, **PLAIN)
        content = bytearray(path.read_bytes())
        pages, links, position = [], [4], struct.unpack_from("<I", content, 4)[0]
        while position:
            pages.append(position)
            links.append(position + 2 + 12 * struct.unpack_from("<H", content, position)[0])
            (position,) = struct.unpack_from("<I", content, links[-1])
        struct.pack_into("<I", content, links[source + 1], pages[target])
        path.write_bytes(content)
        if target <= source:
            assert "or back" in refusal(path)
        elif target > source + 1:
            assert len(read_voxels(path)) == 4 - (target - source - 1)

    def test_fewer_planes_than_pages(self, path, voxels):
        tifffile.imwrite(path, voxels, description="ImageJ=1.11a\nimages=2\nslices=2\n", **PLAIN)
        assert "2 of its 4 pages" in refusal(path)

    @pytest.mark.parametrize("text", ['{"shape": "x"}', '{"shape": ' + "[" * 100_000])
    def test_descriptions_of_nonsense(self, path, voxels, text):
        tifffile.imwrite(path, voxels, description=text, **PLAIN)
        refusal(path)


class TestFurtherAxes:
    def test_channels_are_no_depth(self, path, voxels):
        tifffile.imwrite(path, voxels, description=OME.format(z=2, c=2, data="<TiffData/>"), **PLAIN)
        assert "SizeZ 2 x SizeC 2" in refusal(path)
        tifffile.imwrite(path, voxels.reshape(2, 2, 16, 16), imagej=True, metadata={"axes": "ZCYX"})
        assert "three dimensions" in refusal(path)

    def test_an_ome_stack_is_read(self, path, voxels):
        tifffile.imwrite(path, voxels, ome=True, metadata={"axes": "ZYX"})
        assert np.array_equal(read_voxels(path), voxels)

    def test_no_other_file_is_opened_for_planes_that_lie_elsewhere(self, tmp_path, path, voxels, monkeypatch):
        tifffile.imwrite(tmp_path / "other.tif", voxels, **PLAIN)
        elsewhere = '<TiffData FirstZ="0" IFD="0"><UUID FileName="other.tif">urn:uuid:a</UUID></TiffData>'
        tifffile.imwrite(path, voxels, description=OME.format(z=8, c=1, data=elsewhere), **PLAIN)
        opened = []
        handle = tifffile.FileHandle.__init__
        monkeypatch.setattr(
            tifffile.FileHandle,
            "__init__",
            lambda self, file, *a, **k: (opened.append(file), handle(self, file, *a, **k))[1],
        )
        refusal(path)
        assert opened == [path]

    @pytest.mark.parametrize("kind", ["mixed shapes", "mixed types"])
    def test_several_series_are_refused(self, path, kind):
        other = np.zeros((4, 8, 8), np.uint8) if kind == "mixed shapes" else np.zeros((4, 16, 16), np.uint16)
        with tifffile.TiffWriter(path) as writer:
            writer.write(np.zeros((4, 16, 16), np.uint8), **PLAIN)
            writer.write(other, **PLAIN)
        assert "got 2 series" in refusal(path) or "4 of its 8 pages" in refusal(path)


class TestCodecs:
    def test_an_unknown_code_is_named(self, path, voxels):
        tifffile.imwrite(path, voxels, compression="zlib", **PLAIN)
        retag(path, COMPRESSION, 9999)
        assert "9999" in refusal(path)

    @pytest.mark.parametrize("options", [{"compression": "lzw"}, {"compression": "zstd"}], ids=str)
    def test_without_imagecodecs_the_message_says_what_to_install(self, path, voxels, options):
        tifffile.imwrite(path, voxels, **options, **PLAIN)
        program = (
            "import sys; sys.modules['imagecodecs'] = None\n"
            "from poregrove.errors import VolumeError\n"
            "from poregrove.features import read_voxels\n"
            "try: read_voxels(sys.argv[1])\n"
            "except VolumeError as error: print(error)"
        )
        said = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True).stdout
        assert "pip install imagecodecs" in said

    def test_a_codec_that_the_installed_imagecodecs_was_built_without(self, path, voxels, monkeypatch):
        import imagecodecs

        tifffile.imwrite(path, voxels, compression="zstd", **PLAIN)

        def absent(*_args, **_options):
            raise imagecodecs.DelayedImportError("zstd_decode")

        monkeypatch.setitem(tifffile.TIFF.DECOMPRESSORS._codecs, 50000, absent)  # noqa: SLF001  there is no public way
        assert "codec is not installed" in refusal(path)


class TestPlaces:
    @pytest.mark.parametrize("name", ["a" * 5000, "a\0b", "\ud800", "/dev/null", "/dev/zero"])
    def test_names_of_no_file(self, name):
        refusal(name)

    def test_a_pipe_does_not_keep_anyone_waiting(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.tif")
        assert "pipe" in refusal(tmp_path / "pipe.tif")


class TestGreyValues:
    """Otsu's threshold where a count of every value, or a histogram, cannot be made."""

    def test_integers_of_32_bits_need_no_more_memory_than_the_volume(self):
        random = np.random.default_rng(0)
        grey = np.where(random.random((8, 8, 8)) < 0.5, 10, 2_000_000_000).astype(np.int32)
        grey[0, 0, :2] = -2_000_000_000, 20
        grey[1, 0, :] = np.arange(8) + 21  # more values than labels
        grey[2, 0, :] = np.arange(8) + 31
        tracemalloc.start()
        try:
            mask, _, threshold = binarise(grey)
            assert tracemalloc.get_traced_memory()[1] < 10e6
        finally:
            tracemalloc.stop()
        assert 20 < threshold < 2_000_000_000
        assert np.array_equal(mask, grey < 1_000_000_000)

    @pytest.mark.parametrize("values", [[-1e308, 5.0, 1e308], [1.0, 1 + 3e-16, 1 + 9e-16], [0.0, 5e-324, 1e-323]])
    def test_values_that_no_histogram_holds(self, values):
        with pytest.raises(VolumeError, match="no threshold parts the grey values"):
            binarise(np.array([[values]]))

    def test_many_distinct_values_are_not_collected(self):
        grey = np.random.default_rng(0).random((64, 64, 64))
        with pytest.raises(VolumeError, match=r"no voxel has a pore value 7; there are grey values from"):
            tracemalloc.start()
            try:
                binarise(grey, (7,))
            finally:
                peak = tracemalloc.get_traced_memory()[1]
                tracemalloc.stop()
        assert peak < 5e6
