"""A stand-in for CuPy that keeps its documented order: work is queued, and nothing has happened before somebody waits.

``CupyDevice`` itself runs over it. What a stream is given is done when somebody waits for that stream or for an
event on it, and no sooner (``early=True``: streams that copy do what they are given at once, which is as allowed). A
result that is read before its kernel has run is rubbish; so is one whose memory, of the device or pinned, went back
to its pool while work that needs it was queued, because pools hand it out again at once.

What it takes from CuPy's documentation (versions 13 and 14): one pool of blocks of 512 bytes, freed blocks used again in the
order of a stream without any wait, OutOfMemoryError after the pool has been emptied; ``get(blocking=False)`` and
``set(stream=...)`` as asynchronous copies from and to pinned memory; streams that do not block and so know nothing
of one another but through events; host arrays refused as operands; waits where an array becomes a number.
"""

import ctypes
import hashlib
import operator
import runpy
import weakref
from collections import Counter, deque
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np

emulator = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("emulator.py"))))
BLOCK_BYTES = 512
RUBBISH = 0xA5
VIEWS = {"swapaxes", "moveaxis", "reshape", "transpose", "ravel", "ascontiguousarray", "broadcast_to", "squeeze"}
"""Functions and methods that return a view of the same memory where one will do."""
NAME = b"Asynchronous Stand-in"


class OutOfMemoryError(MemoryError):
    """As ``cupy.cuda.memory.OutOfMemoryError``."""


class CompileException(Exception):  # noqa: N818  CuPy's name
    """As ``cupy.cuda.compiler.CompileException``, which is no RuntimeError."""


