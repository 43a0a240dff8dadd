"""Features: one volume in, one row of named numbers out.

    from poregrove.features import describe
    describe("electrode.tif", voxel_size=1e-7)["tortuosity_factor_z"]

Importing this package loads numpy and nothing heavier; what computes loads when it is first called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .canonical import canonical_digest
from .conduction import (
    Conduction,
    ConductionFields,
    ConductionTensor,
    conduction_fields,
    effective_conductivity,
    effective_tensor,
)

# the function named like a folder is bound here, after the registry has imported that
from .declaration import AXES, PHASES, Axis, Column, ColumnInfo, Descriptor, Phase, descriptor
from .description import describe, describe_batch, descriptors, warm_up
from .periodic import (
    GeodesicTortuosity,
    TwoPointCorrelation,
    geodesic_tortuosity,
    two_point_correlation,
)
from .representativity import representative
from .volumes import Volume, binarise, load_volume, read_voxels
from .voxel_fields import fields
from .workspace import Workspace

if TYPE_CHECKING:
    from .transformer import DescriptorTransformer

__all__ = [
    "AXES",
    "PHASES",
    "Axis",
    "Column",
    "ColumnInfo",
    "Conduction",
    "ConductionFields",
    "ConductionTensor",
    "Descriptor",
    "DescriptorTransformer",
    "GeodesicTortuosity",
    "Phase",
    "TwoPointCorrelation",
    "Volume",
    "Workspace",
    "binarise",
    "canonical_digest",
    "conduction_fields",
    "describe",
    "describe_batch",
    "descriptor",
    "descriptors",
    "effective_conductivity",
    "effective_tensor",
    "fields",
    "geodesic_tortuosity",
    "load_volume",
    "read_voxels",
    "representative",
    "two_point_correlation",
    "warm_up",
]


def __getattr__(name: str) -> Any:
    if name == "DescriptorTransformer":
        # a subclass of scikit-learn's, which takes a second to load
        from .transformer import DescriptorTransformer

        return DescriptorTransformer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
