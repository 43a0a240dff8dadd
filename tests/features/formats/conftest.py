"""One volume, written in every format that is read, by libraries that do not know this project."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile

EDGE = 1e-7
"""Metres; every writer states it in the unit of its format."""


def tiff(path, voxels):
    tifffile.imwrite(path, voxels, photometric="minisblack", compression="zlib")


def imagej(path, voxels):
    metadata = {"axes": "ZYX", "spacing": 0.1, "unit": "um"}
    tifffile.imwrite(path, voxels, imagej=True, resolution=(10, 10), metadata=metadata)


def ome(path, voxels):
    sizes = {f"PhysicalSize{axis}": 100.0 for axis in "XYZ"} | {f"PhysicalSize{axis}Unit": "nm" for axis in "XYZ"}
    tifffile.imwrite(path, voxels, ome=True, metadata={"axes": "ZYX", **sizes})


def slices(path, voxels):
    """As ImageJ's image sequence: 2D files with a calibration, numbered without leading zeros."""
    path.mkdir()
    for number, plane in enumerate(voxels):
        tifffile.imwrite(path / f"s{number}.tif", plane, imagej=True, resolution=(10, 10), metadata={"unit": "um"})


def png(path, voxels):
    from PIL import Image

    path.mkdir()
    for number, plane in enumerate(voxels):
        Image.fromarray(plane).save(path / f"s{number}.png")


def npy(path, voxels):
    np.save(path, voxels)
    path.with_name(path.name + ".json").write_text(json.dumps({"voxel_size": EDGE}))


def fortran(path, voxels):
    np.save(path, np.asfortranarray(voxels))


def npz(path, voxels):
    np.savez_compressed(path, voxels)


def raw(path, voxels):
    voxels.tofile(path)
    said = {"shape": list(voxels.shape), "dtype": str(voxels.dtype), "spacing": [EDGE] * 3}
    path.with_suffix(".json").write_text(json.dumps(said))


def nrrd(path, voxels):
    import nrrd

    header = {"spacings": [0.1] * 3, "units": ["um"] * 3}
    nrrd.write(str(path), voxels, header, index_order="C")


def nrrd_directions(path, voxels):
    import nrrd

    header = {
        "space dimension": 3,
        "space directions": 100.0 * np.eye(3),
        "space units": ["nm"] * 3,
        "encoding": "raw",
        "endian": "little",
    }
    nrrd.write(str(path), voxels, header, index_order="C")


def nhdr(path, voxels):
    import nrrd

    nrrd.write(str(path), voxels, {"encoding": "gzip", "units": ["mm"] * 3, "spacings": [1e-4] * 3}, index_order="C")


def mha(path, voxels):
    """Written by hand, as ITK does."""
    z, y, x = voxels.shape
    kind = {"uint8": "MET_UCHAR", "uint16": "MET_USHORT"}[str(voxels.dtype)]
    packed = zlib.compress(voxels.tobytes())
    head = (
        f"ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = True\n"
        f"CompressedDataSize = {len(packed)}\nElementSpacing = 0.0001 0.0001 0.0001\nDimSize = {x} {y} {z}\n"
        f"ElementType = {kind}\nElementDataFile = LOCAL\n"
    )
    path.write_bytes(head.encode() + packed)


def _vtk_image(voxels, spacing):
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    z, y, x = voxels.shape
    image = vtkImageData()
    image.SetDimensions(x, y, z)
    image.SetSpacing(spacing, spacing, spacing)
    array = numpy_to_vtk(voxels.ravel(), deep=True)
    array.SetName("phase")
    image.GetPointData().SetScalars(array)
    return image


def mhd(path, voxels):
    from vtkmodules.vtkIOImage import vtkMetaImageWriter

    writer = vtkMetaImageWriter()
    writer.SetFileName(str(path))
    writer.SetRAWFileName(str(path.with_suffix(".raw")))
    writer.SetCompression(False)
    writer.SetInputData(_vtk_image(voxels, 1e-4))
    writer.Write()


