"""Loaded bundles: predictions for new volumes and designs, with intervals and with warnings."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import DataSetError, ModelError, SettingsError, VolumeError
from ...features import describe
from ...features.cache import feature_cache
from ...features.declaration import ColumnInfo
from ...features.description import descriptors as declared
from ...features.description import wanted_columns
from ...features.physics import Quantity
from ...features.volumes import Volume
from ...features.volumes import digest as digest_of
from ...features.voxels import checked_voxels
from ...models import registry
from ...models.base import Fitted
from ..data.phase import PoreConvention, edges_through_first_axis, open_volume, through_first_axis, volume_of
from ..execution.parallel import Progress, Workers
from ..execution.plugins import PluginRecord, load_plugins, used_plugins
from ..extraction.describe_files import Source, source_of
from ..extraction.extract import extract
from ..runs.folder import RunFolder
from ..runs.notebook import html_table
from ..settings import VolumeSettings
from .contents import FinalModel, Manifest
from .integrity import MANIFEST, verified
from .intervals import LEVELS, Residuals
from .physics_check import known_quantities
from .prediction import PredictionBatch
from .queries import Query, crossing, designs_of
from .support import Support, load_residuals

log = logging.getLogger(__name__)

VolumeLike: TypeAlias = "str | Path | Volume | NDArray[Any]"
BEST = "best"


@dataclass(frozen=True, eq=False)
class Bundle:
    """Final models of a run with what they need, checked and ready; ``load_bundle`` makes it."""

    folder: Path
    manifest: Manifest
    support: Support
    residuals: tuple[Residuals, ...]
    quantities: Mapping[str, Quantity]

    def __repr__(self) -> str:
        seen = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in self.manifest.training.items())
        return (
            f"Bundle({self.folder}: targets {len(self.targets)}, models {len(self.manifest.models)}, "
            f"descriptors {len(self.manifest.descriptors)}{seen and f'; trained on {seen}'})"
        )

    def _repr_html_(self) -> str:
        rows = (
            (model.chosen.target, model.chosen.model, model.chosen.features, model.chosen.regime)
            for model in self.manifest.models
        )
        return html_table(repr(self), ("target", "model", "features", "regime"), rows)

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets that it predicts, in their usual order."""
        there = {model.chosen.target for model in self.manifest.models}
        return tuple(target.name for target in self.manifest.contract.targets if target.name in there)

    @property
    def columns(self) -> tuple[ColumnInfo, ...]:
        """The descriptors that volumes are described by."""
        return wanted_columns((), tuple(self.manifest.descriptors))

    def predict(
        self,
        volumes: VolumeLike | Sequence[VolumeLike],
        designs: pd.DataFrame | Mapping[str, Any] | None = None,
        *,
        model: str = BEST,
        level: float = 0.9,
        device: str = "auto",
        workers: Workers = 1,
        progress: Progress | None = None,
    ) -> pd.DataFrame:
        """Predictions for every volume with every design, volume by volume.

        ``volumes``: paths of TIFF files and arrays (z, y, x), read under the training set's phase
        convention (boolean arrays: True is pore), or Volumes. ``designs``: a table with the 15
        scalars, by column or short name, or one design as a mapping of numbers; None: only the targets
        that depend on the volume alone.
        ``model``: ``best``, or a model's name: then the targets for which the bundle holds it.
        ``level`` of the intervals is one of .5, .8, .9, .95.

        A volume that cannot be read gets rows of NaN that say so. Raises DataSetError for designs
        that lack a scalar, SettingsError for an unknown model or level, DeviceError.
        """
        given = [volumes] if isinstance(volumes, str | Path | Volume | np.ndarray) else list(volumes)
        described = self._described(given, device=device, workers=workers, progress=progress)
        asked = None
        if designs is not None:
            asked = designs_of(_table(designs).reset_index(drop=True), "designs", self.manifest.contract)
        volume, design = crossing(len(described), 0 if asked is None else len(asked.digest))
        return self._answer(
            PredictionBatch(self, described, asked, volume, design, lambda i: self._mask(given[i])), model, level
        )

    def predict_query(
        self,
        query: Query,
        *,
        model: str = BEST,
        level: float = 0.9,
        verify: bool = False,
        device: str = "auto",
        workers: Workers = None,
        progress: Progress | None = None,
    ) -> pd.DataFrame:
        """Predictions for the rows of a query, its keys first; ``verify`` reads files too that have not changed. Raises SettingsError before anything is described."""
        self._check_asked(model, level, with_designs=query.designs is not None)
        described = self._extract(
            query.sources, query.phase, verify=verify, device=device, workers=workers, progress=progress
        )
        asked = PredictionBatch(
            self,
            described,
            query.designs,
            query.volume,
            query.design,
            lambda i: self._mask(query.sources[i].path, query.phase),
        )
        answers = self._answer(asked, model, level)
        return pd.concat([query.keys.reset_index(drop=True), answers], axis=1)

    def fitted(self, model: FinalModel) -> Fitted:
        """One of the models, read back. Raises ModelError where this version cannot."""
        try:
            return registry.load(model.chosen.model, self.folder / model.folder)
        except SettingsError as error:
            raise ModelError(f"{self.folder / MANIFEST}: {error}") from error

    def residuals_of(self, model: FinalModel) -> Residuals:
        """The out-of-fold residuals of one of the models. Raises ModelError where the bundle lacks them."""
        chosen = model.chosen
        key = (chosen.target, chosen.model, chosen.features, chosen.regime)
        for item in self.residuals:
            if (item.target, item.model, item.features, item.regime) == key:
                return item
        raise ModelError(f"{self.folder}: lacks the residuals of {' / '.join(key)}")

    def _answer(self, asked: PredictionBatch, model: str, level: float) -> pd.DataFrame:
        self._check_asked(model, level, with_designs=asked.designs is not None)
        answers = asked.answers(self._chosen(model), level)
        answers.warn()
        return answers.frame()

    def _extract(self, sources: Sequence[Source], phase: PoreConvention, **how: Any) -> pd.DataFrame:
        """One row a file: name, digest, status, reason, descriptors."""
        return extract(sources, phase, self.manifest.volume, self.columns, cache=feature_cache(), **how).frame

    def _described(self, given: Sequence[VolumeLike], **how: Any) -> pd.DataFrame:
        """Describe files and arrays in the order given: files over processes and through the cache, arrays here."""
        files = {number: Path(item) for number, item in enumerate(given) if isinstance(item, str | Path)}
        sources = [source_of(path) for path in files.values()]
        read = self._extract(sources, self.manifest.phase, **how)
        read.index = pd.Index(list(files), dtype=np.int64)
        arrays = {
            number: self._describe(item, how["device"])
            for number, item in enumerate(given)
            if not isinstance(item, str | Path)
        }
        if not arrays:
            return read
        frame = pd.DataFrame.from_dict(arrays, orient="index").reindex(columns=read.columns).astype(read.dtypes)
        return pd.concat([read, frame]).sort_index().reset_index(drop=True)

    def _mask(self, item: VolumeLike | None, phase: PoreConvention | None = None) -> NDArray[np.bool_]:
        """Pore mask of one of the volumes that were described; VolumeError where it can no longer be read."""
        phase = phase or self.manifest.phase
        if item is None:
            raise VolumeError("a volume without a file has no voxels")
        if isinstance(item, str | Path):
            return open_volume(Path(item), phase, self.manifest.volume).mask
        return _volume(item, phase, self.manifest.volume).mask

    def _describe(self, item: Volume | NDArray[Any], device: str) -> dict[str, object]:
        try:
            volume = _volume(item, self.manifest.phase, self.manifest.volume)
        except VolumeError as error:
            return {"status": "failed", "reason": str(error)}
        values = describe(volume, columns=tuple(self.manifest.descriptors), device=device)
        return {"volume_digest": volume.digest, "status": "ok", **values}

    def _check_asked(self, model: str, level: float, *, with_designs: bool) -> None:
        """SettingsError where nothing can be answered: a model or level that is not there, no design where all need one."""
        targets = self._chosen(model)
        if level not in LEVELS:
            raise SettingsError(f"level is one of {', '.join(map(str, LEVELS))}, got {level}")
        if targets and not with_designs and not any(map(self.manifest.contract.volume_only, targets)):
            raise SettingsError(f"{', '.join(targets)}: predicted from a volume and a design; give designs (--designs)")

    def _chosen(self, model: str) -> dict[str, dict[str, FinalModel]]:
        """The models of each target by the regime that they serve; of a name's several the one that sees most."""
        found: dict[str, dict[str, FinalModel]] = {}
        for item in self.manifest.models:
            chosen = item.chosen
            if chosen.model == model or (model == BEST and BEST in chosen.roles):
                by_regime = found.setdefault(chosen.target, {})
                if chosen.regime not in by_regime or BEST not in chosen.roles:
                    by_regime[chosen.regime] = item
        if not found and self.manifest.models:
            names = dict.fromkeys(item.chosen.model for item in self.manifest.models)
            raise SettingsError(f"unknown model {model!r}; the bundle holds {BEST}, {', '.join(names)}")
        return found


