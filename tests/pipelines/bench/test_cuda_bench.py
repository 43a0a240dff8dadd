"""The benchmark of a CUDA device, run on one that is emulated: what it measures there is not speed."""

import json
import runpy
from pathlib import Path

import pytest

from poregrove.errors import SettingsError
from poregrove.features import backends
from poregrove.features.backends.cuda import CudaBackend
from poregrove.pipelines import bench
from poregrove.pipelines.bench import cuda, cuda_table, run_cuda_bench
from poregrove.pipelines.bench.fields import FIELDS
from poregrove.pipelines.commands.main import main

HARNESS = Path(__file__).parents[2] / "features" / "backends" / "cuda" / "emulator.py"


@pytest.fixture(scope="module")
def emulated(tmp_path_factory):
    """A CUDA back end whose kernels run on the CPU, which ``get_backend("cuda")`` returns."""
    harness = runpy.run_path(str(HARNESS))
    if harness["COMPILER"] is None:
        pytest.skip("no g++ to compile the kernels for the CPU")
    base = tmp_path_factory.getbasetemp()
    # what other tests of the run have compiled
    folder = (base.parent if base.name.startswith("popen-") else base) / "kernels"
    folder.mkdir(exist_ok=True)
    backend = CudaBackend(harness["EmulatedDevice"](folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backends, "cuda_backend", lambda: backend)
        yield backend


@pytest.fixture(scope="module")
def small(emulated):
    assert emulated.name == "cuda"
    with pytest.MonkeyPatch.context() as patch:
        # the peer would run on a device that is not there
        patch.setattr(cuda, "torch_has_cuda", lambda: False)
        return run_cuda_bench(size=16, batches=(2, 1), repeats=1, copied=2**16)


def test_the_result_is_plain_and_complete(small):
    assert json.loads(json.dumps(small)) == small
    assert [(row["what"], row["batch"]) for row in small["throughput"]] == [
        (what, batch) for what in ("tortuosity", "set", "everything") for batch in (1, 2)
    ]
    assert all(row["seconds"] > 0 for row in small["throughput"])
    assert all(row["volumes_per_second"] == row["batch"] / row["seconds"] for row in small["throughput"])
    assert small["device"].startswith("emulated")
    assert small["peer"] == []


def test_both_back_ends_find_the_same(small):
    assert [row["field"] for row in small["fields"]] == [field.name for field in FIELDS]
    for row in small["fields"]:
        assert row["converged"]
        assert abs(row["difference"]) <= 1e-4
        assert row["relative_diffusivity"] == pytest.approx(row["on_cpu"], rel=1e-4)


def test_the_bandwidth_is_what_the_steps_move(small):
    for row in small["solver"]:
        # 90 bytes of a voxel for the fine sweeps, 104 / 3 for the coarse ones
        moved = row["batch"] * row["iterations"] * 16**3 * (90 + 104 / 3)
        assert row["bytes_per_second"] == pytest.approx(moved / row["seconds"])
        assert row["share_of_copy"] == pytest.approx(row["bytes_per_second"] / small["copy_bytes_per_second"])


def test_the_table_shows_every_row_and_the_peer_where_there_is_one(small):
    text = cuda_table(small)
    assert all(f"| {name}" in text for name in ("tortuosity", "set", "everything", *(field.name for field in FIELDS)))
    beside = {"batch": 2, "seconds": 1.0, "volumes_per_second": small["solver"][1]["volumes_per_second"] / 4}
    assert "|          4.0 |" in cuda_table({**small, "peer": [beside]})


def test_goals_are_met_by_fast_devices_and_missed_by_slow_ones(small):
    def met(speed, difference):
        rows = [{**row, "volumes_per_second": speed} for row in small["throughput"]]
        fields = [{**row, "difference": difference} for row in small["fields"]]
        return [goal["met"] for goal in cuda.judged_goals({**small, "throughput": rows, "fields": fields})]

    assert met(1000.0, -5e-5) == [True] * 4
    assert met(40.0, 5e-4) == [False, False, True, False]


def test_the_verb_prints_the_table_and_writes_the_figures(small, monkeypatch, tmp_path, capsys):
    asked = []
    monkeypatch.setattr(bench, "run_cuda_bench", lambda **settings: asked.append(settings) or small)
    words = ["bench", "--device", "cuda", "--sizes", "32,64", "--no-peers", "--json", str(tmp_path / "b.json")]
    assert main(words) == 0
    assert asked == [{"size": 64, "peers": False, "repeats": 3}]
    assert capsys.readouterr().out.strip() == cuda_table(small).strip()
    assert json.loads((tmp_path / "b.json").read_text()) == small


def test_batches_hold_different_volumes():
    made = [FIELDS[0].make(16)]
    flipped = list(cuda.itertools.islice(cuda.flipped_copies(made), 8))
    assert len({mask.tobytes() for mask in flipped}) == 8
    assert {mask.sum() for mask in flipped} == {made[0].sum()}


@pytest.mark.parametrize("wrong", [{"size": 8}, {"batches": ()}, {"batches": (0,)}, {"repeats": 0}])
def test_what_measures_nothing_is_refused(wrong):
    with pytest.raises(SettingsError):
        run_cuda_bench(**wrong)
