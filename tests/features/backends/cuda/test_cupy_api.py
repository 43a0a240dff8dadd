"""All that host code uses of CuPy exists in the installed CuPy, with the arguments it is given; no driver needed.

CuPy imports without a device. Every attribute chain that begins at CuPy (``cupy``, ``cupyx`` or the ``xp`` of a device)
is looked up there, in the source, whether or not a test runs the line; every call is bound to the signature, which
for compiled functions stands at the head of their docstring. Methods of arrays are looked up by their names.
"""

import ast
import inspect
import re
import runpy
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

cupy = pytest.importorskip("cupy", reason="CuPy is not installed (the extra gpu-check has it)", exc_type=ImportError)
cupyx = pytest.importorskip("cupyx")

ROOT = Path(__file__).resolve().parents[4]
FILES = sorted([*(ROOT / "features" / "backends" / "cuda").rglob("*.py"), ROOT / "pipelines" / "bench" / "cuda.py"])
RETURNED = {
    cupy.cuda.get_current_stream: cupy.cuda.Stream,
    cupy.get_default_memory_pool: cupy.cuda.MemoryPool,
    cupy.get_default_pinned_memory_pool: cupy.cuda.PinnedMemoryPool,
}
"""Result types of the functions whose results host code uses; arrays aside."""
HELD = {
    "self._copies": cupy.cuda.Stream,
    "stream": cupy.cuda.Stream,
    "event": cupy.cuda.Event,
    "copying[0]": cupy.cuda.Event,
    "copy": cupy.ndarray,
}
"""Names of ``device.py`` and what they hold."""
OF_ARRAYS = set(dir(np.ndarray)) - set(dir(object)) - {"data", "real"}
asynchronous = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("asynchronous.py"))))


def signature(function):
    """Of a function of Python, or of the head of a compiled one's docstring; None where neither tells."""
    try:
        return inspect.signature(function)
    except ValueError:
        pass
    except TypeError:
        if not isinstance(function, cupy.ufunc):
            raise
    first = (function.__doc__ or "").strip().splitlines()[:1]
    found = re.match(r"(?:\w+\.)?\w+\((.*)\)", first[0].replace("\\*", "*")) if first else None
    if not found:
        return None
    # "tuple options=()" is "options=()" with its type of Cython
    parameters = re.sub(r"(^|, )(?:unsigned |const )?[a-z_]+ (?=\w+)", r"\1", found.group(1))
    names = {}
    exec(f"def function({parameters}): pass", names)  # noqa: S102  the head of a docstring of the installed CuPy
    return inspect.signature(names["function"])


@dataclass(frozen=True)
class Use:
    """A chain or a method in the source, what it is in CuPy, and the call that it heads, if any."""

    place: str
    text: str
    found: object
    call: ast.Call | None
    bound: bool

    def complaint(self):
        """Why CuPy does not take it; None where it does."""
        if self.found is None:
            return f"{self.place}: CuPy has no {self.text}"
        if self.call is None:
            return None
        known = signature(self.found)
        if known is None:
            return None if self.found in UNKNOWN else f"{self.place}: nothing tells the arguments of {self.text}"
        first = [None] if self.bound and "self" in known.parameters else []
        open_ended = any(isinstance(one, ast.Starred) for one in self.call.args)
        given = [None for one in self.call.args if not isinstance(one, ast.Starred)]
        names = {keyword.arg: None for keyword in self.call.keywords if keyword.arg}
        try:
            (known.bind_partial if open_ended else known.bind)(*first, *given, **names)
        except TypeError as error:
            return f"{self.place}: {self.text}: {error}"
        return None


UNKNOWN = (cupy.cuda.runtime.getDeviceCount, cupy.cuda.runtime.getDeviceProperties)
"""Functions that say nothing of their arguments: the runtime's own, (), and (device,)."""


def look_up(node, held):
    """(what an expression is in CuPy, known): None and True where CuPy has no such thing, False where it is no CuPy."""
    text = ast.unparse(node)
    names = {"cupy": cupy, "xp": cupy, "cupyx": cupyx, **held}
    if text in names or re.fullmatch(r"[\w.]+\.xp", text):
        return names.get(text, cupy), True
    if isinstance(node, ast.Attribute):
        owner, known = look_up(node.value, held)
        return (getattr(owner, node.attr, None), True) if known and owner is not Ellipsis else (None, False)
    if isinstance(node, ast.Call):
        function, known = look_up(node.func, held)
        if not known:
            return None, False
        made = function if isinstance(function, type) else RETURNED.get(function, cupy.ndarray)
        return (made, True) if made.__module__.startswith("cupy") else (None, False)
    return None, False


