"""Physics features: quantities of a volume's descriptors and a cell's scalars together, with units.

A descriptor knows the image and a scalar knows the cell; the physics of transport and ageing is in
their products. Each quantity is a pure function whose parameters name what it needs.
"""

from .declaration import ELECTRODES, Electrode, Quantity, quantities

__all__ = ["ELECTRODES", "Electrode", "Quantity", "quantities"]
