"""One volume in six formats: the same row by ``extract``, ``describe``, a data set's column ``filename`` and ``predict``."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tifffile

from poregrove.features import describe, load_volume
from poregrove.pipelines.commands.main import main
from poregrove.schema import SCALAR_COLUMNS

SHAPE, EDGE = (48, 20, 24), 2e-7
NAMES = ("stack.tif", "slices", "array.npy", "voxels.raw", "scan.nrrd", "file.h5:/scan/labels", "ome.tif")
COLUMNS = ["porosity", "specific_surface", "percolates_z"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The volume in every format, each with its voxel size, for a raw file and an array in a file beside them."""
    import h5py
    import nrrd

    made = tmp_path_factory.mktemp("formats")
    voxels = (np.random.default_rng(0).random(SHAPE) < 0.6).astype(np.uint8) * 255
    calibrated = {"imagej": True, "resolution": (5, 5)}
    tifffile.imwrite(made / "stack.tif", voxels, metadata={"axes": "ZYX", "spacing": 0.2, "unit": "um"}, **calibrated)
    (made / "slices").mkdir()
    for number, plane in enumerate(voxels):
        tifffile.imwrite(made / "slices" / f"s{number}.tif", plane, metadata={"unit": "um"}, **calibrated)
    np.save(made / "array.npy", voxels)
    voxels.tofile(made / "voxels.raw")
    (made / "array.npy.json").write_text(json.dumps({"voxel_size": EDGE}))
    (made / "voxels.raw.json").write_text(json.dumps({"shape": SHAPE, "dtype": "uint8", "voxel_size": EDGE}))
    nrrd.write(str(made / "scan.nrrd"), voxels, {"spacings": [0.2] * 3, "units": ["um"] * 3}, index_order="C")
    with h5py.File(made / "file.h5", "w") as file:
        file.create_dataset("scan/labels", data=voxels).attrs["element_size_um"] = [0.2] * 3
    sizes = {f"PhysicalSize{axis}": 0.2 for axis in "XYZ"}
    tifffile.imwrite(made / "ome.tif", voxels, ome=True, metadata={"axes": "ZYX", **sizes})
    return made


def one_row(table, but=("filename",)):
    """The one row that all rows are, whatever file they came from."""
    rows = table.drop(columns=list(but)).drop_duplicates()
    assert len(rows) == 1
    assert rows["status"].item() == "ok"
    return rows.iloc[0]


@pytest.mark.parametrize("asked", [[], ["--voxel-size", "file"]], ids=["voxels", "metres"])
def test_extract_and_describe(folder, tmp_path, asked):
    out = tmp_path / "d.parquet"
    paths = [str(folder / name) for name in NAMES]
    words = ["--out", str(out), "--columns", ",".join(COLUMNS), "--workers", "1", "--device", "cpu", "--quiet"]
    assert main(["extract", *paths, *asked, *words]) == 0
    row = one_row(pd.read_parquet(out))
    assert row["spacing"] == "2e-07 m"
    for name in NAMES:
        volume = load_volume(folder / name, voxel_size="file" if asked else None)
        assert volume.digest == row["volume_digest"]
        assert describe(volume, columns=COLUMNS, device="cpu") == row[COLUMNS].to_dict()


def test_a_raw_file_that_nothing_lies_beside(folder, tmp_path):
    (tmp_path / "a.raw").write_bytes((folder / "voxels.raw").read_bytes())
    out = tmp_path / "d.parquet"
    words = ["--out", str(out), "--columns", "porosity", "--workers", "1", "--device", "cpu", "--quiet"]
    assert main(["extract", str(tmp_path / "a.raw"), *words]) == 1
    assert "--shape Z,Y,X --dtype uint8" in pd.read_parquet(out)["reason"].item()
    assert main(["extract", str(tmp_path / "a.raw"), "--shape", "48,20,24", "--dtype", "uint8", *words]) == 0
    assert one_row(pd.read_parquet(out))["volume_digest"] == load_volume(folder / "stack.tif").digest


def test_a_pattern_that_no_shell_expanded(folder, tmp_path):
    out = tmp_path / "d.parquet"
    words = ["--out", str(out), "--columns", "porosity", "--workers", "1", "--device", "cpu", "--quiet"]
    assert main(["extract", str(folder / "*.tif"), *words]) == 0
    assert len(pd.read_parquet(out)) == 2


def test_a_data_set_and_predict(folder, finished, tmp_path):
    design = finished.designs.iloc[0].to_dict()
    porosity = float(np.mean(tifffile.imread(folder / "stack.tif") > 0))
    rows = [{"filename": name, "param_id": 0, "porosity": porosity, **design} for name in NAMES]
    (tmp_path / "data").mkdir()
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "data" / "rows.parquet")
    words = ["--images", str(folder), "--workers", "1", "--device", "cpu", "--quiet"]
    out = tmp_path / "d.parquet"
    assert main(["extract", str(tmp_path / "data"), "--out", str(out), "--columns", ",".join(COLUMNS), *words]) == 0
    extracted = pd.read_parquet(out)
    assert list(extracted["filename"]) == list(NAMES)
    assert one_row(extracted)["volume_digest"] == load_volume(folder / "stack.tif").digest
    predicted = tmp_path / "p.parquet"
    assert main(["predict", str(finished.run), str(tmp_path / "data"), "--out", str(predicted), *words]) == 0
    answers = pd.read_parquet(predicted)
    assert len(answers) == len(NAMES)
    assert len(answers.drop(columns=["filename", "row", "sample_id"], errors="ignore").drop_duplicates()) == 1
    assert answers["reason"].isna().all()


def test_one_voxel_size_a_volume_from_a_column(folder, tmp_path):
    scalars = dict.fromkeys(SCALAR_COLUMNS, 1e-6)
    sizes = {"stack.tif": 0.2, "array.npy": 0.5}
    rows = [{"filename": name, "gen_voxel_um": size, **scalars} for name, size in sizes.items()]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
    out = tmp_path / "d.parquet"
    words = ["--images", str(folder), "--out", str(out), "--columns", "specific_surface", "--workers", "1", "--quiet"]
    assert main(["extract", str(tmp_path), "--voxel-size", "gen_voxel_um", *words]) == 0
    surface = pd.read_parquet(out).set_index("filename")["specific_surface"]
    assert surface["stack.tif"] / surface["array.npy"] == pytest.approx(0.5 / 0.2)
    assert main(["extract", str(tmp_path), "--voxel-size", "gen_voxel", *words]) == 2