def uses(path):
    """All that a file asks of CuPy."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    held = HELD if path.name == "device.py" else {}
    calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        place, text, call = f"{path.name}:{node.lineno}", ast.unparse(node), calls.get(id(node))
        if re.fullmatch(r"[\w.]+\.xp|cupy|cupyx", text):
            continue
        found, known = look_up(node, held)
        if known:
            owner, _ = look_up(node.value, held)
            yield Use(place, text, found, call, bound=isinstance(owner, type))
        elif node.attr in OF_ARRAYS and ast.unparse(node.value) not in {"np", "math", "functools"}:
            yield Use(place, text, getattr(cupy.ndarray, node.attr, None), call, bound=True)


def test_everything_that_host_code_uses_is_there_with_its_arguments():
    found = [use for path in FILES for use in uses(path)]
    assert [complaint for use in found if (complaint := use.complaint())] == []
    used = {use.text for use in found}
    assert {"cupyx.empty_pinned", "xp.count_nonzero", "self._copies.wait_event", "copy.set", "cupy.RawModule"} <= used
    assert len(found) > 150


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("xp.no_such_function(a)", "CuPy has no xp.no_such_function"),
        ("xp.sort(a, order='x')", "xp.sort: .*unexpected keyword argument 'order'"),
        ("xp.count_nonzero(a, axis=1, keepdims=True)", "xp.count_nonzero: .*'keepdims'"),
        ("xp.maximum(a)", "xp.maximum: .*missing a required .*'x2'"),
        ("xp.ones(3).sum(where=a)", "sum: .*'where'"),
        ("xp.cuda.get_current_stream().wait(event)", "CuPy has no xp.cuda.get_current_stream().wait"),
        ("cupy.RawModule(code=a, flags=())", "cupy.RawModule: .*'flags'"),
        ("values.setfield(a, 1)", "CuPy has no values.setfield"),
    ],
)
def test_what_cupy_does_not_have_is_noticed(tmp_path, line, says):
    (tmp_path / "some.py").write_text(f"import cupy\n{line}\n")
    complaints = [text for use in uses(tmp_path / "some.py") if (text := use.complaint())]
    assert len(complaints) == 1
    assert re.search(says.replace("()", r"\(\)"), complaints[0])


@pytest.mark.parametrize(
    ("own", "theirs", "methods"),
    [
        ("Array", "ndarray", ("set", "get")),
        ("Stream", "cuda.Stream", ("record", "wait_event", "synchronize")),
        (
            "Pool",
            "cuda.MemoryPool",
            ("used_bytes", "free_bytes", "total_bytes", "free_all_blocks", "set_limit"),
        ),
    ],
)
def test_the_stand_in_takes_what_cupy_takes(own, theirs, methods):
    """Names, order and defaults of the arguments of what stands for CuPy where its order is tested."""
    real = cupy
    for part in theirs.split("."):
        real = getattr(real, part)
    for method in methods:
        ours = inspect.signature(getattr(getattr(asynchronous, own), method)).parameters.values()
        known = signature(getattr(real, method)).parameters.values()
        assert [(one.name, one.default) for one in ours] == [(one.name, one.default) for one in known], method


def test_the_stand_in_raises_what_cupy_raises():
    assert issubclass(cupy.cuda.memory.OutOfMemoryError, MemoryError)
    assert issubclass(cupy.cuda.runtime.CUDARuntimeError, RuntimeError)
    assert not issubclass(cupy.cuda.compiler.CompileException, RuntimeError)


def test_without_a_driver_cupy_imports_and_the_probe_says_why():
    from poregrove.errors import DeviceError
    from poregrove.features.backends.cuda.probe import open_device

    try:
        cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError:
        with pytest.raises(DeviceError, match=r"CUDA does not work here: cudaError\w+: "):
            open_device()
    else:
        pytest.skip("a device answers")
