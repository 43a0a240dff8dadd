"""One new file is one new descriptor, everywhere: nothing else is touched.

A process of its own sees the file because its folder stands on the path where descriptors are looked for.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import tifffile

TESTS = Path(__file__).resolve().parents[1]
TOY = '''
"""A toy."""

from poregrove.features import Column, descriptor


@descriptor(
    columns={"toy_share": Column("-", "share of voxels that are {phase}, as a toy", low=0.0, high=1.0)},
    tier="morphology",
    version=7,
    only_cubes=False,
    by=("phase",),
    reference="doi:10.0000/toy",
)
def toy(work, phase):
    return {"toy_share": work.fraction(phase)}
'''
BEGIN = """
import importlib, json, sys
importlib.import_module("poregrove.features.descriptors").__path__.append(sys.argv[1])
"""
EVERYWHERE = """
import runpy
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from poregrove.features import DescriptorTransformer, describe, descriptors
from poregrove.pipelines.bench import child, run
from poregrove.pipelines.bench.child import Job
from poregrove.pipelines.bench.fields import TYPICAL
from poregrove.pipelines.commands.main import main
from poregrove.pipelines.documentation.pages import descriptor_page
from poregrove.pipelines.training.manifest import _plain
from poregrove.reports import write_report

folder, tests = Path(sys.argv[2]), Path(sys.argv[3])
names = ["toy_share", "toy_share_solid"]
volume = np.load(folder / "volume.npy")
told = {"described": describe(volume, columns=names, device="cpu")}
told["listed"] = [column.name for column in descriptors() if column.family == "toy"]
told["transformed"] = list(DescriptorTransformer(tiers=("morphology",)).fit().get_feature_names_out())
told["extract"] = main(["extract", str(folder / "volume.tif"), "--out", str(folder / "out.parquet"),
                        "--columns", "toy_share,toy_share_solid,porosity", "--workers", "1", "--device", "cpu"])
told["benched"] = run.families()
told["seconds"] = child.measure(Job("ours", child.FAMILY + "toy", TYPICAL, 24, 1)).seconds
told["page"] = descriptor_page()

made_up = runpy.run_path(str(tests / "reports" / "made_up_run.py"))
place = made_up["write_run"](folder / "run")
manifest = json.loads((place / "manifest.json").read_text())
manifest["descriptors"] = _plain([asdict(column) for column in descriptors()])
(place / "manifest.json").write_text(json.dumps(manifest))
features = pd.read_parquet(place / "features.parquet")
features.assign(toy_share=np.linspace(0.1, 0.2, len(features))).to_parquet(place / "features.parquet")
told["report"] = write_report(place).read_text()
print(json.dumps(told))
"""
CONTRACT = """
import pytest
sys.exit(pytest.main(["-q", "-x", "-p", "no:cacheprovider", sys.argv[2], "-k", "bounds or complement or columns_come"]))
"""


def python(program, *arguments):
    command = [sys.executable, "-c", BEGIN + program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def more(tmp_path):
    """A folder with the one new file."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "toy.py").write_text(TOY)
    return tmp_path / "more"


def test_a_new_file_appears_everywhere(more, tmp_path):
    volume = np.random.default_rng(0).random((8, 9, 10)) < 0.3
    np.save(tmp_path / "volume.npy", volume)
    tifffile.imwrite(tmp_path / "volume.tif", volume.astype(np.uint8), photometric="minisblack")
    done = python(EVERYWHERE, more, tmp_path, TESTS)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])

    values = {"toy_share": volume.mean(), "toy_share_solid": 1 - volume.mean()}
    assert told["described"] == pytest.approx(values)
    assert told["listed"] == list(values)
    assert set(values) <= set(told["transformed"])
    assert "| `toy_share_solid` | - | share of voxels that are solid, as a toy | 0 … 1 | never |" in told["page"]
    assert "toy" in told["benched"]
    assert told["seconds"] > 0

    assert told["extract"] == 0
    table = pq.read_table(tmp_path / "out.parquet")
    assert table["toy_share"].to_pylist() == [pytest.approx(volume.mean())]
    assert table.schema.field("toy_share_solid").metadata[b"version"] == b"7"

    glossary = told["report"][told["report"].index('id="glossary"') :]
    for words in ("share of voxels that are pore, as a toy", "doi:10.0000/toy", "version 7"):
        assert words in glossary


@pytest.mark.parametrize("honest", [True, False])
def test_the_contract_holds_for_it_too(more, honest):
    if not honest:
        path = more / "toy.py"
        path.write_text(path.read_text().replace("work.fraction(phase)", "work.fraction(phase) + 1.0"))
    done = python(CONTRACT, more, TESTS / "features" / "test_contract.py")
    assert done.returncode == int(not honest), done.stdout
    assert honest or "AssertionError: toy_share" in done.stdout


def test_without_the_file_there_is_no_toy():
    from poregrove.features import descriptors

    assert not [column.name for column in descriptors() if column.name.startswith("toy")]
