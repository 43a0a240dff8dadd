"""Steady diffusion through a phase, on one thread.

``solve`` states the problem and decides; ``lattice`` solves bulky phases by conjugate gradients on the
voxels (sweeps in ``fine``, preconditioned by the multigrid ``cycle`` over ``levels``), ``network`` solves
sparse ones as the ``resistors`` that exact elimination leaves (multigrid on a ``graph``). Both stop as
``stopping`` says, and ``flux`` measures what they found.
"""

from .result import DiffusionResult
from .solve import solve_diffusion

__all__ = ["DiffusionResult", "solve_diffusion"]
