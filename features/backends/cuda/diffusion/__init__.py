"""Steady diffusion through a phase, for whole batches of volumes on a CUDA device.

``solve`` states the problem and decides, as its CPU twin does; ``gradients`` are conjugate gradients on the
voxels of all volumes at once, each of which stops by itself, preconditioned by one multigrid cycle (``cycle``
over ``levels``) on padded grids (``grid``). ``phases`` states the problem of phases with conductivities of their own
and of periodic sides, for which ``cells`` is the operator of the same gradients. One ``.cu`` file an operation.
"""

from .gradients import bytes_per_step
from .phases import solve_phases
from .solve import bytes_needed, solve_diffusion

__all__ = ["bytes_needed", "bytes_per_step", "solve_diffusion", "solve_phases"]
