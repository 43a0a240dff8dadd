"""Manifest of a bundle, as frozen records that JSON holds without loss."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ...errors import ModelError, SettingsError
from ...models.base import Columns
from ...schema import BUILT_IN, REGIME_BY_NAME, SCHEMA_VERSION, Contract
from ..data.phase import PoreConvention
from ..execution.plugins import PluginRecord
from ..settings import VolumeSettings
from .from_json import record
from .select_models import SelectedModel


@dataclass(frozen=True)
class FinalModel:
    """One model of a bundle: what was chosen, its folder, the columns it takes and the rows it was fitted on."""

    chosen: SelectedModel
    folder: str
    columns: str
    """Key in ``Manifest.columns``."""
    n_rows: int
    output: int | None = None
    """Position among the targets that the model predicts at once; None: it predicts one."""


@dataclass(frozen=True)
class Manifest:
    """All that prediction needs besides arrays and models."""

    poregrove_version: str
    versions: Mapping[str, str]
    made_from: Mapping[str, Any]
    """Identity of the run: digest of its data, its settings."""
    volume: VolumeSettings
    phase: PoreConvention
    impossible: str
    """``drop``: cells of volumes without a pore path were never learned, so they are not predicted."""
    life_bounds: tuple[float, float]
    descriptors: Mapping[str, int]
    """Version of each descriptor column that is an input, in order."""
    joined: Mapping[str, tuple[float, ...]]
    """Values of each physics feature at ``joined.PROBES``, which tell whether it is still computed alike."""
    columns: Mapping[str, Columns]
    models: tuple[FinalModel, ...]
    without: Mapping[str, str]
    """Targets and models that are not there, and why."""
    schema_version: int = SCHEMA_VERSION
    training: Mapping[str, int] = field(default_factory=dict)
    """Numbers of volumes, designs and rows."""
    contract: Contract = BUILT_IN
    """Contract of the models' inputs and targets; not written where it is the built-in one."""
    same_regimes: Mapping[str, str] = field(default_factory=dict)
    """The regime that stands for another one, because both meant the same on the training set."""
    plugins: tuple[PluginRecord, ...] = ()
    """Plug-ins that models and descriptors come from."""

    def as_json(self) -> dict[str, Any]:
        """Plain values for strict JSON: what is not finite is null."""
        values = asdict(self)
        values["phase"] = {"rule": self.phase.rule, "lowest": self.phase.lowest, "named": list(self.phase.named)}
        values["life_bounds"] = [bound if math.isfinite(bound) else None for bound in self.life_bounds]
        values["joined"] = {
            name: [value if math.isfinite(value) else None for value in probe] for name, probe in self.joined.items()
        }
        if not self.same_regimes:
            del values["same_regimes"]
        if not self.plugins:
            del values["plugins"]
        if self.contract == BUILT_IN:
            del values["contract"]
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
            files = tuple(values["files"])
            bounds = [math.inf if bound is None else bound for bound in values["life_bounds"]]
            given = {name: value for name, value in values.items() if name != "files"}
            made = record(cls, {**given, "life_bounds": bounds})
            made.check(files)
        except (KeyError, TypeError, AttributeError, SettingsError) as error:
            raise ModelError(f"{where}: expected the manifest of a bundle, got: {error!r}") from error
        return made

    def check(self, files: Sequence[str]) -> None:
        """Raise TypeError where its parts name targets, columns or ``files`` of the bundle that are not there."""
        for model in self.models:
            chosen = model.chosen
            if chosen.target not in self.contract.by_name or chosen.regime not in REGIME_BY_NAME:
                raise TypeError(f"no target {chosen.target!r} or no regime {chosen.regime!r}")
            if model.columns not in self.columns:
                raise TypeError(f"{model.folder}: no columns {model.columns!r}")
            if not any(name.startswith(f"{model.folder}/") for name in files):
                raise TypeError(f"{model.folder}: no file of the bundle lies in this folder")
        known = {
            "descriptors": self.descriptors,
            "designs": [scalar.name for scalar in self.contract.scalars],
            "joined": self.joined,
        }
        for columns in self.columns.values():
            for part, names in known.items():
                if unknown := set(getattr(columns, part)).difference(names):
                    raise TypeError(f"a model takes {min(unknown)!r}, which is none of the {part} of this bundle")
