"""Every error that poregrove raises on purpose, each with the exit code of the command line.

    PoregroveError                 1   something failed while the work was under way
    ├── InputError                 2   what was given cannot be used
    │   ├── DataSetError           2   a folder, Parquet file or label table
    │   ├── VolumeError            2   a TIFF file or an array that is no volume
    │   ├── EntryError             2   predictions made elsewhere that do not fit the folds
    │   └── SettingsError          2   an option, a settings file, an unknown name
    ├── MissingExtraError          2   a package of an optional extra is not installed
    ├── DeviceError                2   the device asked for does not answer
    ├── RunError                   1   a run folder that cannot be used or resumed
    ├── ModelError                 1   a model could not be fitted, saved or loaded
    └── SimulationError            1   a simulated data set could not be made

An error message names the file or the setting, says what was expected and what came.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class PoregroveError(Exception):
    """Base of all errors of this package; catching it catches nothing else."""

    exit_code = 1


class InputError(PoregroveError):
    """An input of the user that cannot be used."""

    exit_code = 2


class DataSetError(InputError):
    """A data folder, a Parquet file or a label table is missing, empty or of the wrong form."""


class VolumeError(InputError):
    """A TIFF file or an array is not a volume that descriptors can be computed from."""


class EntryError(InputError):
    """Predictions that were made elsewhere are damaged, incomplete or of other folds or data."""


class SettingsError(InputError):
    """An option, a settings file or a name is unknown or out of range."""


class MissingExtraError(PoregroveError):
    """A package is needed that only an optional extra installs."""

    exit_code = 2

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package}, which is not installed: pip install 'poregrove[{extra}]'"
        )
        self.package = package
        self.extra = extra
        self.purpose = purpose

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str, str]]:
        """Pickle by the arguments of the constructor, not by the message."""
        return type(self), (self.package, self.extra, self.purpose)


class DeviceError(PoregroveError):
    """The device that was asked for does not answer."""

    exit_code = 2


class RunError(PoregroveError):
    """A run folder cannot be used, resumed or read."""


class ModelError(PoregroveError):
    """A model could not be fitted, saved or loaded."""


class SimulationError(PoregroveError):
    """A simulated data set could not be made."""


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known name most like ``name``; None where none is at least ``cutoff`` alike (0 to 1)."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)), None)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'porosity'?`` to end a message about an unknown name with, empty where none is near."""
    near = nearest(name, known)
    return "" if near is None else f"; did you mean {near!r}?"
