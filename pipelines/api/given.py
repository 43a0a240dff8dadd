"""What functions take in more than one form: paths as text, contracts as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...schema import Contract


def path_of(given: str | Path | None) -> Path | None:
    """A path as it was given or as text; None stays None."""
    return None if given is None else Path(given)


def contract_of(given: str | Path | Contract | None) -> Contract:
    """A contract as it was given, read from its file, or the built-in one. SettingsError as ``read_contract``."""
    from ...schema import BUILT_IN
    from ..data.contract_file import read_contract

    if given is None:
        return BUILT_IN
    return read_contract(Path(given)) if isinstance(given, str | Path) else given
