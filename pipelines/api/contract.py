"""Functions for the contract of own data: write a first one, read it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from .given import path_of

if TYPE_CHECKING:
    from ...schema import Contract


def init_contract(
    data: str | Path,
    out: str | Path,
    *,
    targets: Iterable[str] = (),
    images: str | Path | None = None,
    labels: str | Path | None = None,
) -> tuple[str, ...]:
    """Write a first contract of own data: which columns are inputs and targets, each with the reason as a comment.

    Parameters
    ----------
    data, images, labels
        As for ``open_dataset``; tables may be CSV or Parquet.
    out
        The TOML file to write.
    targets
        Columns to predict, ``*`` and ``?`` allowed; none: those that begin as results do, as in ``res_life``.

    Returns
    -------
    tuple of str
        Keys that must be edited before the contract can be used, because nothing decides them.

    Raises
    ------
    DataSetError
        Where there is no table that can be read.
    SettingsError
        Where ``out`` is there already, or a target is no column.

    Examples
    --------
    >>> from poregrove.pipelines import init_contract
    >>> init_contract("mydata", "contract.toml", targets=["strength"])  # doctest: +SKIP
    ()

    """
    from ...errors import SettingsError
    from ..data.contract_guess import guess_contract
    from ..runs.atomic import write_text

    if Path(out).exists():
        raise SettingsError(f"{out}: is there already, and may have been edited; choose another file")
    made = guess_contract(Path(data), targets=tuple(targets), images=path_of(images), labels=path_of(labels))
    write_text(Path(out), made.text())
    return made.to_edit


def read_contract(path: str | Path) -> Contract:
    """Inputs, targets and columns of own data from a TOML file.

    Parameters
    ----------
    path
        The file, as ``init_contract`` writes it.

    Returns
    -------
    Contract
        What ``audit`` and ``compare`` take.

    Raises
    ------
    SettingsError
        Naming the key that is unknown, missing or out of range, or the line that must be edited.

    Examples
    --------
    >>> from poregrove.pipelines import read_contract
    >>> read_contract("contract.toml").targets[0].unit  # doctest: +SKIP
    'MPa'

    """
    from ..data.contract_file import read_contract as read

    return read(Path(path))
