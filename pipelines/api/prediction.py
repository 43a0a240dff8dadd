"""Functions of a bundle: predict with it, load it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...features.arguments import Pore, pore_values
from .given import path_of

if TYPE_CHECKING:
    import pandas as pd

    from ..bundle.bundle import Bundle
    from ..execution.base import Progress, Workers


def predict(
    bundle: str | Path,
    data: str | Path,
    *,
    designs: str | Path | None = None,
    out: str | Path | None = None,
    images: str | Path | None = None,
    pore: Pore | None = None,
    model: str = "best",
    level: float = 0.9,
    device: str = "auto",
    workers: Workers = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Predict a data set, or volumes with a table of designs, by the models of a run.

    Parameters
    ----------
    bundle
        A bundle's folder, or the run that holds it.
    data
        A data set, whose targets are not needed, a TIFF file or a folder of them.
    designs
        A CSV or Parquet table of the 15 scalars: every volume is predicted with every design.
    out
        A Parquet file to write.
    images
        Folder of a data set's volumes.
    pore
        Grey values that are pore, where files do not follow the convention of training.
    model
        ``best``, or the name of one that the bundle holds.
    level
        Of the intervals: .5, .8, .9 or .95.
    device, workers, progress
        As for ``compare``.

    Returns
    -------
    DataFrame
        A row a row of the data set, or a volume and design: each target with its interval, and the reason
        where there is none.

    Raises
    ------
    ModelError
        For a bundle that cannot be used.
    DataSetError, SettingsError
        For what is asked of it.

    Examples
    --------
    >>> from poregrove.pipelines import predict
    >>> predict("runs/mine", "volumes/", designs="designs.csv")  # doctest: +SKIP

    """
    from ..bundle.predict_files import predict_data_set

    values = pore_values(pore)
    return predict_data_set(
        Path(bundle),
        Path(data),
        path_of(out),
        designs=path_of(designs),
        images=path_of(images),
        pore=None if values is None else ",".join(map(str, values)),
        model=model,
        level=level,
        device=device,
        workers=workers,
        progress=progress,
    )


def load_bundle(path: str | Path) -> Bundle:
    """Read the models of a run, all of them checked.

    Parameters
    ----------
    path
        A bundle's folder, or the run that holds it.

    Returns
    -------
    Bundle
        ``predict(volumes, designs)`` answers with a DataFrame.

    Raises
    ------
    ModelError
        Naming the file that is missing or changed, or what else this version cannot read.

    Examples
    --------
    >>> from poregrove.pipelines import load_bundle
    >>> load_bundle("runs/mine").predict("electrode.tif", design)  # doctest: +SKIP

    """
    from ..bundle.bundle import load_bundle as loaded

    return loaded(path)
