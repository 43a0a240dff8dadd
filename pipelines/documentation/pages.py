"""The reference pages under ``docs/``, written from the declarations, so that they cannot disagree with the code."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from ...features import ColumnInfo, descriptors
from ...features.physics import quantities
from ...features.spacing import NOT_CUBIC
from ...models import registry
from ...schema import ALL_TARGETS, METRICS, REGIMES, SCALARS, TERMS, worded_rules
from ..audit import all_checks
from ..commands.descriptor_lists import bounds
from ..commands.settings_lists import Section, in_words, model_sections, sections
from ..runs.atomic import write_text
from ..runs.markdown import table
from ..scoring.model_check import all_model_checks
from ..settings import TargetSettings
from ..targets.fault import Fault
from .command_line import command_page
from .degenerate import degenerate_page
from .gallery import gallery_page, write_pictures
from .python_api import api_page
from .table_columns import tables_page

log = logging.getLogger(__name__)

_HEAD = "<!-- Written by `make docs` from the declarations; do not edit. -->\n\n"


def descriptor_page() -> str:
    """Every descriptor by tier and family, with unit, meaning, bounds, and when it is NaN."""
    lines = [
        "# Descriptors",
        "",
        "`poregrove.features.describe` computes these from one volume. Arrays are `(z, y, x)`, z leads through the",
        "electrode, `True` is pore. Lengths are in metres where the voxel size is given, else in voxels. A value that",
        "is undefined for a volume is NaN. The pore phase goes without saying in a name; axes and the solid are named.",
        "",
        "Where voxels are no cubes ([docs/voxels.md](voxels.md)) lengths are counted in their smallest edge, lags of",
        f"correlation functions too; columns that then are NaN say `{NOT_CUBIC}`. Columns of several phases",
        "([docs/phases.md](phases.md)) carry the name of their phase.",
        "",
    ]
    for tier, columns in groupby((item for item in descriptors() if not item.module), key=lambda column: column.tier):
        lines += [f"## Tier `{tier}`", ""]
        for family, members in groupby(columns, key=lambda column: column.family):
            lines += _family(family, list(members))
    lines += ["## Physics features (`physics`)", "", "From descriptors and design scalars, where both are known.", ""]
    rows = ((f"`{item.name}`", item.unit, item.meaning, item.reference) for item in quantities())
    return "\n".join([*lines, *table(("name", "unit", "meaning", "reference"), rows), ""])


def _family(family: str, columns: list[ColumnInfo]) -> list[str]:
    references = sorted({column.reference for column in columns if column.reference})
    versions = sorted({column.version for column in columns})
    rows = ((f"`{column.name}`", column.unit, column.meaning, bounds(column), _undefined(column)) for column in columns)
    return [
        f"### {family.replace('_', ' ')}",
        "",
        f"Version {', '.join(map(str, versions))}. {' '.join(references)}".rstrip(),
        "",
        *table(("name", "unit", "meaning", "bounds", "NaN where"), rows),
        "",
    ]


def _undefined(column: ColumnInfo) -> str:
    cubes = f"voxels that are no cubes (`{NOT_CUBIC}`)" if column.only_cubes else ""
    return "; ".join(filter(None, (column.undefined, cubes))) or "never"


def audit_page() -> str:
    """Every check of the audit with its severity, meaning and remedy."""
    lines = [
        "# The audit",
        "",
        "`poregrove audit DATA` runs these checks; they are also the second section of every report. Errors make a",
        "result wrong if ignored, warnings make it weaker, infos are good to know.",
        "",
    ]
    for item in (found for found in all_checks() if not found.module):
        meaning = item.meaning.strip()
        lines += [f"## `{item.code}`", "", f"*{item.severity}, counted in {item.unit}.* {meaning}", ""]
        lines += [f"Remedy: {item.remedy}", ""]
    return "\n".join(lines)


def model_checks_page() -> str:
    """Every check of models after training with its severity, meaning and remedy."""
    lines = [
        "# The checks of models",
        "",
        "A comparison asks these of its results after training; they stand beside the audit in the report and in",
        "`model_checks.json` of the run. `--set report.ignored=CODE` leaves findings of either kind out of the report.",
        "",
    ]
    for item in all_model_checks():
        lines += [
            f"## `{item.code}`",
            "",
            f"*{item.severity}.* {item.meaning.strip()}",
            "",
            f"Remedy: {item.remedy}",
            "",
        ]
    return "\n".join(lines)


def words_page() -> str:
    """Terms, targets with their rules, rules of trends, design scalars, regimes, metrics and models."""
    terms = ((item.name, item.meaning, ", ".join(f"`{where}`" for where in item.used_in)) for item in TERMS)
    targets = (
        (f"`{item.name}`", f"{item.weight:g}", item.unit, item.meaning, ", ".join(item.scales)) for item in ALL_TARGETS
    )
    scalars = ((f"`{item.column}`", f"`{item.name}`", item.unit, item.meaning) for item in SCALARS)
    regimes = ((item.label, f"`{item.name}`", item.meaning) for item in REGIMES)
    metrics = ((f"`{item.name}`", item.better, item.meaning) for item in METRICS)
    models = (
        (f"`{item.name}`", item.kind, item.meaning, item.reference)
        for item in (model.info for model in registry.registered())
    )
    defaults = asdict(TargetSettings())
    rules = ((f"`{item.name}`", rule) for item in ALL_TARGETS for rule in worded_rules(item.rules, defaults))
    trends = ((f"`trend_{item}`", item.meaning, item.rule) for item in Fault)
    parts: list[tuple[str, tuple[str, ...], Iterable[tuple[str, ...]]]] = [
        ("Terms", ("term", "meaning", "columns and options"), terms),
        ("Targets", ("name", "weight", "unit", "meaning", "scales, headline first"), targets),
        ("Rules of the targets, with the default settings", ("name", "rule"), rules),
        ("Capacity trends as they are stored", ("audit code", "what is odd", "what is done"), trends),
        ("Design scalars", ("column", "short name", "unit", "meaning"), scalars),
        ("Regimes", ("", "name", "what is new about the test rows"), regimes),
        ("Metrics", ("name", "better", "meaning"), metrics),
        ("Models", ("name", "kind", "meaning", "reference"), models),
    ]
    lines = ["# Words", ""]
    for title, head, rows in parts:
        lines += [f"## {title}", "", *table(head, rows), ""]
    return "\n".join(lines)


def settings_page() -> str:
    """Every setting of a settings file, with its default, what it may be and what it means."""
    lines = [
        "# Settings",
        "",
        "A settings file (`--config FILE`) is TOML with these sections; single ones are given by",
        "`--set section.key=value`, as in `--set comparison.folds=3`. What has a flag of its own (`--folds 3`) wins over both.",
        "`poregrove settings` prints all of this as such a file, `poregrove settings --of RUN` those of a run.",
        "",
    ]
    for section in sections():
        lines += _settings(section, "##")
    lines += ["## Models", "", "Sections of single models, over their own defaults.", ""]
    for section in model_sections():
        lines += _settings(section, "###")
    return "\n".join(lines)


def _settings(section: Section, level: str) -> list[str]:
    rows = (
        (
            f"`{item.name}`",
            f"`{in_words(item.default)}`",
            f"{item.kind}{', or left out' if item.optional else ''}",
            item.meaning,
        )
        for item in section.settings
    )
    return [
        f"{level} `[{section.name}]`",
        "",
        f"{section.meaning.rstrip('.')}.",
        "",
        *table(("name", "default", "expects", "meaning"), rows),
        "",
    ]


PAGES: Mapping[str, Callable[[], str]] = {
    "descriptors.md": descriptor_page,
    "audit.md": audit_page,
    "model-checks.md": model_checks_page,
    "words.md": words_page,
    "degenerate.md": degenerate_page,
    "settings.md": settings_page,
    "gallery.md": gallery_page,
    "cli.md": command_page,
    "tables.md": tables_page,
    "api.md": api_page,
}


def write_pages(folder: Path) -> None:
    """Write every page into ``folder``."""
    for name, page in PAGES.items():
        write_text(folder / name, page_text(page))


def outdated_pages(folder: Path) -> list[str]:
    """Names of the pages in ``folder`` that are missing or differ from what ``write_pages`` would write."""
    return [
        name
        for name, page in PAGES.items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != page_text(page)
    ]


def page_text(page: Callable[[], str]) -> str:
    """A page as it stands in its file."""
    return _HEAD + page().rstrip() + "\n"


def main(arguments: Sequence[str] | None = None) -> str | None:
    """Write the pages, or with ``--check`` say which are out of date; None where all is well, else the message."""
    parser = argparse.ArgumentParser(prog="python -m poregrove.pipelines.documentation", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs"), help="where the pages are, default: docs")
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 where a page is out of date")
    parser.add_argument("--pictures", action="store_true", help="draw those pictures of the gallery that are missing")
    options = parser.parse_args(arguments)
    if options.pictures:
        write_pictures(options.folder / "images" / "families")
    if not options.check:
        write_pages(options.folder)
        return None
    old = [str(options.folder / name) for name in outdated_pages(options.folder)]
    return f"out of date, run `make docs`: {', '.join(old)}" if old else None
