"""The weighted overall score, with and without the targets that flatter it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..tables import records
from .context import Context, ModelInfo, RegimeInfo
from .estimate import Estimate, estimate
from .labels import feature_set_label

VARIANTS: Mapping[str, tuple[str, str]] = {
    "all": ("all targets", "every target, weighted"),
    "without-derivable": ("without derivable", "without targets that a descriptor computes outright"),
    "without-coupled": ("without coupled", "without retention and fade rate, which are coupled to cycle life"),
    "without-both": ("without both", "without either kind"),
}


@dataclass(frozen=True)
class OverallRow:
    """One model with one feature set."""

    model: ModelInfo
    features: str
    features_label: str
    estimate: Estimate
    n_targets: int


@dataclass(frozen=True)
class OverallTable:
    """One variant of the score under one regime and metric: most targets first, then best first."""

    variant: str
    label: str
    meaning: str
    regime: RegimeInfo
    metric: str
    rows: tuple[OverallRow, ...]


@dataclass(frozen=True)
class Overall:
    """All variants under the hardest regime that has them."""

    tables: tuple[OverallTable, ...]
    reason: str


def overall(context: Context) -> Overall:
    """Overall scores as overall.parquet gives them, by skill where it has skill."""
    table = context.run.table("overall")
    present = [regime for regime in context.regimes if (table["regime"] == regime.name).any()]
    if not present:
        return Overall((), "The run holds no overall score.")
    regime = present[-1]
    rows = table[table["regime"] == regime.name]
    metric = "skill" if (rows["metric"] == "skill").any() else str(rows["metric"].iloc[0])
    rows = rows[rows["metric"] == metric]
    variants = [
        *(name for name in VARIANTS if (rows["variant"] == name).any()),
        *sorted(set(rows["variant"]) - set(VARIANTS)),
    ]
    tables = []
    for variant in variants:
        label, meaning = VARIANTS.get(variant, (variant, ""))
        found = [
            OverallRow(
                context.model(record["model"]),
                record["features"],
                feature_set_label(record["features"]),
                estimate(record),
                int(record["n_targets"]),
            )
            for record in records(rows[rows["variant"] == variant])
        ]
        found.sort(key=_order)
        tables.append(OverallTable(variant, label, meaning, regime, metric, tuple(found)))
    return Overall(tuple(tables), "")


def _order(row: OverallRow) -> tuple[int, bool, float, str, str]:
    known = row.estimate.known
    return -row.n_targets, not known, -row.estimate.value if known else 0.0, row.model.name, row.features