def load_bundle(path: str | Path) -> Bundle:
    """The bundle in a folder, or in the ``bundle`` folder of a run, all of it checked.

    Raises ModelError naming the file that is missing or changed, the column whose descriptor has
    another version here, or what else this version cannot read.
    """
    folder = Path(path)
    run = RunFolder(folder)
    if run.identity.is_file() and run.bundle.is_dir():
        folder = run.bundle
    where = str(folder / MANIFEST)
    manifest = Manifest.from_json(verified(folder), where)
    _find_plugins(manifest.plugins, where)
    _check_versions(manifest.descriptors, where)
    support = Support.load(folder)
    if unknown := set(map(str, support.neighbours.columns)).difference(manifest.descriptors):
        raise ModelError(f"{folder}: distances are measured by {min(unknown)!r}, which {MANIFEST} does not have")
    return Bundle(
        folder=folder,
        manifest=manifest,
        support=support,
        residuals=load_residuals(folder),
        quantities=known_quantities(manifest.joined, where),
    )


def _find_plugins(plugins: Sequence[PluginRecord], where: str) -> None:
    """Find the plug-ins of a bundle; ModelError says which is absent and how to give it.

    A regressor of scikit-learn is found by its name; any other code is loaded only where somebody says so.
    """
    load_plugins(item.name for item in plugins if item.kind == "estimator" and item.name.startswith("sklearn."))
    models, columns = {info.name for info in registry.available()}, {column.name: column for column in declared()}
    for item in plugins:
        absent = [name for name in item.models if name not in models]
        absent += [name for name in item.descriptors if name not in columns]
        if absent:
            raise ModelError(f"{where}: {', '.join(absent)} came from {item.how_to_give}")
        here = used_plugins(item.models, (columns[name] for name in item.descriptors))
        if [(one.name, one.version, one.digest) for one in here] != [(item.name, item.version, item.digest)]:
            found = ", ".join(f"{one.name} {one.version or one.digest[:12]}" for one in here) or "no plug-in"
            log.warning(
                "%s: %s came from %s %s, here they come from %s, whose answers may differ",
                where,
                ", ".join((*item.models, *item.descriptors)),
                item.name,
                item.version or item.digest[:12],
                found,
            )


