"""NVRTC, the runtime compiler that CuPy calls, from its own wheel: it needs no driver and no device."""

import ctypes
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files

from poregrove.features.backends.cuda.device import OPTIONS

ADDED_BY_CUPY = ("-ftz=true", "--device-as-default-execution-space")
"""Options that CuPy 13 and 14 append to those of a RawModule, beside the architecture."""
WHEELS = ("nvidia-cuda-nvrtc", "nvidia-cuda-nvrtc-cu12")
RESOURCES = re.compile(
    r"Compiling entry function '(?P<kernel>\w+)'.*?"
    r"(?P<stack>\d+) bytes stack frame, (?P<stores>\d+) bytes spill stores, (?P<loads>\d+) bytes spill loads.*?"
    r"Used (?P<registers>\d+) registers",
    re.DOTALL,
)


@dataclass(frozen=True)
class Resources:
    """Resources of a kernel's machine code for one thread: registers, and bytes of slow local memory."""

    registers: int
    stack: int
    spilled: int


def library():
    """The path of libnvrtc in an installed wheel; None where there is none."""
    for wheel in WHEELS:
        try:
            found = [path for path in files(wheel) or () if path.name.startswith("libnvrtc.so")]
        except PackageNotFoundError:
            continue
        if found:
            return str(found[0].locate())
    return None


class Nvrtc:
    """The compiler, as ``cupy.RawModule`` drives it."""

    def __init__(self, path):
        self._library = ctypes.CDLL(path)
        self._library.nvrtcGetErrorString.restype = ctypes.c_char_p

    def version(self):
        """(major, minor)."""
        major, minor = ctypes.c_int(), ctypes.c_int()
        self._call("nvrtcVersion", ctypes.byref(major), ctypes.byref(minor))
        return major.value, minor.value

    def ptx(self, path, target):
        """PTX of a file for compute_``target``, and what the compiler said."""
        return self._compile(path, f"-arch=compute_{target}", "PTX")

    def resources(self, path, target):
        """Resources of each kernel of a file, compiled to machine code for sm_``target``, which is what CuPy loads."""
        code, log = self._compile(path, f"-arch=sm_{target}", "CUBIN", "--ptxas-options=-v")
        assert code.startswith("\x7fELF")
        return {
            found["kernel"]: Resources(
                int(found["registers"]), int(found["stack"]), int(found["stores"]) + int(found["loads"])
            )
            for found in RESOURCES.finditer(log)
        }

    def _compile(self, path, arch, kind, *more):
        program = ctypes.c_void_p()
        source = path.read_bytes()
        name = path.name.encode()
        self._call("nvrtcCreateProgram", ctypes.byref(program), source, name, 0, None, None)
        try:
            options = [option.encode() for option in (*OPTIONS, *ADDED_BY_CUPY, arch, *more)]
            array = (ctypes.c_char_p * len(options))(*options)
            status = self._library.nvrtcCompileProgram(program, len(options), array)
            log = self._text(program, "ProgramLog")
            assert status == 0, f"{path.name} does not compile for {arch}:\n{log}"
            return self._text(program, kind), log
        finally:
            self._call("nvrtcDestroyProgram", ctypes.byref(program))

    def _text(self, program, what):
        size = ctypes.c_size_t()
        self._call(f"nvrtcGet{what}Size", program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        self._call(f"nvrtcGet{what}", program, buffer)
        return buffer.raw.rstrip(b"\0").decode("latin-1")

    def _call(self, function, *arguments):
        status = getattr(self._library, function)(*arguments)
        if status:
            raise RuntimeError(f"{function}: {self._library.nvrtcGetErrorString(status).decode()}")
