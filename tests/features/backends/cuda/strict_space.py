"""A stand-in for CuPy over NumPy that is as strict: device arrays and host arrays do not mix, and waiting counts.

CuPy refuses NumPy arrays as operands and refuses to become one silently; it does wait silently where an
array is turned into a Python number or a truth value. Here the first is an error and the second is counted.
Memory that is not initialised holds rubbish, as it does there.
"""

import operator
from types import SimpleNamespace

import numpy as np


class StrictSpace:
    """``namespace`` is used like numpy; ``counts`` is a Counter that gets ``uploads``, ``downloads`` and ``waits``."""

    def __init__(self, counts):
        self.counts = counts
        self.namespace = Namespace(self)

    def outside(self, value):
        """The result of a NumPy function, as device arrays."""
        if isinstance(value, np.ndarray | np.generic):
            return DeviceArray(np.asarray(value), self)
        if isinstance(value, tuple | list):
            return type(value)(self.outside(item) for item in value)
        return value

    def inside(self, value):
        """The NumPy array of a device array; NumPy arrays are refused, numbers pass."""
        if isinstance(value, DeviceArray):
            return value.wrapped
        if isinstance(value, np.ndarray):
            raise TypeError("a host array among device arrays: upload it first")
        if isinstance(value, tuple | list):
            return type(value)(self.inside(item) for item in value)
        if isinstance(value, dict):
            return {key: self.inside(item) for key, item in value.items()}
        return value


class Namespace:
    """numpy's functions on device arrays; types and constants as they are."""

    def __init__(self, space):
        self._space = space

    def __getattr__(self, name):
        item = getattr(np, name)
        if isinstance(item, type) or not callable(item):
            return item
        space = self._space

        def function(*args, **kwargs):
            return space.outside(item(*space.inside(args), **space.inside(kwargs)))

        return function

    def asarray(self, value, *args, **kwargs):
        if isinstance(value, np.ndarray | list):
            self._space.counts["uploads"] += 1
            return self._space.outside(np.array(value, *args, **kwargs))
        return self._space.outside(np.asarray(self._space.inside(value), *args, **kwargs))

    array = asarray

    def empty(self, *args, **kwargs):
        array = np.empty(*args, **kwargs)
        array.reshape(-1).view(np.uint8)[...] = 0xA5
        return self._space.outside(array)

    def empty_like(self, like, **kwargs):
        return self.empty(like.shape, kwargs.get("dtype", like.dtype))


def _operation(name, *, reflected=False):
    function = getattr(operator, name if name.endswith("_") or hasattr(operator, name) else f"{name}_")

    def method(self, *others):
        values = [self.wrapped, *self._space.inside(others)]
        return self._space.outside(function(*reversed(values) if reflected else values))

    return method


class DeviceArray:
    """An array that NumPy does not know."""

    __array_ufunc__ = None
    __hash__ = None

    def __init__(self, array, space):
        self.wrapped, self._space = array, space

    def __array__(self, *args, **kwargs):
        raise TypeError("implicit conversion to a NumPy array: download it")

    def __getattr__(self, name):
        if name in {"tolist", "item", "get", "tobytes", "__array_interface__", "__array_struct__", "ctypes"}:
            raise AttributeError(f"{name} of a device array: download it")
        value = getattr(self.wrapped, name)
        if not callable(value):
            return self._space.outside(value) if isinstance(value, np.ndarray) else value
        space = self._space
        return lambda *args, **kwargs: space.outside(value(*space.inside(args), **space.inside(kwargs)))

    def __len__(self):
        return len(self.wrapped)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key):
        return self._space.outside(self.wrapped[self._space.inside(key)])

    def __setitem__(self, key, value):
        self.wrapped[self._space.inside(key)] = self._space.inside(value)

    def _waited(self):
        self._space.counts["waits"] += 1
        self._space.counts["downloads"] += 1
        return self.wrapped

    def __bool__(self):
        return bool(self._waited())

    def __int__(self):
        return int(self._waited())

    def __index__(self):
        return operator.index(self._waited())

    def __float__(self):
        return float(self._waited())


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "lshift", "rshift"):
    setattr(DeviceArray, f"__{_name}__", _operation(_name))
    setattr(DeviceArray, f"__r{_name}__", _operation(_name, reflected=True))
    setattr(DeviceArray, f"__i{_name}__", _operation(f"i{_name}"))
for _name in ("eq", "ne", "lt", "le", "gt", "ge", "neg", "invert", "abs", "matmul"):
    setattr(DeviceArray, f"__{_name}__", _operation(_name))

spaces = SimpleNamespace(strict=StrictSpace)