def _check_versions(descriptors: Mapping[str, int], where: str) -> None:
    known = {column.name: column.version for column in declared()}
    for name, version in descriptors.items():
        if name not in known:
            raise ModelError(f"{where}: the descriptor {name!r} is not known to this version")
        if known[name] != version:
            raise ModelError(
                f"{where}: the column {name!r} was computed by version {version} of its descriptor, "
                f"here it is version {known[name]}; make the bundle again"
            )


def _table(designs: pd.DataFrame | Mapping[str, Any]) -> pd.DataFrame:
    """Designs as a table: one of plain numbers is one row."""
    if isinstance(designs, Mapping) and all(np.ndim(value) == 0 for value in designs.values()):
        return pd.DataFrame([dict(designs)])
    try:
        return pd.DataFrame(designs)
    except (ValueError, TypeError) as error:
        raise DataSetError(f"designs: expected a table, or a mapping of numbers or of columns, got: {error}") from error


def _volume(item: Volume | NDArray[Any], phase: PoreConvention, settings: VolumeSettings) -> Volume:
    """A volume at the voxel size of training, under which descriptors were learned."""
    mask = item.mask if isinstance(item, Volume) else checked_voxels(item)
    if mask.dtype != np.bool_:
        return volume_of(mask, phase, settings)
    if not isinstance(item, Volume):
        mask = through_first_axis(mask, settings.axis)
    size = edges_through_first_axis(settings.voxel_size, settings.axis)
    if settings.voxel_size_from is not None:
        size = item.voxel_size if isinstance(item, Volume) else None
        if size is None:
            raise VolumeError(
                "an array states no voxel size, and training took one from every volume; give a Volume or a file"
            )
    return Volume(mask, size, digest_of(mask, size), "True", float("nan"))
