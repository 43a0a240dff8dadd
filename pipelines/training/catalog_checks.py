"""Models and their options refused before anything is read."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from ...errors import MissingExtraError
from ...models.registry import origin_of
from .job import InstalledModels


def check_catalog(catalog: InstalledModels, models: Iterable[str]) -> None:
    """Refuse options that a model does not have, and a model of a plug-in whose fits a bundle could not keep.

    A model that is not installed is left for its jobs to say.
    """
    for name in catalog.options:
        with suppress(MissingExtraError):
            catalog.create(name)
    for name in models:
        if origin_of(name) and hasattr(model := catalog.create(name), "check_storable"):
            model.check_storable()