class Pool:
    """Memory in blocks, which are handed out again as soon as nobody refers to them."""

    def __init__(self, size):
        self.size, self._limit = size, 0
        self._free = {}
        self._used = self._kept = self.peak = 0

    def take(self, size):
        """(bytes, what gives them back when it is forgotten)."""
        size = -(-max(size, 1) // BLOCK_BYTES) * BLOCK_BYTES
        if self._free.get(size):
            raw = self._free[size].pop()
            self._kept -= size
        else:
            if self.total_bytes() + size > (self._limit or self.size):
                self.free_all_blocks()
            if self.total_bytes() + size > (self._limit or self.size):
                raise OutOfMemoryError(f"Out of memory allocating {size:,} bytes")
            raw = np.full(size, RUBBISH, np.uint8)
        self._used += size
        self.peak = max(self.peak, self._used)
        return raw, Lease(self, raw)

    def give_back(self, raw):
        self._free.setdefault(raw.nbytes, []).append(raw)
        self._used -= raw.nbytes
        self._kept += raw.nbytes

    def used_bytes(self):
        return self._used

    def free_bytes(self):
        return self._kept

    def total_bytes(self):
        return self._used + self._kept

    def free_all_blocks(self, stream=None):
        del stream
        self._free.clear()
        self._kept = 0

    def set_limit(self, size=None, fraction=None):
        del fraction
        self._limit = size or 0


class Lease:
    """Memory of a pool in use; it goes back when nobody refers to it, whatever is queued."""

    def __init__(self, pool, raw):
        self.pool, self.raw = pool, raw

    def __del__(self):
        self.pool.give_back(self.raw)


class Event:
    def __init__(self, stream):
        self.stream, self.done = stream, False

    def synchronize(self):
        self.stream.run(self)


class Stream:
    """A queue; ``machine`` is the CuPy that it belongs to."""

    def __init__(self, machine, name, *, copies=False):
        self.machine, self.name, self.copies = machine, name, copies
        self._queue = deque()

    def add(self, work):
        self._queue.append(work)
        if self.copies and self.machine.early:
            self.run()

    def record(self, event=None):
        event = event or Event(self)
        self.add(event)
        return event

    def wait_event(self, event):
        self.add(lambda: event.stream.run(event))

    def synchronize(self):
        self.machine.counts["waits"] += 1
        self.run()

    def run(self, until=None):
        """Do what is queued, in its order, up to an event."""
        while self._queue and not (until and until.done):
            work = self._queue.popleft()
            if isinstance(work, Event):
                work.done = True
            else:
                work()


class Array:
    """``cupy.ndarray``: memory of the pool, and what it will hold."""

    __array_ufunc__ = None
    __hash__ = None

    def __init__(self, machine, lease, view):
        self.machine, self.lease, self.memory = machine, lease, view

    shape = property(lambda self: self.memory.shape)
    dtype = property(lambda self: self.memory.dtype)
    size = property(lambda self: self.memory.size)
    ndim = property(lambda self: self.memory.ndim)
    nbytes = property(lambda self: self.memory.nbytes)
    flags = property(lambda self: self.memory.flags)

    def __array__(self, *args, **kwargs):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()`")

    def __len__(self):
        return len(self.memory)

    def __iter__(self):
        return (self[place] for place in range(len(self)))

    def __getitem__(self, key):
        parts = key if isinstance(key, tuple) else (key,)
        if any(isinstance(part, Array) for part in parts):
            return self.machine.compute("__getitem__", lambda array, *at: array[at], self, *parts)
        return Array(self.machine, self.lease, self.memory[(*parts, ...) if Ellipsis not in parts else parts])

    def __setitem__(self, key, value):
        self.machine.change("__setitem__", operator.setitem, self, key, value)

    def __getattr__(self, name):
        function = getattr(np.ndarray, name)
        return lambda *args, **kwargs: self.machine.compute(name, function, self, *args, **kwargs)

    def set(self, arr, stream=None):
        assert arr.shape == self.shape
        assert arr.dtype == self.dtype
        source, target = self.machine.pinned_view(arr), self.memory
        self.machine.transfer("set", stream, lambda: np.copyto(target, source))

    def get(self, stream=None, order="C", out=None, blocking=True):  # noqa: FBT002  CuPy's signature
        assert order == "C"
        assert self.flags.c_contiguous
        assert (out.shape, out.dtype) == (self.shape, self.dtype)
        source, target = self.memory, self.machine.pinned_view(out)
        self.machine.transfer("get", stream, lambda: np.copyto(target, source))
        if blocking:
            (stream or self.machine.current).synchronize()

    def _waited(self):
        self.machine.current.synchronize()
        return self.memory

    def __bool__(self):
        return bool(self._waited())

    def __int__(self):
        return int(self._waited())

    def __index__(self):
        return operator.index(self._waited())

    def __float__(self):
        return float(self._waited())


def _binary(name, *, reflected=False):
    function = getattr(operator, name if hasattr(operator, name) else f"{name}_")

    def method(self, other):
        pair = (other, self) if reflected else (self, other)
        return self.machine.compute(name, function, *pair)

    return method


def _in_place(name):
    function = getattr(operator, name)

    def method(self, other):
        self.machine.change(name, function, self, other)
        return self

    return method


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "lshift", "rshift"):
    setattr(Array, f"__{_name}__", _binary(_name))
    setattr(Array, f"__r{_name}__", _binary(_name, reflected=True))
    setattr(Array, f"__i{_name}__", _in_place(f"i{_name}"))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Array, f"__{_name}__", _binary(_name))
for _name in ("neg", "invert", "abs"):
    setattr(
        Array,
        f"__{_name}__",
        lambda self, _name=_name: self.machine.compute(_name, getattr(operator, _name), self),
    )


class Machine:
    """One device and what CuPy keeps of it; ``cupy`` and ``cupyx`` are the modules.

    ``counts`` says how often kernels were launched, CuPy's own functions run, and the host waited. With ``watched``,
    a function, memory traffic is counted, and it is called after each of either with its name, its threads (None of
    CuPy's functions) and its ``Traffic``.
    """

    def __init__(self, folder, *, memory=2**32, early=False, order="forwards", watched=None):
        self.folder, self.early, self.order = folder, early, order
        self.counts = Counter()
        self.watched = watched
        self.pool, self.pinned = Pool(memory), Pool(memory)
        self.null = self.current = Stream(self, "null")
        self.streams = [self.null]
        self._pinned = weakref.WeakValueDictionary()
        self.cupy, self.cupyx = self._modules()

    def empty(self, shape, dtype=float):
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        dtype = np.dtype(dtype)
        size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        raw, lease = self.pool.take(size)
        return Array(self, lease, raw[:size].view(dtype).reshape(shape))

    def empty_pinned(self, shape, dtype=float):
        """A NumPy array in memory that goes back to its pool with the array."""
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        dtype = np.dtype(dtype)
        size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        raw, lease = self.pinned.take(size)
        memory = (ctypes.c_ubyte * raw.nbytes).from_buffer(raw)
        # ctypes arrays know no attributes; what forgets the array forgets the lease
        weakref.finalize(memory, _forget, [lease])
        self._pinned[raw.ctypes.data] = lease
        del lease
        return np.frombuffer(memory, np.uint8, size).view(dtype).reshape(shape)

    def pinned_view(self, array):
        """The same place, without keeping it from going back to its pool."""
        lease = self._pinned.get(array.ctypes.data)
        assert lease is not None, "copies that nobody waits for want pinned memory on the host"
        assert array.flags.c_contiguous
        return lease.raw[: array.nbytes].view(array.dtype).reshape(array.shape)

    def compute(self, name, function, *args, **kwargs):
        """A new array that will hold what a function of NumPy returns, or a view where that is all it takes."""
        values, options = self._inside(args), self._inside(kwargs)
        sources = [value for value in self._flat((args, kwargs)) if isinstance(value, Array)]
        if name in VIEWS and sources:
            found = function(*values, **options)
            if np.shares_memory(found, sources[0].memory) or not found.size:
                return Array(self, sources[0].lease, found)
        with np.errstate(all="ignore"):
            like = np.asarray(function(*self._blank(values), **self._blank(options)))
        result = self.empty(like.shape, like.dtype)
        target = result.memory

        def work():
            # a device says nothing of a quotient by zero
            with np.errstate(all="ignore"):
                np.copyto(target, function(*values, **options))

        self._queue(name, work, sources, [result])
        return result

    def change(self, name, function, array, *args):
        """Change an array in place."""
        view, values = array.memory, self._inside(args)
        sources = [value for value in self._flat(args) if isinstance(value, Array)]
        self._queue(name, lambda: function(view, *values), sources, [array])

    def transfer(self, name, stream, work):
        self.counts[name] += 1
        (stream or self.current).add(work)

    def launch(self, library, name, grid, block, arguments):
        """A kernel of a ``.cu`` file, queued on the current stream."""
        self.counts["launches"] += 1
        values = [argument.memory if isinstance(argument, Array) else argument for argument in arguments]
        library.check(name, values)

        def work():
            library.run(name, values, grid[0], self.order)
            if self.watched:
                self.watched(name, grid[0] * block[0], library.traffic)

        self.current.add(work)

    def _queue(self, name, work, reads, writes):
        self.counts["functions"] += 1
        self.current.add(work)
        if self.watched:
            read, written = (sum(array.nbytes for array in arrays) for arrays in (reads, writes))
            self.watched(name, None, emulator.Traffic(read, written, read + written))

    def _flat(self, value):
        if isinstance(value, dict):
            value = tuple(value.values())
        return [item for part in value for item in self._flat(part)] if isinstance(value, tuple | list) else [value]

    def _inside(self, value):
        if isinstance(value, Array):
            return value.memory
        if isinstance(value, np.ndarray):
            raise TypeError("Unsupported type <class 'numpy.ndarray'>")
        if isinstance(value, tuple | list):
            return type(value)(self._inside(item) for item in value)
        return {key: self._inside(item) for key, item in value.items()} if isinstance(value, dict) else value

    def _blank(self, value):
        """Zeros for every array: enough to find the shape and type of a result."""
        if isinstance(value, np.ndarray):
            return np.broadcast_to(np.zeros((), value.dtype), value.shape)
        if isinstance(value, tuple | list):
            return type(value)(self._blank(item) for item in value)
        return {key: self._blank(item) for key, item in value.items()} if isinstance(value, dict) else value

    def _modules(self):
        machine = self

        class Namespace(ModuleType):
            def __getattr__(self, name):
                item = getattr(np, name)
                if isinstance(item, type) or not callable(item):
                    return item
                return lambda *args, **kwargs: machine.compute(name, item, *args, **kwargs)

        class RawModule:
            def __init__(self, code=None, *, options=()):
                assert all(option.startswith("-") for option in options)
                label = f"{hashlib.sha256(code.encode()).hexdigest()[:12]}.cu"
                self._library = emulator.Library(code, label, machine.folder, watched=machine.watched is not None)

            def get_function(self, name):
                return lambda grid, block, args: machine.launch(self._library, name, grid, block, args)

        def stream(null=False, non_blocking=False, ptds=False):  # noqa: FBT002  CuPy's signature
            assert non_blocking, "a stream that blocks waits for the default stream, and it for the stream"
            assert not null
            assert not ptds
            machine.streams.append(Stream(machine, f"stream {len(machine.streams)}", copies=True))
            return machine.streams[-1]

        cupy, cupyx = Namespace("cupy"), ModuleType("cupyx")
        cupy.__version__ = "14.2.0"
        cupy.empty = self.empty
        cupy.ndarray = Array
        cupy.RawModule = RawModule
        cupy.get_default_memory_pool = lambda: self.pool
        cupy.get_default_pinned_memory_pool = lambda: self.pinned
        cupy.cuda = SimpleNamespace(
            Stream=stream,
            get_current_stream=lambda: machine.current,
            Device=lambda: SimpleNamespace(
                id=0, mem_info=(machine.pool.size - machine.pool.total_bytes(), machine.pool.size)
            ),
            memory=SimpleNamespace(OutOfMemoryError=OutOfMemoryError),
            compiler=SimpleNamespace(CompileException=CompileException),
            runtime=SimpleNamespace(getDeviceCount=lambda: 1, getDeviceProperties=lambda _: {"name": NAME}),
        )
        cupyx.empty_pinned = self.empty_pinned
        return cupy, cupyx


def _forget(held):
    held.clear()
