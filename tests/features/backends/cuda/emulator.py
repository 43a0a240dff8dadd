"""A device that executes the kernels on the CPU: each ``.cu`` file compiled by g++, threads run one by one.

It is as strict as a GPU is lenient: an argument whose type is not the parameter's, a read-only array for
a parameter that is not const, a write beyond an array are errors, and threads run forwards, backwards,
shuffled or several at a time, so that what depends on their order shows.
"""

import ctypes
import hashlib
import math
import os
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poregrove.features.backends.cuda.kernels import BLOCK, blocks_for

HEADER = Path(__file__).with_name("cuda_on_cpu.h")
COMPILER = shutil.which("g++")
FLAGS = (
    "-std=c++14",
    "-O2",
    "-shared",
    "-fPIC",
    "-pthread",
    "-ffp-contract=off",
    "-Wall",
    "-Werror",
    "-Wno-unused-function",
)
# see the header: every access of a kernel to memory calls a function
WATCHED = (
    "-DWATCHED",
    "-fsanitize=kernel-address",
    "--param=asan-instrumentation-with-call-threshold=0",
    "--param=asan-stack=0",
    "--param=asan-globals=0",
)
# a kernel is the one of its file, whatever function of its name the interpreter has already loaded
LINKING = ("-Wl,-Bsymbolic",)
WORKERS = {"forwards": 1, "backwards": 1, "shuffled": 1, "concurrent": 3}
"""Threads of the CPU for each order of the kernel's threads."""
TYPES = {
    "bool": np.bool_,
    "unsigned char": np.uint8,
    "signed char": np.int8,
    "short": np.int16,
    "unsigned short": np.uint16,
    "int": np.int32,
    "unsigned int": np.uint32,
    "long long": np.int64,
    "unsigned long long": np.uint64,
    "float": np.float32,
    "double": np.float64,
}
KERNEL = re.compile(r'extern\s+"C"\s+__global__\s+void\s+(?:__launch_bounds__\([^)]*\)\s*)?(\w+)\s*\(([^)]*)\)')
SECTOR = 32
"""Bytes that a device moves at a time."""
GUARD = 256
"""Bytes around each array that a kernel must leave alone."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a kernel, as its source declares it."""

    name: str
    kind: str
    pointer: bool
    const: bool

    @classmethod
    def parse(cls, text):
        words = re.sub(r"\b__restrict__\b", " ", text).replace("*", " * ").split()
        kind = " ".join(word for word in words[:-1] if word not in {"const", "*"})
        assert kind in TYPES, f"parameter {text.strip()!r}: types are {', '.join(TYPES)}"
        return cls(words[-1], kind, pointer="*" in words, const="const" in words)

    def refusal(self, value):
        """Why a value is no argument for this parameter; None where it is one."""
        wanted = np.dtype(TYPES[self.kind])
        if not self.pointer:
            right = isinstance(value, np.generic) and value.dtype == wanted
            return None if right else f"a NumPy scalar {wanted}, not {value!r}"
        if not isinstance(value, np.ndarray):
            return f"an array of {wanted}, not {type(value).__name__}"
        as_bytes = wanted == np.uint8 and value.dtype == np.bool_
        if value.dtype != wanted and not as_bytes:
            return f"an array of {wanted}, not of {value.dtype}"
        if not value.flags.c_contiguous:
            return "a C-contiguous array"
        if not self.const and not value.flags.writeable:
            return "an array that may be written, or a const parameter"
        return None

    def cast(self, place):
        if self.pointer:
            return f"({'const ' if self.const else ''}{self.kind} *)arguments[{place}]"
        return f"*({self.kind} *)arguments[{place}]"


def parameters_of(source):
    """The kernels of a source text with their parameters."""
    source = re.sub(r"//[^\n]*|/\*.*?\*/", " ", source, flags=re.DOTALL)
    return {
        name: [Parameter.parse(part) for part in parameters.split(",")] for name, parameters in KERNEL.findall(source)
    }


