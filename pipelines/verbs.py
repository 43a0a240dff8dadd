"""What each verb of the command line does: options in, work by the rooms below, an exit code out."""

from __future__ import annotations

import argparse
import functools
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import SettingsError
from .execution import console
from .execution.parallel import Workers
from .execution.shards import Shard
from .settings import Settings, apply_assignments, read_settings

log = logging.getLogger(__name__)

Verb = Callable[[argparse.Namespace], int]

DONE, FAILED = 0, 1


def on_its_device(verb: Verb) -> Verb:
    """The verb, which ends before any work where the device that is insisted on does not answer."""

    @functools.wraps(verb)
    def run(options: argparse.Namespace) -> int:
        if options.device == "cuda":
            from ..features.backends import get_backend

            get_backend("cuda")
        return verb(options)

    return run


_NAMES_SHOWN = 10


@on_its_device
def compare(options: argparse.Namespace) -> int:
    """Audit, describe, compare and report."""
    from .compare import Request, run

    settings = _settings(options)
    with _workers(options) as workers:
        request = Request(
            data=options.data,
            out=options.out,
            settings=settings,
            images=options.images,
            labels=options.labels,
            device=options.device,
            workers=workers,
            memory=options.memory,
            resume=options.resume,
            shard=options.shard and Shard.parse(options.shard),
            command=tuple(options.words),
            self_check=options.self_check,
        )
        made = run(request)
    log.info("%s: %s", f"part {request.shard}" if request.shard else "report", made)
    return DONE


def self_check(options: argparse.Namespace) -> int:
    """Print what the leak probes came to; RunError, and so exit code 1, where one fails."""
    from .training.self_check import check_folds, refuse_leaks, table

    del options
    with console.progress("probing", "crossing") as progress:
        checked = check_folds(progress=progress)
    console.say(table(checked))
    refuse_leaks(checked)
    return DONE


@on_its_device
def demo(options: argparse.Namespace) -> int:
    """Compare on the shipped sample with the frozen preset."""
    from .commands.demo import demo_request
    from .compare import run

    request = demo_request(options.out, device=options.device, workers=options.workers, command=tuple(options.words))
    log.info("report: %s", run(request))
    return DONE


def audit(options: argparse.Namespace) -> int:
    """Print the findings; writes JSON where asked."""
    from .audit import as_json, text
    from .audit.inspection import study
    from .runs.atomic import write_json

    with console.progress("looking", "volume") as progress:
        seen = study(
            options.data,
            _settings(options),
            images=options.images,
            labels=options.labels,
            workers=options.workers,
            progress=progress,
        )
    findings = seen.findings()
    console.say(text(findings))
    if options.json:
        write_json(options.json, as_json(findings))
    return DONE


def targets(options: argparse.Namespace) -> int:
    """Write the target table."""
    from .data.dataset import open_dataset
    from .data.observations import observe
    from .data.target_table import target_table, write_target_table

    settings = _settings(options)
    dataset = open_dataset(options.data, images=options.images, labels=options.labels)
    with console.progress("targets", "row") as progress:
        observations = observe(dataset, settings.target, progress=progress)
    table = target_table(observations)
    write_target_table(table, options.out)
    log.info("%d rows: %s", len(table), options.out)
    return DONE


@on_its_device
def extract(options: argparse.Namespace) -> int:
    """Write descriptors; ends with exit code 1 and a list where a file could not be described."""
    from .extraction.extract import extract_paths

    shard = Shard.parse(options.shard) if options.shard else None
    out = shard.place(options.out) if shard else options.out
    with _workers(options) as workers, console.progress("extract", "volume") as progress:
        extraction = extract_paths(
            options.paths,
            settings=_settings(options).volume,
            tiers=options.tiers,
            columns=options.columns,
            images=options.images,
            device=options.device,
            workers=workers,
            shard=shard,
            progress=progress,
        )
    extraction.write(out)
    failures = extraction.failures
    log.info("%d volumes, %d failed: %s", len(extraction.frame), len(failures), out)
    for reason in failures["reason"].head(_NAMES_SHOWN):
        log.error("%s", reason)
    if len(failures) > _NAMES_SHOWN:
        log.error("and %d more: rows with status failed", len(failures) - _NAMES_SHOWN)
    return FAILED if len(failures) else DONE


def merge(options: argparse.Namespace) -> int:
    """Put the parts of a run or of a table together."""
    from .commands.merging import merge_extractions, merge_runs

    if options.whole.suffix == ".parquet":
        log.info("%d volumes: %s", merge_extractions(options.whole), options.whole)
        return DONE
    with _workers(options) as workers:
        report = merge_runs(
            options.whole, workers=workers, device=options.device, memory=options.memory, command=options.words
        )
    log.info("report: %s", report)
    return DONE


