"""A model of what the kernels ask of a device: bytes and launches, counted where they are executed on the CPU.

Every access of every thread of a kernel is counted (``cuda_on_cpu.h``). *Moved* are the sectors of 32 bytes that a
launch reads or writes, each once: what must come from memory if caches lose nothing within a launch and keep nothing
from one to the next. *Asked* are the sectors that its warps ask for, once for each access in the source, which caches
serve: more than ``AGAIN`` times as much says that a kernel lives by them. CuPy's own functions read their operands and
write their result.

    python tests/gpu/traffic.py --size 128     # minutes; `python tests/gpu/run.py --emulate` prints a small volume's
"""

import argparse
import json
import runpy
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace

HARNESS = Path(__file__).resolve().parents[1] / "features" / "backends" / "cuda"
asynchronous = SimpleNamespace(**runpy.run_path(str(HARNESS / "asynchronous.py")))
BANDWIDTH = 3e12
"""Bytes a second: the memory of an H100."""
LAUNCH = 8e-6
"""Seconds of the host for a launch from Python, assumed: what a device takes no longer for is bound by launches."""
TOGETHER = 64
"""Volumes of a batch, which share their launches."""
AGAIN = 5.0
FEW_BLOCKS = 64
BLOCK = 256
OWN = "cupy: "


@dataclass
class Row:
    """A kernel or function of CuPy over one volume: launches, bytes moved and asked for, and blocks at most."""

    name: str
    launches: int = 0
    moved: int = 0
    asked: int = 0
    blocks: int = 0

    @property
    def seconds(self):
        """At the full speed of the memory."""
        return self.moved / BANDWIDTH

    @property
    def remarks(self):
        """Remarks on costs that a memory's speed does not cover."""
        found = []
        if self.asked > AGAIN * self.moved:
            found.append("caches")
        if not self.name.startswith(OWN):
            if self.blocks < FEW_BLOCKS:
                found.append("few blocks")
            if self.launches * LAUNCH > TOGETHER * self.seconds:
                found.append("launches")
        return ", ".join(found)


def count(mask, columns, folder):
    """Rows of a volume (bool[z, y, x]) for some columns (None: both tiers), those that move most first."""
    from poregrove.features import backends, describe_batch
    from poregrove.features.backends.cuda import device as devices

    rows = defaultdict(lambda: Row(""))

    def watched(name, threads, traffic):
        name = name if threads else OWN + name.strip("_")
        row = rows[name]
        row.name, row.launches = name, row.launches + 1
        row.moved += traffic.read + traffic.written
        row.asked += traffic.asked
        row.blocks = max(row.blocks, (threads or 0) // BLOCK)

    machine = asynchronous.Machine(folder, memory=2**36, watched=watched)
    sys.modules["cupy"], sys.modules["cupyx"] = machine.cupy, machine.cupyx
    for remembered in (devices.loaded_kernel, devices.loaded_module, backends.cuda_backend):
        remembered.cache_clear()
    # the trial of the device is no part of it
    describe_batch([mask[:8, :8, :8]], columns=("porosity",), device="cuda")
    rows.clear()
    describe_batch([mask], columns=columns, device="cuda")
    return sorted(rows.values(), key=lambda row: -row.moved)


def model(folder, size, *, works=("tortuosity", "set", "everything")):
    """Plain values: for each work of the bench the rows, and the sums with what they allow."""
    from poregrove.pipelines.bench.cuda import WORK
    from poregrove.pipelines.simulate.microstructures import gaussian_random_field

    mask = gaussian_random_field((size,) * 3, 0.45, 6.0, seed=1)
    found = {}
    for what, columns in WORK:
        if what not in works:
            continue
        rows = count(mask, columns, folder)
        launches, seconds = sum(row.launches for row in rows), sum(row.seconds for row in rows)
        found[what] = {
            "launches": launches,
            "moved": sum(row.moved for row in rows),
            "asked": sum(row.asked for row in rows),
            "volumes_per_second_of_memory": 1 / seconds,
            "volumes_per_second_of_launches": TOGETHER / (launches * LAUNCH),
            "rows": [asdict(row) | {"remarks": row.remarks} for row in rows],
        }
    return {"size": size, "work": found}


def table(found, *, least=0.005):
    """The model as text; functions that move less than a share ``least`` of the whole, and no more launches, are left out."""
    lines = [f"Traffic of one volume of {found['size']}^3, counted on the CPU; a memory of {BANDWIDTH / 1e12:.0f} TB/s"]
    for what, sums in found["work"].items():
        head = (
            f"{what}: {sums['launches']} launches, {sums['moved'] / 1e6:.0f} MB moved, {sums['asked'] / 1e6:.0f} MB asked for; "
            f"at most {sums['volumes_per_second_of_memory']:.0f} volumes a second by the memory, "
            f"{sums['volumes_per_second_of_launches']:.0f} by launches of {LAUNCH * 1e6:.0f} us in batches of {TOGETHER}"
        )
        lines += [
            "",
            head,
            f"{'kernel':24} {'launches':>8} {'MB':>9} {'us':>8} {'asked':>6} {'blocks':>6}  remarks",
        ]
        for row in sums["rows"]:
            if row["moved"] < least * sums["moved"] and row["launches"] < 2 * least * sums["launches"]:
                continue
            again = row["asked"] / max(row["moved"], 1)
            micro = row["moved"] / BANDWIDTH * 1e6
            lines.append(
                f"{row['name']:24} {row['launches']:8} {row['moved'] / 1e6:9.1f} {micro:8.1f} {again:6.1f} "
                f"{row['blocks'] or '':>6}  {row['remarks']}".rstrip()
            )
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--works", nargs="*", default=["tortuosity", "set", "everything"])
    parser.add_argument("--kernels", type=Path, required=True, help="folder of the compiled kernels")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.kernels.mkdir(parents=True, exist_ok=True)
    found = model(options.kernels, options.size, works=options.works)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    print(table(found))


if __name__ == "__main__":
    main()
