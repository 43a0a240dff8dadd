"""Files made to mislead: objects that would be unpickled, other files, bombs, several arrays, wrong lengths."""

import gzip
import io
import json
import pickle
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest

from poregrove.errors import MissingExtraError, VolumeError
from poregrove.features.formats import read_scan
from poregrove.features.voxels import ReadOptions

LIMIT = ReadOptions(max_voxels=100_000)


def refusal(path, options=LIMIT):
    """The error of reading, after a check that it took no more memory than the limit of voxels does."""
    tracemalloc.start()
    try:
        with pytest.raises(VolumeError) as caught:
            read_scan(path, options)
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()
    assert str(path) in str(caught.value)
    return str(caught.value)


class Harmful:
    def __reduce__(self):
        return pytest.fail, ("unpickled",)


class TestNumPy:
    def test_objects_are_not_unpickled(self, tmp_path):
        np.save(tmp_path / "a.npy", np.array([[[Harmful()]]], dtype=object), allow_pickle=True)
        assert "object" in refusal(tmp_path / "a.npy")
        (tmp_path / "b.npy").write_bytes(pickle.dumps(Harmful()))
        refusal(tmp_path / "b.npy")

    def test_a_header_that_declares_more_than_there_is(self, tmp_path):
        stream = io.BytesIO()
        np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": (40, 40, 40)})
        (tmp_path / "a.npy").write_bytes(stream.getvalue())
        assert "0 bytes of voxels where 64000 were declared" in refusal(tmp_path / "a.npy")

    def test_several_arrays_are_named(self, tmp_path):
        np.savez(tmp_path / "a.npz", one=np.zeros((3, 4, 5)), two=np.ones((3, 4, 5)))
        assert "'one', 'two'; name one as a.npz:one" in refusal(tmp_path / "a.npz")
        assert read_scan(f"{tmp_path}/a.npz:two").voxels.all()
        assert "no array 'three'" in refusal(f"{tmp_path}/a.npz:three")

    def test_a_deflated_bomb_is_not_unpacked(self, tmp_path):
        np.save(tmp_path / "b.npy", np.zeros((2, 3, 4), np.uint8))
        with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.npy", (tmp_path / "b.npy").read_bytes() + bytes(200_000_000))
        tracemalloc.start()
        assert read_scan(tmp_path / "a.npz", LIMIT).voxels.shape == (2, 3, 4)
        assert tracemalloc.get_traced_memory()[1] < 20e6
        tracemalloc.stop()


class TestRaw:
    def test_shape_and_type_are_asked_for(self, tmp_path):
        (tmp_path / "a.raw").write_bytes(bytes(24))
        said = refusal(tmp_path / "a.raw")
        assert "--shape Z,Y,X --dtype uint8" in said
        assert "a.raw.json" in said

    def test_the_length_must_fit(self, tmp_path):
        (tmp_path / "a.raw").write_bytes(bytes(24))
        assert "24 bytes, expected 48 for shape (2, 3, 4) of uint16" in refusal(
            tmp_path / "a.raw", ReadOptions(shape=(2, 3, 4), dtype="uint16")
        )
        assert read_scan(tmp_path / "a.raw", ReadOptions(shape=(2, 3, 4), dtype="uint8")).voxels.shape == (2, 3, 4)

    def test_byte_order_is_part_of_the_type(self, tmp_path):
        np.arange(24, dtype=">u2").tofile(tmp_path / "a.raw")
        voxels = read_scan(tmp_path / "a.raw", ReadOptions(shape=(2, 3, 4), dtype=">u2")).voxels
        assert voxels.ravel().tolist() == list(range(24))

    @pytest.mark.parametrize("dtype", ["object", "U4", "number", "u1,u1", "datetime64"])
    def test_types_that_hold_no_numbers(self, tmp_path, dtype):
        (tmp_path / "a.raw").write_bytes(bytes(24))
        refusal(tmp_path / "a.raw", ReadOptions(shape=(2, 3, 4), dtype=dtype))

    @pytest.mark.parametrize(
        "text", ["{", '{"shape": 3}', '{"shape": [1, 2, "x"]}', '{"shape": [2, 3, 4], "offset": -9}']
    )
    def test_a_sidecar_that_says_nonsense(self, tmp_path, text):
        (tmp_path / "a.raw").write_bytes(bytes(24))
        (tmp_path / "a.raw.json").write_text(text)
        refusal(tmp_path / "a.raw", ReadOptions(shape=(2, 3, 4), dtype="uint8") if "offset" in text else LIMIT)


