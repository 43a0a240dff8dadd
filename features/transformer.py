"""Descriptors as a scikit-learn transformer: volumes or paths in, a table of columns out."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from ..errors import VolumeError
from .arguments import Edge, Names, Pore, device_of, processes_of
from .backends import get_backend
from .description import DEFAULT_TIERS, describe_batch, wanted_columns
from .reading import VolumeLike

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TOGETHER = 128
"""Volumes read before they are described, on a device or by several processes."""


class DescriptorTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """``describe_batch`` as a transformer of scikit-learn; it learns nothing, ``fit`` settles the columns.

    ``set_output(transform="pandas")`` gives a DataFrame with the columns' names.

    Parameters
    ----------
    voxel_size, pore, tiers, columns, device, n_jobs, backend
        As for ``describe_batch``.
    cache
        Whether values are remembered by the content of volumes; a path: in that folder.

    Attributes
    ----------
    columns_ : tuple of str
        Names of the columns, in the order of ``columns``.

    Examples
    --------
    >>> import numpy as np
    >>> from poregrove.features import DescriptorTransformer
    >>> volumes = [np.ones((2, 2, 2), bool), np.zeros((2, 2, 2), bool)]
    >>> transformer = DescriptorTransformer(columns=["porosity_profile_std_z", "porosity"], cache=False)
    >>> transformer.fit_transform(volumes)
    array([[0., 1.],
           [0., 0.]])
    >>> list(transformer.get_feature_names_out())
    ['porosity_profile_std_z', 'porosity']

    """

    def __init__(
        self,
        *,
        voxel_size: Edge | None = None,
        pore: Pore | None = None,
        tiers: Names = DEFAULT_TIERS,
        columns: Names | None = None,
        device: str = "auto",
        n_jobs: int | None = None,
        cache: bool | str | Path = True,
        backend: str | None = None,
    ) -> None:
        self.voxel_size = voxel_size
        self.pore = pore
        self.tiers = tiers
        self.columns = columns
        self.device = device
        self.n_jobs = n_jobs
        self.cache = cache
        self.backend = backend

    def fit(self, X: Any = None, y: object = None) -> Self:  # noqa: ARG002, N803  scikit-learn's signature
        """Settle the columns.

        Parameters
        ----------
        X, y
            Not looked at.

        Returns
        -------
        DescriptorTransformer
            Itself.

        Raises
        ------
        SettingsError
            For an unknown tier or column.

        """
        self.columns_ = tuple(column.name for column in wanted_columns(self.tiers, self.columns))
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803  scikit-learn's name
        """Describe volumes.

        Parameters
        ----------
        X
            Arrays (z, y, x), Volumes and paths of files; or paths as a Series, as a DataFrame or an array of
            one column.

        Returns
        -------
        array of float64 [volumes, columns]
            Undefined values are NaN.

        Raises
        ------
        VolumeError
            For what is no volume.
        DeviceError
            Where the device does not answer.

        """
        check_is_fitted(self)
        device = device_of(self.device, self.backend)
        name = get_backend(device).name
        # many at a time keep a device or processes busy; else each volume is forgotten before the next is read
        alone = name != "cuda" and processes_of(self.n_jobs) == 1
        volumes, rows = _volumes(X), []
        while part := list(itertools.islice(volumes, 1 if alone else _TOGETHER)):
            described = describe_batch(
                part,
                voxel_size=self.voxel_size,
                pore=self.pore,
                columns=self.columns_,
                device=name,
                n_jobs=self.n_jobs,
                cache=self.cache,
            )
            rows += [list(values.values()) for values in described]
        return np.array(rows, np.float64).reshape(len(rows), len(self.columns_))

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:  # noqa: ARG002  scikit-learn's signature
        """Name the columns, in order.

        Returns
        -------
        array of str
            As ``columns_``.

        """
        check_is_fitted(self)
        return np.array(self.columns_, object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = False
        return tags


def _volumes(given: Any) -> Iterator[VolumeLike]:
    """The volumes one by one; tables are known by their columns, so that no library of tables is needed here."""
    if isinstance(given, str | Path):
        raise VolumeError(f"expected a sequence of volumes, got one path: [{str(given)!r}] is a sequence of one")
    columns = getattr(given, "columns", None)
    if columns is not None:
        if len(columns) != 1:
            raise VolumeError(f"expected one column of paths, got {len(columns)}: {', '.join(map(str, columns))}")
        given = given[columns[0]]
    elif isinstance(given, np.ndarray) and given.dtype.kind in "OUT" and given.ndim == 2 and given.shape[1] == 1:  # noqa: PLR2004  a column
        given = given[:, 0]
    volumes: Iterable[VolumeLike] = given
    return iter(volumes)
