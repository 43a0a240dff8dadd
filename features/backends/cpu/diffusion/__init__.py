"""Steady diffusion through a phase, on one thread.

``solve`` states the problem and decides; ``lattice`` solves bulky phases by conjugate gradients on the
voxels (sweeps in ``fine``, preconditioned by the multigrid ``cycle`` over ``levels``), ``network`` solves
sparse ones as the ``resistors`` that exact elimination leaves (multigrid on a ``graph``). Both stop as
``stopping`` and ``rounds`` say, and ``flux`` measures what they found.

``phases`` states the problem of phases with conductivities of their own, and of periodic sides. It has the same lattice,
whose ``faces`` are then unequal (sweeps in ``weighted``, flow in ``currents``) or joined across a seam (``halo``).
"""

from .phases import solve_phases
from .result import DiffusionResult
from .solve import solve_diffusion

__all__ = ["DiffusionResult", "solve_diffusion", "solve_phases"]
