"""Entries added to a finished run: checked, scored among its models and reported, without fitting anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import EntryError, RunError
from ...models import registry
from ...reports import write_report
from ..data.contract_file import run_contract
from ..execution import console
from ..execution.parallel import Workers
from ..runs.atomic import write_json
from ..runs.entries import read_entries
from ..runs.finished import Run
from ..runs.folder import RunFolder
from ..tables.run_tables import load_data
from .entered import entered, place, with_entries
from .entries import check_entries
from .score import score_run


def enter(
    run_dir: Path,
    entries: Sequence[str],
    *,
    replace: bool = False,
    workers: Workers = None,
    memory: float | None = None,
    command: Sequence[str] = (),
) -> Path:
    """Add ``NAME=FILE`` entries to a finished run, score it anew and write its report; the report's path.

    Raises EntryError where an entry does not fit the folds of the run, or is there under its name already and
    ``replace`` does not say otherwise, and RunError where the folder holds no finished run; the run is unchanged then.
    """
    folder = RunFolder(run_dir)
    manifest = _manifest(folder)
    kinds = {item["name"]: item["kind"] for item in manifest.get("models", ()) if not item.get("entered")}
    taken = {info.name for info in registry.available()} | kinds.keys()
    given = read_entries(entries, taken=taken, contract=run_contract(run_dir))
    there = {item["name"].casefold() for item in manifest.get("entries", ())}
    if again := [entry.name for entry in given if entry.name.casefold() in there and not replace]:
        raise EntryError(f"{run_dir} has an entry {again[0]!r} already: enter it with --replace, or under another name")
    settings = Run(run_dir).settings
    checked = check_entries(given, load_data(run_dir), settings.comparison)
    with folder.locked(), folder.journal(command):
        place(checked, run_dir)
        with console.progress("scoring", "target") as progress:
            score_run(
                run_dir,
                settings.comparison,
                kinds=kinds,
                workers=workers,
                memory=memory,
                progress=progress,
            )
        write_json(folder.manifest, with_entries(manifest, entered(run_dir)))
        return write_report(run_dir)


def _manifest(folder: RunFolder) -> dict[str, Any]:
    if not folder.manifest.is_file():
        raise RunError(f"{folder.path}: expected a finished run with manifest.json; poregrove compare makes one")
    try:
        manifest: dict[str, Any] = json.loads(folder.manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{folder.manifest}: expected readable JSON, got: {error}") from error
    return manifest
