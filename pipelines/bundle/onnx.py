"""Models of a bundle as ONNX files, each tried against its original before it is kept.

    out/
      <target>/<regime>/<model>/<features>.onnx
      manifest.json      inputs in order with their kinds, unit and bounds of the output, largest deviation, SHA-256;
                         "without": the models that have no ONNX form, and why

A graph that deviates from its model is refused, and the folder then does not appear at all.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelError, RunError, SettingsError
from ...models.base import Columns, Fitted, Rows
from ...models.onnx.convert import as_onnx, reason_by_name, reason_without, run_onnx, thresholds
from ...models.onnx.graph import Finish
from ..runs.atomic import write_json
from ..tables.arrays import LIFE
from .bundle import BEST, Bundle
from .contents import FinalModel
from .integrity import MANIFEST, replacing_folder
from .ranges import Range

log = logging.getLogger(__name__)

_TRIED = 2_000
_SHARE_OF_GAPS = 0.05
_ZERO = 2e-35
"""LightGBM takes what is no larger than 1e-35 for 0, and splits there; nothing measured is that small and not 0."""
TOLERANCE = 1e-4
"""Largest deviation that is kept, as a share of the spread of the predictions."""


@dataclass(frozen=True)
class Exported:
    """One ONNX file, and how far it was seen to deviate from its original (share of the spread of predictions)."""

    target: str
    regime: str
    model: str
    features: str
    file: str
    unit: str
    scale: str
    inputs: tuple[str, ...]
    kinds: tuple[str, ...]
    bounds: tuple[float, float] | None
    deviation: float
    sha256: str


@dataclass(frozen=True)
class Without:
    """A model of the bundle that has no ONNX form, and why."""

    target: str
    regime: str
    model: str
    features: str
    roles: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Export:
    """What was written, and what was not."""

    done: tuple[Exported, ...]
    without: tuple[Without, ...]


def export_onnx(bundle: Bundle, out: Path, *, models: Sequence[str] = ()) -> Export:
    """Write the models of a bundle as ONNX graphs into the new folder ``out``.

    ``models``: their names; empty: every model that has an ONNX form, the others in ``without`` with their reasons.
    Raises RunError where ``out`` is there already, SettingsError for a model that the bundle lacks,
    ModelError naming a model that has no ONNX form or whose graph deviates from it, MissingExtraError.
    Nothing is left half-written.
    """
    if out.exists():
        raise RunError(f"{out}: expected a new folder, something is there already")
    held = tuple(dict.fromkeys(item.chosen.model for item in bundle.manifest.models))
    for name in models:
        if name not in held:
            raise SettingsError(f"unknown model {name!r}; the bundle holds {', '.join(held)}")
    wanted = [item for item in bundle.manifest.models if not models or item.chosen.model in models]
    reasons = {item.folder: _reason(bundle, item) for item in wanted}
    without = tuple(_without(item, reason) for item in wanted if (reason := reasons[item.folder]))
    able = [item for item in wanted if not reasons[item.folder]]
    if without and (models or not able):
        first = without[0]
        raise ModelError(f"{bundle.folder}: model {first.model!r} has no ONNX form: {first.reason}")
    for left in without:
        place = f"{left.model} on {left.target}, {left.regime}"
        (log.warning if BEST in left.roles else log.info)("%s has no ONNX form: %s", place, left.reason)
    with replacing_folder(out) as made:
        done = tuple(_exported(bundle, item, made) for item in able)
        manifest = {
            "poregrove_version": bundle.manifest.poregrove_version,
            "models": _plain(done),
            "without": [asdict(item) for item in without],
        }
        write_json(made / MANIFEST, manifest)
    return Export(done, without)


def _reason(bundle: Bundle, item: FinalModel) -> str | None:
    name = item.chosen.model
    return reason_by_name(name) or reason_without(name, bundle.fitted(item))


def _without(item: FinalModel, reason: str) -> Without:
    chosen = item.chosen
    return Without(chosen.target, chosen.regime, chosen.model, chosen.features, chosen.roles, reason)


def _exported(bundle: Bundle, item: FinalModel, folder: Path) -> Exported:
    chosen = item.chosen
    target = bundle.manifest.contract.target(chosen.target)
    columns = bundle.manifest.columns[item.columns]
    bounds = bundle.manifest.life_bounds if chosen.target == LIFE else None
    finish = Finish(exponential=target.scale == "log", bounds=bounds)
    fitted = bundle.fitted(item)
    graph = as_onnx(chosen.model, fitted, columns.names, finish)
    label = f"{chosen.model} on {chosen.target}, {chosen.regime}"
    deviation = round_trip(fitted, graph, finish, columns=columns, ranges=bundle.support.ranges, label=label)
    name = f"{chosen.target}/{chosen.regime}/{chosen.model}/{chosen.features}.onnx"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)  # a model may be there on several feature sets
    path.write_bytes(graph)
    kinds = (*("descriptor",) * len(columns.descriptors), *("scalar",) * len(columns.designs))
    return Exported(
        target=chosen.target,
        regime=chosen.regime,
        model=chosen.model,
        features=chosen.features,
        file=name,
        unit=target.unit,
        scale="raw",
        inputs=columns.names,
        kinds=(*kinds, *("joined",) * len(columns.joined)),
        bounds=bounds,
        deviation=deviation,
        sha256=hashlib.sha256(graph).hexdigest(),
    )


def round_trip(
    fitted: Fitted, graph: bytes, finish: Finish, *, columns: Columns, ranges: Sequence[Range], label: str
) -> float:
    """Largest deviation of a graph from its model on rows drawn from the training ranges and on its own thresholds.

    As a share of the spread of the predictions. Raises ModelError beyond ``TOLERANCE``.
    """
    block = _trial_rows(columns, ranges, thresholds(graph))
    answer = finish(fitted.predict(_as_rows(block, columns)).y)
    # Where the spread is small beside the values themselves, float32 cannot hold more than this of it.
    finest = 8 * np.finfo(np.float32).eps * float(np.abs(answer).max()) / TOLERANCE
    spread = max(float(answer.std()), finest) or 1.0
    deviation = float(np.abs(run_onnx(graph, block) - answer).max() / spread)
    if not deviation <= TOLERANCE:
        raise ModelError(
            f"{label}: the ONNX graph deviates from the model by {deviation:.2g} of the spread of its predictions, "
            f"at most {TOLERANCE:g} is allowed"
        )
    return deviation


def _trial_rows(
    columns: Columns, ranges: Sequence[Range], splits: Mapping[int, NDArray[np.float32]]
) -> NDArray[np.float32]:
    """float32[n, p]: uniform draws within the training range, some of them missing, some exactly at a threshold."""
    rng = np.random.default_rng(0)
    by_name = {item.name: item for item in ranges}
    block = np.empty((_TRIED, len(columns.names)), np.float32)
    for number, name in enumerate(columns.names):
        known = by_name.get(name)
        low, high = (known.low, known.high) if known else (-1.0, 1.0)
        block[:, number] = rng.uniform(low, high, _TRIED)
        at = splits.get(number)
        if at is not None and len(at):
            rows = rng.permutation(_TRIED)[: _TRIED // 4]
            steps = rng.integers(-1, 2, len(rows))
            drawn = rng.choice(at, len(rows)).astype(np.float32)
            block[rows, number] = np.where(
                steps == 0, drawn, np.nextafter(drawn, np.where(steps < 0, -np.inf, np.inf).astype(np.float32))
            )
    block[np.abs(block) <= _ZERO] = 0.0
    block[rng.random(block.shape) < _SHARE_OF_GAPS] = np.nan
    return block


def _as_rows(block: NDArray[np.float32], columns: Columns) -> Rows:
    """The block as rows; a fitted model knows its columns by name and order, not by where they came from."""
    n = len(block)
    return Rows(
        descriptors=block,
        designs=np.zeros((0, 0), np.float32),
        volume=np.arange(n, dtype=np.int32),
        design=np.full(n, -1, np.int32),
        columns=Columns(descriptors=columns.names),
    )


def _plain(done: Sequence[Exported]) -> list[dict[str, Any]]:
    """Values for strict JSON: a bound that is infinite is none."""
    values = [asdict(item) for item in done]
    for item in values:
        item["bounds"] = item["bounds"] and [bound if math.isfinite(bound) else None for bound in item["bounds"]]
    return values
