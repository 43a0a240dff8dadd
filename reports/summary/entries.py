"""Predictions entered from elsewhere: how many of the folds they cover, and what cannot be checked here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..format import lowered, plural
from .context import Context, ModelInfo, RegimeInfo, whole
from .estimate import number
from .labels import feature_set_label

UNCHECKED = (
    "Entries were trained elsewhere. Their rows, folds and units are checked; that training looked at no test row cannot "
    "be checked here."
)


@dataclass(frozen=True)
class EntryCoverage:
    """Coverage by an entry of the folds of one regime; ``targets`` are their labels."""

    regime: RegimeInfo
    features_label: str
    targets: tuple[str, ...]
    n_repeats: int
    n_folds: int
    n_folds_of_run: int
    n_rows: int

    @property
    def complete(self) -> bool:
        """Whether it has every fold of the run."""
        return self.n_folds == self.n_folds_of_run


@dataclass(frozen=True)
class EntryFileInfo:
    """A file that was handed in."""

    name: str
    features_label: str
    sha256: str
    digest_given: bool


@dataclass(frozen=True)
class EntryInfo:
    """One entry: its metadata, its coverage of the folds, and remarks for the reader."""

    model: ModelInfo
    entered: str
    parameters: int | None
    seconds_fit: float
    files: tuple[EntryFileInfo, ...]
    coverage: tuple[EntryCoverage, ...]
    remarks: tuple[str, ...]
    alarms: tuple[str, ...]
    """Predictions that look like the truth itself."""


@dataclass(frozen=True)
class Entries:
    """All entries of a run."""

    found: tuple[EntryInfo, ...]
    unchecked: str

    @property
    def alarms(self) -> tuple[str, ...]:
        """Alarms of all entries."""
        return tuple(alarm for item in self.found for alarm in item.alarms)


def entries(context: Context) -> Entries:
    """The entries in the manifest."""
    found = tuple(_entry(context, record) for record in context.run.manifest.get("entries") or ())
    return Entries(found, UNCHECKED if found else "")


def coverage_note(context: Context, model: str, features: str, target: str, regime: str) -> str:
    """Note on the folds of a board that an entry or a network lacks, in a few words; empty where it lacks none."""
    if (deals := context.fewer_deals(model, regime)) is not None:
        return f"on {deals} of {plural(context.regime(regime).n_repeats or deals, 'deal')}"
    for record in context.run.manifest.get("entries") or ():
        for part in record["parts"]:
            key = (record["name"], part["features"], part["target"], part["regime"])
            if key == (model, features, target, regime) and part["folds"] < part["folds_of_run"]:
                return f"on {part['folds']} of {part['folds_of_run']} folds"
    return ""


def _entry(context: Context, record: Mapping[str, Any]) -> EntryInfo:
    model = context.model(str(record["name"]))
    labels = {target.name: target.label for target in context.targets}
    parts = [part for part in record["parts"] if part["target"] in labels]
    return EntryInfo(
        model=model,
        entered=str(record.get("entered") or ""),
        parameters=whole(record.get("parameters")),
        seconds_fit=number(record.get("seconds_fit")),
        files=tuple(
            EntryFileInfo(
                str(file["name"]),
                feature_set_label(str(file["features"])),
                str(file["sha256"]),
                bool(file["folds_digest"]),
            )
            for file in record["files"]
        ),
        coverage=_coverage(context, parts, labels),
        remarks=tuple(_remarks(context, record, parts, labels)),
        alarms=tuple(_alarms(context, model, parts)),
    )


def _coverage(context: Context, parts: list[Mapping[str, Any]], labels: Mapping[str, str]) -> tuple[EntryCoverage, ...]:
    """Parts that have the same folds, together."""
    alike: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for part in parts:
        key = part["regime"], part["features"], part["folds"], part["folds_of_run"], len(part["repeats"]), part["rows"]
        alike.setdefault(key, []).append(part)
    order = [regime.name for regime in context.regimes]
    found = [
        EntryCoverage(
            regime=context.regime(regime),
            features_label=feature_set_label(features),
            targets=tuple(labels[part["target"]] for part in own),
            n_repeats=repeats,
            n_folds=folds,
            n_folds_of_run=of_run,
            n_rows=rows,
        )
        for (regime, features, folds, of_run, repeats, rows), own in alike.items()
    ]
    return tuple(sorted(found, key=lambda item: (item.features_label, order.index(item.regime.name))))


def _remarks(
    context: Context, record: Mapping[str, Any], parts: list[Mapping[str, Any]], labels: Mapping[str, str]
) -> list[str]:
    remarks = [str(remark) for remark in record["remarks"]]
    scored = {key[0] for key, cells in context.cells.items() if cells}
    own = {part["target"] for part in parts}
    lacking = [lowered(label) for name, label in labels.items() if name in scored - own]
    if lacking:
        remarks.append(f"no predictions of {', '.join(lacking)}")
    defined = {regime.name: regime.label for regime in context.regimes if regime.defined}
    absent = [label for name, label in defined.items() if name not in {part["regime"] for part in parts}]
    if absent:
        remarks.append(f"no predictions under {', '.join(absent)}")
    if clipped := sum(int(part.get("clipped") or 0) for part in parts if not part.get("mirrored")):
        remarks.append(f"{plural(clipped, 'life', 'lives')} moved into what a life can be, as those of every model are")
    if not all(file["folds_digest"] for file in record["files"]):
        remarks.append("its file names no folds digest, so rows and folds alone tie it to these data")
    return remarks


def _alarms(context: Context, model: ModelInfo, parts: list[Mapping[str, Any]]) -> list[str]:
    found = []
    for target in context.targets:
        own = [
            part for part in parts if part["target"] == target.name and part.get("suspicion") and not part["mirrored"]
        ]
        if own:
            under = ", ".join(dict.fromkeys(context.regime(part["regime"]).label for part in own))
            why = "a descriptor computes this target outright" if target.derivable else "as predictions hardly ever are"
            found.append(f"{model.label} on {lowered(target.label)} under {under}: {own[0]['suspicion']}, {why}.")
    return found