class Library:
    """One ``.cu`` file, compiled for the CPU; ``label`` is what messages call it.

    ``watched``: its memory traffic is counted; ``traffic`` is that of the last launch.
    """

    def __init__(self, text, label, folder, *, watched=False):
        self.watched, self.traffic = watched, Traffic(0, 0, 0)
        self.kernels = parameters_of(text)
        entries = [
            f'extern "C" void run_{name}(void **arguments, unsigned int blocks, unsigned int block, '
            "unsigned long long stride, unsigned long long offset, unsigned int workers) {\n"
            f"    run_threads(blocks, block, stride, offset, workers, [&] {{ {name}({', '.join(p.cast(i) for i, p in enumerate(parameters))}); }});\n}}\n"
            for name, parameters in self.kernels.items()
        ]
        flags = (*FLAGS, *(WATCHED if watched else ()))
        # the names of lines are those of the .cu file, in messages of the compiler and of a debugger
        unit = f'#include "{HEADER}"\n#line 1 "{label}"\n{text}\n#line 1 "launcher"\n{"".join(entries)}'
        digest = hashlib.sha256(
            "".join((text, *entries, *flags, HEADER.read_text(encoding="utf-8"))).encode()
        ).hexdigest()[:16]
        built = folder / f"{digest}.so"
        if not built.exists():
            # other test workers may build the same: the last one to finish wins, with the same file
            draft = folder / f"{built.name}.{os.getpid()}"
            command = [COMPILER, *flags, *LINKING, "-x", "c++", "-", "-o", str(draft)]
            done = subprocess.run(command, input=unit, text=True, capture_output=True, check=False)
            assert done.returncode == 0, f"{label} does not compile for the CPU:\n{done.stderr}"
            draft.replace(built)
        self.label, self.library = label, ctypes.CDLL(str(built))

    def check(self, name, arguments):
        """Refuse arguments that are not what the kernel's source declares."""
        assert name in self.kernels, f"{self.label} has no kernel {name}"
        parameters = self.kernels[name]
        assert len(arguments) == len(parameters), f"{name} takes {len(parameters)} arguments"
        for parameter, value in zip(parameters, arguments, strict=True):
            refusal = parameter.refusal(value)
            assert refusal is None, f"{name}: {parameter.name} is {refusal}"

    def run(self, name, arguments, blocks, order):
        """Execute a kernel on guarded copies of its arrays, which are then what the copies have become."""
        function, parameters = self.library[f"run_{name}"], self.kernels[name]
        # arrays that stand for two parameters are one array inside too
        guarded = {id(value): Guarded(value) for value in arguments if isinstance(value, np.ndarray)}
        boxes = [guarded[id(value)].array if id(value) in guarded else np.array(value) for value in arguments]
        pointers = (ctypes.c_void_p * len(boxes))(*(box.ctypes.data for box in boxes))
        stride, offset = walk(blocks * BLOCK, order)
        way = ctypes.c_ulonglong(stride), ctypes.c_ulonglong(offset)
        if self.watched:
            self._watch(list({id(one): one.array for one in guarded.values()}.values()))
        function(pointers, blocks, BLOCK, *way, WORKERS[order])
        if self.watched:
            self._count()
        for parameter, value in zip(parameters, arguments, strict=True):
            if parameter.pointer:
                guarded[id(value)].check(parameter.name)
                if not parameter.const:
                    value[...] = guarded[id(value)].array

    def _watch(self, arrays):
        self._sectors = [np.zeros(-(-array.nbytes // SECTOR) + 1, np.uint8) for array in arrays]
        ends = [array.ctypes.data + array.nbytes for array in arrays]
        lists = [array.ctypes.data for array in arrays], ends, [one.ctypes.data for one in self._sectors]
        self.library.watch_arrays(len(arrays), *((ctypes.c_void_p * len(arrays))(*places) for places in lists))

    def _count(self):
        self.library.count_transactions.restype = ctypes.c_ulonglong
        read, written = (SECTOR * sum(int((one & bit > 0).sum()) for one in self._sectors) for bit in (1, 2))
        self.traffic = Traffic(read, written, SECTOR * self.library.count_transactions())


@dataclass(frozen=True)
class Traffic:
    """Bytes that a launch must read and write, each once, and those that its warps ask for; in sectors of 32 bytes."""

    read: int
    written: int
    asked: int


def walk(threads, order):
    """(stride, offset) of a walk over all threads."""
    if order in {"forwards", "concurrent"}:
        return 1, 0
    if order == "backwards":
        return threads - 1 or 1, threads - 1
    stride = max(1, int(threads * 0.618))
    while math.gcd(stride, threads) > 1:
        stride += 1
    return stride, threads // 3


class EmulatedDevice:
    """Stand-in for ``CupyDevice``: NumPy (or a stand-in for CuPy made by ``space``) for CuPy, the CPU for the GPU.

    ``counts`` says how often kernels were launched, arrays copied to the device or the host, and how often the
    host waited. ``memory`` is what ``free_memory`` says.
    """

    out_of_memory = MemoryError

    def __init__(self, folder, order="forwards", space=None, memory=2**30):
        self.counts = Counter()
        self.folder, self.order, self.memory = folder, order, memory
        self.space = space(self.counts) if space else None
        self.xp = self.space.namespace if space else np
        self._libraries = {}

    def launch(self, kernel, threads, *arguments):
        if not threads:
            return
        self.counts["launches"] += 1
        if kernel.source not in self._libraries:
            text = kernel.source.read_text(encoding="utf-8")
            self._libraries[kernel.source] = Library(text, str(kernel.source), self.folder)
        library = self._libraries[kernel.source]
        arguments = [self.space.inside(value) if self.space else value for value in arguments]
        library.check(kernel.name, arguments)
        library.run(kernel.name, arguments, blocks_for(threads), self.order)

    def upload(self, array):
        return self.start_upload(array)()

    def start_upload(self, array):
        self.counts["uploads"] += 1
        copy = np.array(array, order="C")
        return lambda: self.space.outside(copy) if self.space else copy

    def download(self, *arrays):
        self.counts["downloads"] += len(arrays)
        self.counts["waits"] += 1
        inside = [self.space.inside(array) if self.space else array for array in arrays]
        return tuple(np.array(array) for array in inside)

    def free_memory(self):
        return self.memory

    def release(self):
        self.counts["releases"] += 1

    def about(self):
        return f"emulated, {self.free_memory() / 2**30:.0f} GiB free"


class Guarded:
    """A copy of an array between two zones of bytes that must stay as they are."""

    def __init__(self, array):
        self._bytes = np.full(array.nbytes + 2 * GUARD, 0xA5, np.uint8)
        self.array = self._bytes[GUARD : GUARD + array.nbytes].view(array.dtype).reshape(array.shape)
        self.array[...] = array

    def check(self, name):
        zones = self._bytes[:GUARD], self._bytes[len(self._bytes) - GUARD :]
        assert all((zone == 0xA5).all() for zone in zones), f"a kernel wrote beyond the array {name}"
