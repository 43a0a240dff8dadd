"""The main job: a data set in, a run folder with its report out."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from .. import __version__
from ..errors import DataSetError, MissingExtraError
from ..features.cache import feature_seconds
from ..features.description import wanted_columns
from ..files import temporary_folder
from ..models.base import Device
from ..models.registry import origin_of
from ..reports import write_report
from ..schema import FEATURE_SET_BY_NAME
from .audit import all_checks, as_json
from .audit.inspection import InspectedDataset, inspect_dataset
from .bundle.write import write_bundle
from .data.bits import BitStore
from .data.contract_file import contract_text
from .execution import console
from .execution.parallel import Engine, Progress, engine_of
from .execution.plugins import used_plugins, with_plugins
from .execution.shards import Shard
from .extraction.fold_data import fold_data
from .extraction.run_volumes import described, packed, paths_by_digest, refuse_unreadable
from .runs.atomic import write_json, write_parquet, write_text
from .runs.clock import Clock
from .runs.entries import Entry, read_entries
from .runs.folder import RunFolder
from .runs.stages import Stages
from .scoring.entered import entered, place, refuse_other_predictions, with_entries
from .scoring.entries import CheckedEntry, check_entries
from .scoring.image_probe import ImageOutcome, check_image, image_lines, refuse_false_gains
from .scoring.score import score_run
from .studies.choice import check_names
from .studies.gallery import write_gallery
from .studies.jobs import StudyRecord
from .studies.run import run_studies
from .tables.groups import find_groups
from .tables.rows import build_rows, count_left_out
from .training.context import RunContext
from .training.job import InstalledModels, Job, plan_jobs, sized
from .training.manifest import build_manifest, describe_targets
from .training.outcome import NO_VALUE
from .training.request import Request
from .training.run import ComparisonRecord, run_comparison
from .training.self_check import ProbeOutcome, check_folds, refuse_leaks, table

__all__ = ["Request", "run"]

log = logging.getLogger(__name__)


def run(request: Request) -> Path:
    """Audit, describe, compare and report; the report's path. Of a shard: its jobs alone, and their record's path.

    Finished parts of the same run are kept, so the same request resumes one that was stopped.
    The report is there as soon as there are scores; studies, gallery and bundle follow, each on its own.
    Raises an error of the package before anything is written where the request cannot be met:
    unknown names (SettingsError), unusable data (DataSetError), a device that does not answer
    (DeviceError); RunError where the folder belongs to another run, and at the end where a stage
    after the scores failed.
    """
    this = _Run.of(request)
    with ExitStack() as stack:
        with temporary_folder(this.folder.path) as bits:
            this.read(BitStore(bits))
            stack.enter_context(this.folder.locked())
            stack.enter_context(this.folder.journal(request.command))
            this.begin()
            this.describe(BitStore(bits))
        this.compare()
        if request.shard:
            return this.write_part(request.shard)
        this.score()
        this.report()
        this.optional("studies", this.study)
        this.optional("gallery", this.show)
        this.optional("bundle", this.bundle)
        return this.finish()


@dataclass(eq=False)
class _Run:
    """State of a run: its request, and the results of its stages so far."""

    request: Request
    folder: RunFolder
    engine: Engine
    backend: str
    context: RunContext
    checked: tuple[ProbeOutcome | ImageOutcome, ...]
    clock: Clock
    models: tuple[str, ...]
    """Names of the models that are planned."""
    stages: Stages = field(default_factory=Stages)
    inspected: InspectedDataset = field(init=False)
    rows: pd.DataFrame = field(init=False)
    features: pd.DataFrame = field(init=False)
    record: ComparisonRecord = field(init=False)
    studies: tuple[StudyRecord, ...] = ()
    entries: tuple[Entry, ...] = ()
    checked_entries: tuple[CheckedEntry, ...] = ()

    @classmethod
    def of(cls, request: Request) -> _Run:
        """A run of a request whose names and device are known; nothing is read or written."""
        clock, settings = Clock(), with_plugins(request.settings)
        request = replace(request, settings=settings)
        folder = request.shard.place(request.out) if request.shard else request.out
        catalog = InstalledModels(settings.model, settings.tuning, RunFolder(request.out).tuning)
        taken = (info.name for info in catalog.available())
        entries = read_entries(request.entries, taken=taken, contract=request.contract)
        columns = wanted_columns(settings.comparison.tiers, None)
        jobs = plan_jobs(settings.comparison, catalog.available(), volumes=True, contract=request.contract)
        models = tuple(dict.fromkeys(job.model for job in jobs))
        check_names(settings.study, catalog.available(), request.contract)
        _check_options(catalog)
        _check_storable(catalog, models)
        engine = engine_of(request.workers)
        backend = engine.backend(request.device)
        context = RunContext(
            folder,
            settings.comparison,
            catalog,
            columns,
            metres=settings.volume.metric,
            workers=request.workers,
            memory=request.memory,
            device=_model_device(backend, request.device),
            shard=request.shard,
            finished_elsewhere=request.finished_elsewhere,
            contract=request.contract,
        )
        checked = _probed() if request.self_check else ()
        return cls(request, RunFolder(folder), engine, backend, context, checked, clock, models, entries=entries)

    @contextmanager
    def stage(self, name: str, doing: str, unit: str) -> Iterator[Progress]:
        """Time a stage and show its progress."""
        with self.clock.stage(name), console.progress(doing, unit) as progress:
            yield progress

    def optional(self, name: str, stage: Callable[[], object]) -> None:
        """Run a stage that the report can do without."""
        with self.stages.optional(name):
            stage()

    def read(self, bits: BitStore) -> None:
        """Read the rows and inspect the volumes, whose bits are kept for ``describe``."""
        request = self.request
        with console.progress("reading", "row") as reading, self.stage("reading", "looking", "volume") as progress:
            self.inspected = inspect_dataset(
                request.data,
                request.settings,
                images=request.images,
                labels=request.labels,
                contract=request.contract,
                bits=bits,
                verify=request.verify,
                workers=request.workers,
                reading=reading,
                progress=progress,
            )
        refuse_unreadable(self.inspected)
        # the data decide the levels of categories and whether lengths are in metres
        contract, metres = self.inspected.contract, self.inspected.settings.volume.metric
        settings = self.inspected.settings.comparison
        self.context = replace(self.context, settings=settings, contract=contract, metres=metres)
        self.rows = build_rows(
            self.inspected.observations.frame,
            self.inspected.inspection.frame,
            non_percolating=self.context.settings.non_percolating,
            contract=contract,
        )
        if self.rows.empty:
            raise DataSetError(f"{request.data}: no row has a volume that can be read")
        self.checked_entries = _checked_entries(self.entries, self.rows, self.inspected, request)

    def begin(self) -> None:
        """Claim the folder for this run."""
        identity: dict[str, Any] = {"data": self.digest, "settings": self.inspected.settings.identity()}
        own = None if self.context.contract.built_in else contract_text(self.context.contract)
        if own is not None:
            identity["contract"] = own
        if plugins := used_plugins(self.models, self.context.columns):
            identity["plugins"] = {item.name: [item.version, item.digest] for item in plugins}
        self.folder.begin(identity, resume=self.request.resume)
        if own is not None:
            write_text(self.folder.contract, own)
        self.clock.keep_in(self.folder.clock)

    def describe(self, bits: BitStore) -> None:
        """Write descriptors, rows and findings, and pack the voxels where a model reads them."""
        with self.stage("features", "describing", "volume") as progress:
            self.features = described(self.inspected, bits, self.context.columns, self.request, progress)
        write_parquet(self.folder.features, self.features)
        write_parquet(self.folder.rows, self.rows)
        write_json(self.folder.audit, as_json(self.inspected.findings(self.features, bits)))
        context = self.context
        if _looks(plan_jobs(context.settings, context.catalog.available(), volumes=True, contract=context.contract)):
            volumes = packed(self.inspected, bits, self.features, self.folder)
            self.context = replace(context, volumes=volumes)

    def compare(self) -> None:
        """Fit and predict every job that is not finished."""
        settings = self.context.settings
        groups = find_groups(
            self.rows,
            self.inspected.inspection.readable,
            observations=self.inspected.observations.frame,
            group_columns=settings.group_columns,
            ood_column=settings.ood_column,
        )
        with self.stage("models", "comparing", "job group") as progress:
            self.record = run_comparison(self.context, self.rows, self.features, groups=groups, progress=progress)
        self.context = replace(self.context, catalog=sized(self.context.catalog, self.record.rules))
        _say_empty(self.record)
        if not self.request.shard:  # else they are placed where the parts are put together
            place(self.checked_entries, self.folder.path)

    def write_part(self, shard: Shard) -> Path:
        """Write the record of a finished part; its path."""
        write_json(self.folder.part, _part_record(self.request, shard, self.record))
        return self.folder.part

    def score(self) -> None:
        """Write the score tables."""
        context = self.context
        with self.stage("scores", "scoring", "target") as progress:
            score_run(
                self.folder.path,
                context.settings,
                catalog=context.catalog,
                workers=context.workers,
                memory=context.memory,
                progress=progress,
            )

    def study(self) -> None:
        """Write the tables of the studies."""
        context = self.context
        with self.stage("studies", "studying", "study job") as progress:
            self.studies = run_studies(
                self.folder.path,
                context.settings,
                self.request.settings.study,
                tiers=context.tier_of,
                families=context.family_of,
                metres=context.metres,
                catalog=context.catalog,
                workers=context.workers,
                device=context.device,
                seconds_features=feature_seconds(self.features["volume_digest"]),
                memory=context.memory,
                progress=progress,
            )

    def show(self) -> None:
        """Write the gallery."""
        with self.stage("gallery", "gallery", "volume") as progress:
            write_gallery(
                self.folder.path,
                paths_by_digest(self.inspected),
                self.inspected.inspection.phase,
                self.inspected.settings.volume,
                catalog=self.context.catalog,
                device=self.request.device if self.engine.is_local else "auto",
                progress=progress,
            )

    def bundle(self) -> None:
        """Write the final models."""
        with self.stage("bundle", "bundling", "model group") as progress:
            write_bundle(
                self.folder.path,
                self.inspected.settings,
                self.inspected.inspection.phase,
                self.context.columns,
                catalog=self.context.catalog,
                device=self.context.device,
                workers=self.context.workers,
                progress=progress,
            )

    def report(self) -> Path:
        """Write the manifest and the report of the finished stages; the report's path."""
        write_json(self.folder.manifest, with_entries(self._manifest(), entered(self.folder.path)))
        return write_report(self.folder.path)

    def finish(self) -> Path:
        """Write manifest and report again with all stages in them; RunError where one failed."""
        if self.stages.failures:
            self.optional("report", self.report)
            self.stages.raise_failures(f"The report is there: {self.folder.report}.")
        return self.report()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what is compared: keys, digests, scalars and targets, however the files hold them."""
        state = hashlib.sha256("|".join(self.rows.columns).encode())
        state.update(pd.util.hash_pandas_object(self.rows, index=False).to_numpy().tobytes())
        return state.hexdigest()

    def _manifest(self) -> dict[str, Any]:
        inspected, observations, phase = (
            self.inspected,
            self.inspected.observations.frame,
            self.inspected.inspection.phase,
        )
        left_out = count_left_out(
            observations,
            inspected.inspection.frame,
            non_percolating=self.context.settings.non_percolating,
            contract=inspected.contract,
        )
        jobs = self.record.jobs
        checks = {item.code: item.module for item in all_checks()}
        used = {item.job.model for item in jobs}
        return build_manifest(
            name=self.request.out.name,
            created=self.clock.first_began,
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            command=self.request.command,
            settings={key: value for key, value in inspected.settings.as_dict().items() if key != "plugins"},
            data={
                "path_name": self.request.data.name,
                "digest": self.digest,
                "n_rows": len(observations),
                "n_volumes": int(self.rows["volume_digest"].nunique()),
                "n_designs": int(self.rows["design_digest"].nunique()),
                "n_failed": int(observations["failed"].sum()),
                "n_left_out": left_out.total,
                "left_out": asdict(left_out),
            },
            phase={
                **asdict(phase),
                "pore_value": ", ".join(sorted(inspected.inspection.readable["pore_value"].unique())),
            },
            current_sign=inspected.observations.current_sign,
            device=self.backend,
            targets=describe_targets(
                observations, list(dict.fromkeys(item.job.target for item in jobs)), inspected.contract
            ),
            models=[info for info in self.context.catalog.available() if info.name in used],
            descriptors=self.context.columns,
            record=self.record,
            studies=[item.as_dict() for item in self.studies],
            timing=self.clock.seconds,
            self_check=[item.as_dict() for item in self.checked] or None,
            failed_stages=self.stages.failures,
            contract=inspected.contract,
            plugins=[asdict(item) for item in used_plugins(self.models, self.context.columns, checks)],
        )


def _model_device(backend: str, asked: str) -> Device:
    """Device to fit models on: the one asked for, or with ``auto`` CUDA for those whose library can use the device."""
    if backend != "cuda":
        return "cpu"
    return "auto" if asked == "auto" else "cuda"


def _contract_record(request: Request) -> dict[str, str]:
    return {} if request.contract.built_in else {"contract": contract_text(request.contract)}


def _part_record(request: Request, shard: Shard, record: ComparisonRecord) -> dict[str, Any]:
    """Record of a finished part, as strict JSON."""
    places = {
        name: None if (place := getattr(request, name)) is None else str(place.absolute())
        for name in ("data", "images", "labels")
    }
    return {
        "poregrove_version": __version__,
        "shard": str(shard),
        "request": {
            **places,
            "settings": request.settings.as_dict(),
            "entries": _absolute(request.entries),
            **_contract_record(request),
        },
        "jobs": [job.as_dict() for job in record.jobs],
    }


def _absolute(entries: Iterable[str]) -> list[str]:
    """``NAME=FILE`` words with absolute paths, for use in another folder."""
    return [f"{name}={Path(path.strip()).absolute()}" for name, _, path in (text.partition("=") for text in entries)]


def _checked_entries(
    entries: tuple[Entry, ...], rows: pd.DataFrame, inspected: InspectedDataset, request: Request
) -> tuple[CheckedEntry, ...]:
    """The entries that fit the folds of this comparison and are not in its folder yet; EntryError before anything is made."""
    if not entries:
        return ()
    there = entered(request.out)
    refuse_other_predictions(entries, there, request.out)
    known = {record["name"] for record in there}
    checked = check_entries(entries, fold_data(rows, inspected, request), inspected.settings.comparison)
    return tuple(item for item in checked if item.entry.name not in known)


def _looks(jobs: Iterable[Job]) -> bool:
    """Whether a planned job reads voxels."""
    sets = (FEATURE_SET_BY_NAME[name] for name in {job.features for job in jobs})
    return any(item.volumes or item.embedding for item in sets)


def _check_options(catalog: InstalledModels) -> None:
    """Refuse options that a model does not have; one that is not installed is left for its jobs to say."""
    for name in catalog.options:
        with suppress(MissingExtraError):
            catalog.create(name)


def _check_storable(catalog: InstalledModels, models: Iterable[str]) -> None:
    """Refuse a model of a plug-in whose fits a bundle could not keep, before anything is read."""
    for name in models:
        if origin_of(name) and hasattr(model := catalog.create(name), "check_storable"):
            model.check_storable()


def _probed() -> tuple[ProbeOutcome | ImageOutcome, ...]:
    with console.progress("probing", "crossing") as progress:
        checked = check_folds(progress=progress)
    console.say(table(checked))
    refuse_leaks(checked)
    gains = check_image()
    console.say(f"\n{image_lines(gains)}")
    refuse_false_gains(gains)
    return (*checked, *gains)


def _say_empty(record: ComparisonRecord) -> None:
    """Name the targets that no row has a value of."""
    jobs = [(item.job.target, item.reason == NO_VALUE) for item in record.jobs]
    for target in dict.fromkeys(name for name, _ in jobs):
        if all(empty for name, empty in jobs if name == target):
            log.warning("%s: %s", target, NO_VALUE)