def vti(mode, *, deflated=True):
    def write(path, voxels):
        from vtkmodules.vtkIOXML import vtkXMLImageDataWriter

        writer = vtkXMLImageDataWriter()
        writer.SetFileName(str(path))
        writer.SetInputData(_vtk_image(voxels, 0.1))
        getattr(writer, f"SetDataModeTo{mode}")()
        if mode == "Appended":
            writer.SetEncodeAppendedData(not deflated)
        if not deflated:
            writer.SetCompressorTypeToNone()
        writer.SetBlockSize(1 << 12)
        writer.Write()

    return write


def nifti(path, voxels):
    import nibabel

    image = nibabel.Nifti1Image(voxels.transpose(2, 1, 0), np.diag([0.1, 0.1, 0.1, 1.0]), dtype=voxels.dtype)
    image.header.set_xyzt_units("micron")
    nibabel.save(image, path)


def nifti2(path, voxels):
    import nibabel

    nibabel.save(nibabel.Nifti2Image(voxels.transpose(2, 1, 0), np.eye(4), dtype=voxels.dtype), path)


def hdf5(path, voxels):
    import h5py

    with h5py.File(path, "w") as file:
        array = file.create_dataset("scan/labels", data=voxels, chunks=(4, 8, 8), compression="gzip", shuffle=True)
        array.attrs["element_size_um"] = [0.1, 0.1, 0.1]
        file["profile"] = np.zeros(5)


def zarr(path, voxels):
    import zarr

    zarr.save_array(str(path), voxels)


def ome_zarr(path, voxels):
    import zarr

    group = zarr.open_group(str(path), mode="w", zarr_format=2)
    for level, step in enumerate((1, 2)):
        part = voxels[::step, ::step, ::step]
        array = group.create_array(str(level), shape=part.shape, dtype=part.dtype, chunks=(4, 8, 8))
        array[...] = part
    group.attrs["multiscales"] = [
        {
            "axes": [{"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"],
            "datasets": [
                {"path": str(level), "coordinateTransformations": [{"type": "scale", "scale": [0.1 * 2**level] * 3}]}
                for level in range(2)
            ],
        }
    ]


WRITERS = {
    "plain.tif": (tiff, False),
    "imagej.tif": (imagej, True),
    "ome.tif": (ome, True),
    "slices": (slices, True),
    "png": (png, False),
    "array.npy": (npy, True),
    "fortran.npy": (fortran, False),
    "arrays.npz": (npz, False),
    "voxels.raw": (raw, True),
    "gzip.nrrd": (nrrd, True),
    "directions.nrrd": (nrrd_directions, True),
    "detached.nhdr": (nhdr, True),
    "packed.mha": (mha, True),
    "detached.mhd": (mhd, True),
    "appended.vti": (vti("Appended"), False),
    "appended64.vti": (vti("Appended", deflated=False), False),
    "inline.vti": (vti("Binary"), False),
    "plain.vti": (vti("Binary", deflated=False), False),
    "text.vti": (vti("Ascii"), False),
    "volume.nii.gz": (nifti, True),
    "second.nii": (nifti2, False),
    "file.h5": (hdf5, True),
    "store.zarr": (zarr, False),
    "ome.zarr": (ome_zarr, True),
}
"""File name, writer, and whether the file states the edge of a voxel."""


@pytest.fixture(scope="session")
def voxels():
    return (np.random.default_rng(0).random((11, 12, 13)) < 0.4).astype(np.uint8) * 255


@pytest.fixture(scope="session")
def written(tmp_path_factory, voxels) -> Path:
    """A folder that holds the volume in every format."""
    folder = tmp_path_factory.mktemp("formats")
    for name, (write, _) in WRITERS.items():
        write(folder / name, voxels)
    return folder