def report(options: argparse.Namespace) -> int:
    """Write the report of a run again, or a page that compares several."""
    from ..reports import write_comparison, write_report
    from .scoring.run_differences import run_differences

    runs = options.run_folders
    if len(runs) == 1:
        if options.out is not None:
            raise SettingsError(
                "--out names the page that compares several runs; a run's own report stays in its folder"
            )
        log.info("report: %s", write_report(runs[0]))
    else:
        out = options.out or runs[0] / "comparison.html"
        log.info("comparison of %d runs: %s", len(runs), write_comparison(runs, out, run_differences))
    return DONE


@on_its_device
def predict(options: argparse.Namespace) -> int:
    """Write predictions with intervals; ends with exit code 1 where a row has none, as its reason says."""
    from .bundle.predict_files import predict_data_set

    with console.progress("predict", "volume") as progress:
        table = predict_data_set(
            options.bundle,
            options.data,
            options.out,
            designs=options.designs,
            images=options.images,
            pore=options.pore,
            model=options.model,
            level=options.level,
            device=options.device,
            workers=options.workers,
            progress=progress,
        )
    unanswered = int(table["reason"].notna().sum())
    log.info("%d rows, %d without an answer: %s", len(table), unanswered, options.out)
    return FAILED if unanswered else DONE


def export(options: argparse.Namespace) -> int:
    """Write the boosters of a bundle as ONNX files, each tried against its original."""
    from .bundle.bundle import load_bundle
    from .bundle.onnx import export_onnx

    done = export_onnx(load_bundle(options.bundle), options.out, models=options.models)
    worst = max(item.deviation for item in done)
    log.info("%d ONNX files, largest deviation %.1e of the spread of predictions: %s", len(done), worst, options.out)
    return DONE


@on_its_device
def serve(options: argparse.Namespace) -> int:
    """Answer predictions over HTTP until interrupted."""
    from .bundle.http import serve as run

    run(
        options.bundle,
        host=options.host,
        port=options.port,
        device=options.device,
        max_megabytes=options.max_megabytes,
    )
    return DONE


def simulate(options: argparse.Namespace) -> int:
    """Make a simulated data set."""
    from .simulate.simulate import simulate as make

    with console.progress("simulate", "row") as progress:
        make(
            options.out,
            volumes=options.volumes,
            designs=options.designs,
            size=options.size,
            seed=options.seed,
            rows_per_volume=options.rows_per_volume,
            workers=options.workers,
            progress=progress,
        )
    log.info("data set: %s", options.out)
    return DONE


@on_its_device
def bench(options: argparse.Namespace) -> int:
    """Print times and errors beside the peers'."""
    from .bench import PREFERRED, cuda_table, run_bench, run_cuda_bench, table
    from .runs.atomic import write_json

    sizes = tuple(_whole(size) for size in options.sizes)
    if options.device == "cuda":
        size = PREFERRED if PREFERRED in sizes else max(sizes, default=0)
        result = run_cuda_bench(size=size, peers=not options.no_peers, repeats=options.repeats)
        console.say(cuda_table(result))
    else:
        result = run_bench(
            sizes=sizes,
            peers=not options.no_peers,
            repeats=options.repeats,
            reference=not options.no_reference,
        )
        console.say(table(result))
    if options.json:
        write_json(options.json, result)
    return DONE


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise SettingsError(f"--sizes expects whole numbers such as 64,128, got {text!r}") from error


@contextmanager
def _workers(options: argparse.Namespace) -> Iterator[Workers]:
    """Who does the work: processes of this machine, or a Dask cluster while the block runs."""
    if options.engine == "local":
        if options.scheduler:
            raise SettingsError("--scheduler names a Dask cluster and needs --engine dask")
        yield options.workers
        return
    from .execution.dask import dask_engine

    for name, value in vars(options).items():
        if isinstance(value, Path):
            setattr(options, name, value.absolute())  # workers have another working folder
    inputs = [options.data] if "data" in options else [path.absolute() for path in getattr(options, "paths", ())]
    with dask_engine(options.scheduler, workers=options.workers, must_see=inputs) as engine:
        yield engine


def _settings(options: argparse.Namespace) -> Settings:
    """Defaults, then the settings file, then ``--set``, then the options that have a flag of their own."""
    given = vars(options)
    settings = read_settings(given["config"]) if given.get("config") else Settings()
    settings = apply_assignments(settings, given.get("assignments", ()))
    chosen = _given(given, "models", "targets", "tiers", "feature_sets", "regimes", "folds", "repeats", "seed")
    if given.get("group_column"):
        chosen["group_columns"] = tuple(given["group_column"])
    return replace(
        settings,
        comparison=replace(settings.comparison, **chosen),
        volume=replace(settings.volume, **_given(given, "pore", "voxel_size")),
    )


def _given(options: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: options[name] for name in names if options.get(name) is not None}
