"""Bundle of a finished run: the chosen models fitted on all rows, with all that prediction needs besides."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import ModelError, RunError
from ...features.declaration import ColumnInfo
from ...features.description import wanted_columns
from ...features.physics import Quantity
from ...models.base import Device
from ...schema import FEATURE_SET_BY_NAME, MAIN_REGIMES, Contract
from ..data.look import PERCOLATES
from ..data.phase import PoreConvention
from ..execution.parallel import Progress, Workers, engine_of, parallel_map
from ..execution.plugins import used_plugins
from ..runs.atomic import write_text
from ..runs.folder import RunFolder
from ..runs.machine import versions
from ..scoring.losses import scored_rows
from ..settings import Settings
from ..splits.same_regimes import same_as
from ..tables.arrays import Data
from ..tables.feature_sets import FeatureSources, sources
from ..tables.run_tables import load_data
from ..training.job import Catalog, InstalledModels, Job
from .contents import FinalModel, Manifest
from .integrity import replacing_folder, seal, verified
from .intervals import Residuals, residuals
from .model_card import CARD, model_card
from .physics_check import descriptors_needed, probe
from .refit import Refit, Refitted, model_folder, refit, refits
from .select_models import SelectedModel, Selection, choose, read_scores
from .support import save_residuals, support_of

log = logging.getLogger(__name__)


def write_bundle(
    run_folder: Path,
    settings: Settings,
    phase: PoreConvention,
    columns: Sequence[ColumnInfo],
    *,
    catalog: Catalog | None = None,
    device: Device = "cpu",
    workers: Workers = 1,
    progress: Progress | None = None,
) -> Path:
    """Write ``bundle/`` into a run folder whose scores are there; the bundle's path.

    ``phase`` is the convention under which the run's volumes were read, ``columns`` the descriptors
    of its features table. A whole bundle of the same run, made with the same packages, is kept as it
    is. Raises RunError where tables of the run are missing; a model that cannot be fitted is left
    out with its reason.
    """
    folder = RunFolder(run_folder).bundle
    catalog = catalog or InstalledModels(settings.model, settings.tuning, RunFolder(run_folder).tuning)
    made_from = _identity(run_folder)
    if _is_current(folder, made_from):
        log.info("bundle: %s is that of this run", folder)
        return folder
    data = load_data(run_folder)
    choice = choose(run_folder, catalog.available())
    feature_sources = sources(
        settings.comparison,
        {column.name: column.tier for column in columns},
        metres=settings.volume.metric,
        contract=data.contract,
    )
    with replacing_folder(folder) as made:
        parts = refits(choice.chosen, data.contract)
        threads = engine_of(workers).threads(len(parts))
        tasks = [
            Refit(run_folder, made, part, settings.comparison, feature_sources, catalog, device, threads)
            for part in parts
        ]
        done = [item for part in parallel_map(refit, tasks, workers=workers, progress=progress) for item in part]
        kept = [item for item in done if item.reason is None]
        inputs = _inputs(kept, data, feature_sources)
        physics = _physics(kept, feature_sources)
        support_of(data, inputs, physics, settings.comparison.seed).save(made)
        save_residuals(_residuals(run_folder, data, kept), made)
        known = {column.name: column.version for column in (*wanted_columns((), [PERCOLATES]), *columns)}
        manifest = Manifest(
            poregrove_version=__version__,
            versions=versions(),
            made_from=made_from,
            contract=data.contract,
            same_regimes=_same_regimes(data, settings.comparison.regimes),
            volume=settings.volume,
            phase=phase,
            impossible=settings.comparison.non_percolating,
            life_bounds=data.cells.life_bounds,
            descriptors={name: known[name] for name in (*inputs, *(() if PERCOLATES in inputs else (PERCOLATES,)))},
            joined={quantity.name: probe(quantity) for quantity in physics},
            columns={_columns_key(item.chosen, data.contract): item.columns for item in kept},
            models=tuple(_final(item, data.contract) for item in kept),
            without=_without(choice, done),
            training={
                "volumes": len(data.volumes),
                "designs": len(data.designs),
                "cell_rows": len(data.cells),
                "volume_rows": len(data.distinct),
            },
            plugins=used_plugins(
                dict.fromkeys(item.chosen.model for item in kept), (item for item in columns if item.name in inputs)
            ),
        )
        write_text(made / CARD, model_card(manifest, read_scores(run_folder)))
        seal(made, manifest.as_json())
    return folder


def _identity(run_folder: Path) -> dict[str, Any]:
    path = RunFolder(run_folder).identity
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: expected the identity of a run, got: {error}") from error


def _is_current(folder: Path, made_from: Mapping[str, Any]) -> bool:
    """Whether a whole bundle of the same run lies there already."""
    if not folder.exists():
        return False
    try:
        there = Manifest.from_json(verified(folder), str(folder))
    except ModelError as error:
        log.warning("bundle: written again, for %s", error)
        return False
    return (there.made_from, there.poregrove_version, there.versions) == (made_from, __version__, versions())


def _same_regimes(data: Data, regimes: Sequence[str]) -> dict[str, str]:
    groups = data.cells.volume_group, data.cells.design_group
    found = {name: same_as(name, *groups, regimes) for name in MAIN_REGIMES}
    return {name: same[0] for name, same in found.items() if same is not None}


def _inputs(kept: Sequence[Refitted], data: Data, made_from: FeatureSources) -> tuple[str, ...]:
    """The descriptors that the models may look at: all of the tiers in their feature sets, varying or not.

    What is constant in training is no column of a model, and just therefore a query that differs in
    it must be told.
    """
    tiers = {tier for item in kept for tier in FEATURE_SET_BY_NAME[item.chosen.features].tiers}
    if "transport" in tiers:
        tiers.add("network")
    needed = descriptors_needed(_physics(kept, made_from), data.designs.columns)
    used = {name for item in kept for name in item.columns.descriptors}
    return tuple(name for name in map(str, data.volumes) if made_from.tiers.get(name) in tiers or name in needed | used)


def _physics(kept: Sequence[Refitted], made_from: FeatureSources) -> tuple[Quantity, ...]:
    used = {name for item in kept for name in item.columns.joined}
    return tuple(item for item in made_from.physics if item.name in used)


def _residuals(run_folder: Path, data: Data, kept: Sequence[Refitted]) -> list[Residuals]:
    """Out-of-fold residuals of every model under the regime that it serves."""
    jobs = [
        Job(chosen.target, chosen.model, chosen.features, chosen.regime) for chosen in (item.chosen for item in kept)
    ]
    truths = {target: scored_rows(target, data) for target in dict.fromkeys(job.target for job in jobs)}
    return [residuals(run_folder, job, truths[job.target], data.contract) for job in jobs]


def _columns_key(chosen: SelectedModel, contract: Contract) -> str:
    """Feature sets drop what is constant in a table, so the two tables may differ in their columns."""
    return f"{'volumes' if contract.volume_only(chosen.target) else 'cells'}: {chosen.features}"


def _final(item: Refitted, contract: Contract) -> FinalModel:
    return FinalModel(item.chosen, item.folder, _columns_key(item.chosen, contract), item.n_rows, item.output)


def _without(choice: Selection, done: Sequence[Refitted]) -> dict[str, str]:
    failed = {model_folder(item.chosen): item.reason for item in done if item.reason is not None}
    return {**choice.without, **failed}
