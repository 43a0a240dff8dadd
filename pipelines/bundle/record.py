"""What the manifest of a bundle says, as frozen records that JSON holds without loss."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ...errors import ModelError
from ...models.base import Columns
from ...schema import SCHEMA_VERSION
from ..data.phase import Phase
from ..settings import VolumeSettings
from .choice import Chosen


@dataclass(frozen=True)
class FinalModel:
    """One model of a bundle: what was chosen, its folder, the columns it takes and the rows it was fitted on."""

    chosen: Chosen
    folder: str
    columns: str
    """Key in ``Manifest.columns``."""
    n_rows: int


@dataclass(frozen=True)
class Manifest:
    """Everything that prediction needs and that is no array."""

    poregrove_version: str
    versions: Mapping[str, str]
    made_from: Mapping[str, Any]
    """Identity of the run: digest of its data, its settings."""
    volume: VolumeSettings
    phase: Phase
    impossible: str
    """``drop``: cells of volumes without a pore path were never learned, so they are not predicted."""
    life_bounds: tuple[float, float]
    descriptors: Mapping[str, int]
    """Version of each descriptor column that is an input, in order."""
    joined: Mapping[str, tuple[float, ...]]
    """Values of each joined quantity at ``joined.PROBES``, which tell whether it is still computed alike."""
    columns: Mapping[str, Columns]
    models: tuple[FinalModel, ...]
    without: Mapping[str, str]
    """Targets and models that are not there, and why."""
    schema_version: int = SCHEMA_VERSION
    training: Mapping[str, int] = field(default_factory=dict)
    """Numbers of volumes, designs and rows."""

    def as_json(self) -> dict[str, Any]:
        """Plain values for strict JSON: what is not finite is null."""
        values = asdict(self)
        values["phase"] = {"rule": self.phase.rule, "lowest": self.phase.lowest, "named": list(self.phase.named)}
        values["life_bounds"] = [bound if math.isfinite(bound) else None for bound in self.life_bounds]
        values["joined"] = {
            name: [value if math.isfinite(value) else None for value in probe] for name, probe in self.joined.items()
        }
        for model in values["models"]:
            scores = model["chosen"]["scores"]
            model["chosen"]["scores"] = {
                name: value if math.isfinite(value) else None for name, value in scores.items()
            }
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any], where: str) -> Manifest:
        """The inverse of ``as_json``; ModelError naming ``where`` for what is of another form or version."""
        if values.get("schema_version") != SCHEMA_VERSION:
            raise ModelError(
                f"{where}: has schema version {values.get('schema_version')!r}, this version reads {SCHEMA_VERSION}"
            )
        try:
            return cls(
                poregrove_version=values["poregrove_version"],
                versions=values["versions"],
                made_from=values["made_from"],
                volume=VolumeSettings(**values["volume"]),
                phase=Phase(**{**values["phase"], "named": tuple(values["phase"]["named"])}),
                impossible=values["impossible"],
                life_bounds=tuple(math.inf if bound is None else bound for bound in values["life_bounds"]),  # type: ignore[arg-type]
                descriptors=values["descriptors"],
                joined={
                    name: tuple(math.nan if value is None else value for value in probe)
                    for name, probe in values["joined"].items()
                },
                columns={name: Columns(**_tuples(item)) for name, item in values["columns"].items()},
                models=tuple(_final_model(item) for item in values["models"]),
                without=values["without"],
                training=values["training"],
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{where}: expected the manifest of a bundle, got: {error!r}") from error


def _final_model(values: Mapping[str, Any]) -> FinalModel:
    chosen = dict(values["chosen"])
    chosen["roles"] = tuple(chosen["roles"])
    chosen["scores"] = {name: math.nan if value is None else value for name, value in chosen["scores"].items()}
    return FinalModel(**{**values, "chosen": Chosen(**chosen)})


def _tuples(values: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(names) for name, names in values.items()}
