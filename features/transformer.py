"""Descriptors as a scikit-learn transformer: volumes or paths in, a table of columns out."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .backends import get_backend
from .describe import DEFAULT_TIERS, VolumeLike, describe_batch, wanted_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TOGETHER = 128
"""Volumes read before they are described, on a device."""


class DescriptorTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """``describe`` for a sequence of volumes: arrays (z, y, x), Volumes or paths of TIFF files.

    It learns nothing: ``fit`` settles the columns. The parameters are those of ``describe``;
    ``set_output(transform="pandas")`` gives a DataFrame with the columns' names.
    """

    def __init__(
        self,
        *,
        voxel_size: float | None = None,
        pore: tuple[int, ...] | None = None,
        tiers: Sequence[str] = DEFAULT_TIERS,
        columns: Sequence[str] | None = None,
        backend: str = "auto",
    ) -> None:
        self.voxel_size = voxel_size
        self.pore = pore
        self.tiers = tiers
        self.columns = columns
        self.backend = backend

    def fit(self, X: Iterable[VolumeLike] | None = None, y: object = None) -> Self:  # noqa: ARG002, N803  scikit-learn's signature
        """Settle the columns; raises SettingsError for an unknown tier or column."""
        self.columns_ = tuple(column.name for column in wanted_columns(self.tiers, self.columns))
        return self

    def transform(self, X: Iterable[VolumeLike]) -> NDArray[np.float64]:  # noqa: N803  scikit-learn's name
        """float64 [volumes, columns]; undefined values are NaN. Raises VolumeError for what is no volume."""
        check_is_fitted(self)
        # many at a time keep a device busy; without one each volume is forgotten before the next is read
        together = _TOGETHER if get_backend(self.backend).name == "cuda" else 1
        volumes, rows = iter(X), []
        while part := list(itertools.islice(volumes, together)):
            described = describe_batch(
                part, voxel_size=self.voxel_size, pore=self.pore, columns=self.columns_, backend=self.backend
            )
            rows += [[values[name] for name in self.columns_] for values in described]
        return np.array(rows, np.float64).reshape(len(rows), len(self.columns_))

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:  # noqa: ARG002  scikit-learn's signature
        """Names of the columns, in order."""
        check_is_fitted(self)
        return np.array(self.columns_, object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = False
        return tags