class TestHeaders:
    @pytest.mark.parametrize("name", ["../secret.raw", "/etc/passwd", "LIST", "slice%03d.raw 1 3 1", "absent.raw"])
    def test_voxels_lie_beside_their_header(self, tmp_path, name):
        folder = tmp_path / "images"
        folder.mkdir()
        (tmp_path / "secret.raw").write_bytes(bytes(24))
        head = "NDims = 3\nDimSize = 4 3 2\nElementType = MET_UCHAR\n"
        (folder / "a.mhd").write_text(f"{head}ElementDataFile = {name}\n")
        refusal(folder / "a.mhd")
        (folder / "a.nhdr").write_text(
            f"NRRD0004\ntype: uint8\ndimension: 3\nsizes: 4 3 2\nencoding: raw\ndata file: {name}\n"
        )
        refusal(folder / "a.nhdr")

    def test_packed_voxels_hold_no_more_than_is_declared(self, tmp_path):
        bomb = bytes(50_000_000)
        head = "NDims = 3\nDimSize = 4 3 2\nElementType = MET_UCHAR\nCompressedData = True\nElementDataFile = LOCAL\n"
        (tmp_path / "a.mha").write_bytes(head.encode() + zlib.compress(bomb))
        head = "NRRD0004\ntype: uint8\ndimension: 3\nsizes: 4 3 2\nencoding: gzip\n\n"
        (tmp_path / "a.nrrd").write_bytes(head.encode() + gzip.compress(bomb))
        for name in ("a.mha", "a.nrrd"):
            tracemalloc.start()
            assert read_scan(tmp_path / name, LIMIT).voxels.shape == (2, 3, 4)
            assert tracemalloc.get_traced_memory()[1] < 20e6
            tracemalloc.stop()

    def test_channels_are_no_depth(self, tmp_path):
        head = "NDims = 3\nDimSize = 4 3 2\nElementType = MET_UCHAR\nElementNumberOfChannels = 3\nElementDataFile = LOCAL\n"
        (tmp_path / "a.mha").write_bytes(head.encode() + bytes(72))
        assert "3 channels" in refusal(tmp_path / "a.mha")
        (tmp_path / "a.nrrd").write_bytes(
            b"NRRD0004\ntype: uint8\ndimension: 4\nsizes: 3 4 3 2\nencoding: raw\n\n" + bytes(72)
        )
        assert "three dimensions" in refusal(tmp_path / "a.nrrd")

    def test_edges_that_differ_are_told_without_a_unit(self, tmp_path):
        head = b"NRRD0004\ntype: uint8\ndimension: 3\nsizes: 4 3 2\nspacings: 1 1 3\nencoding: raw\n\n"
        (tmp_path / "a.nrrd").write_bytes(head + bytes(24))
        scan = read_scan(tmp_path / "a.nrrd")
        assert scan.spacing is None
        assert "not cubic, 3 x 1 x 1 (z, y, x) without a unit" in scan.notes[0]

    def test_a_document_type_is_refused(self, tmp_path):
        (tmp_path / "a.vti").write_text('<!DOCTYPE a [<!ENTITY b "c">]><VTKFile type="ImageData"/>')
        assert "document type" in refusal(tmp_path / "a.vti")


class TestHdf5:
    @pytest.fixture
    def file(self, tmp_path):
        h5py = pytest.importorskip("h5py")
        with h5py.File(tmp_path / "a.h5", "w") as made:
            yield made

    def test_several_arrays_are_named(self, file, tmp_path):
        file["one"], file["deep/two"] = np.zeros((3, 4, 5)), np.ones((3, 4, 5))
        file.close()
        assert "'/deep/two', '/one'; name one as a.h5:deep/two" in refusal(tmp_path / "a.h5")
        assert read_scan(f"{tmp_path}/a.h5:/deep/two").voxels.all()

    def test_voxels_in_other_files_are_not_opened(self, file, tmp_path):
        import h5py

        (tmp_path / "other.raw").write_bytes(bytes(60))
        file.create_dataset("raw", (3, 4, 5), "u1", external=[(str(tmp_path / "other.raw"), 0, 60)])
        layout = h5py.VirtualLayout((3, 4, 5), "u1")
        layout[:] = h5py.VirtualSource(str(tmp_path / "b.h5"), "one", (3, 4, 5))
        file.create_virtual_dataset("virtual", layout)
        file["link"] = h5py.ExternalLink(str(tmp_path / "b.h5"), "/one")
        file["soft"] = h5py.SoftLink("/raw")
        file["round"] = file["/"]
        file.close()
        for name in ("raw", "virtual"):
            assert "other files" in refusal(f"{tmp_path}/a.h5:{name}")
        for name in ("link", "soft"):
            assert f"no array '{name}'" in refusal(f"{tmp_path}/a.h5:{name}")

    def test_what_was_never_written_is_no_zero(self, file, tmp_path):
        file.create_dataset("a", (3, 4, 5), "u1", chunks=(3, 4, 5))
        file.close()
        assert "never written" in refusal(tmp_path / "a.h5")


class TestZarr:
    @pytest.fixture
    def store(self, tmp_path):
        zarr = pytest.importorskip("zarr")
        array = zarr.create_array(str(tmp_path / "a.zarr"), shape=(3, 4, 5), dtype="u1", zarr_format=2)
        array[...] = 1
        return tmp_path / "a.zarr"

    def test_codecs_that_run_code_are_refused(self, store):
        about = json.loads((store / ".zarray").read_text())
        about["filters"] = [{"id": "pickle"}]
        about["compressor"] = None
        (store / ".zarray").write_text(json.dumps(about))
        for chunk in store.glob("[0-9]*"):
            chunk.write_bytes(pickle.dumps(Harmful()))
        assert "pickle" in refusal(store)

    def test_links_are_not_followed(self, store, tmp_path):
        (tmp_path / "secret").write_bytes(bytes(60))
        chunk = next(store.glob("[0-9]*"))
        chunk.unlink()
        chunk.symlink_to(tmp_path / "secret")
        assert "a link in" in refusal(store)

    def test_no_store_is_an_error_of_its_own(self, tmp_path):
        (tmp_path / "b.zarr").mkdir()
        refusal(tmp_path / "b.zarr")


@pytest.mark.parametrize(
    ("module", "name"), [("nrrd", "a.nrrd"), ("nibabel", "a.nii"), ("h5py", "a.h5"), ("zarr", "a.zarr")]
)
def test_a_package_that_lacks_is_named_with_its_extra(tmp_path, monkeypatch, module, name):
    monkeypatch.setitem(__import__("sys").modules, module, None)
    (tmp_path / name).mkdir() if name.endswith("zarr") else (tmp_path / name).touch()
    with pytest.raises(MissingExtraError, match=r"pip install 'poregrove\[formats\]'"):
        read_scan(tmp_path / name)
