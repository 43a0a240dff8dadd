"""Names of models, as tables, folders and the command line have them."""

from __future__ import annotations

import re

from ...errors import SettingsError

_NAME = re.compile(r"[a-z0-9-]+")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[A-Z]")


def checked_name(name: str) -> str:
    """The name; SettingsError where it cannot name a folder."""
    if not _NAME.fullmatch(name):
        raise SettingsError(f"the name of a model is of a-z, 0-9 and -, as it names folders; got {name!r}")
    return name


def name_of_class(name: str) -> str:
    """``extra-trees-regressor`` of ``ExtraTreesRegressor``, ``svr`` of ``SVR``."""
    return "-".join(word.lower() for word in _WORDS.findall(name))
