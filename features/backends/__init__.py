"""Back ends: the array namespace plus a few primitives, the only place that imports scipy, numba or cupy."""
