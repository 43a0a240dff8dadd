"""A bundle's model card: what it predicts, from what, how well, and who should leave it alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from ...features.voxels import spacing_in_words
from ...reports.format import between, count, number, quantity, score
from ...schema import MAIN_REGIMES, REGIME_BY_NAME
from ...schema.citations import bibtex
from .bundle import BEST
from .contents import FinalModel, Manifest

CARD = "MODEL_CARD.md"
_READING = (
    "Out-of-fold scores of the model that answers, under each case of what is new, on the scale it is learned on, with "
    "95 % intervals over volumes and designs. *Skill* is the share of the squared error of the best trivial baseline "
    "that it removes: 0 is no better than that baseline."
)


def model_card(manifest: Manifest, scores: pd.DataFrame) -> str:
    """The card of a bundle as Markdown; ``scores`` are those of its run, with intervals."""
    places = [target.name for target in manifest.contract.targets]
    best = sorted(
        (item for item in manifest.models if BEST in item.chosen.roles),
        key=lambda item: (places.index(item.chosen.target), MAIN_REGIMES.index(item.chosen.regime)),
    )
    parts = (
        ["# Model card", "", *_what(manifest)],
        ["## How well", "", *_scores(manifest, best, scores)],
        ["## Trained on", "", *_trained_on(manifest)],
        ["## Limits", "", *(f"- {line}" for line in _limits(manifest, best, scores))],
        ["## Who should not use it", "", *(f"- {line}" for line in _not_for(manifest))],
        ["## Use", "", *_use(manifest)],
    )
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _what(manifest: Manifest) -> list[str]:
    inputs = [f"{len(manifest.descriptors)} descriptors of the pore space of a 3D image"]
    if manifest.contract.scalars:
        inputs.append(f"{len(manifest.contract.scalars)} design scalars")
    targets = [
        f"- `{target.name}` ({target.unit}): {target.meaning}"
        for target in manifest.contract.targets
        if any(item.chosen.target == target.name for item in manifest.models)
    ]
    lines = [f"Predicts, with intervals, from {' and '.join(inputs)}:", "", *targets]
    if manifest.without:
        lines += ["", "Not in it:", "", *(f"- {what}: {reason}" for what, reason in manifest.without.items())]
    return lines


def _scores(manifest: Manifest, best: Sequence[FinalModel], scores: pd.DataFrame) -> list[str]:
    lines = [
        _READING,
        "",
        "| Target | Case | Model | Inputs | Skill | R² | RMSE |",
        "|---|---|---|---|---|---|---|",
    ]
    for item in best:
        chosen = item.chosen
        target = manifest.contract.target(chosen.target)
        shown = [_with_interval(_score(scores, item, target.scale, metric)) for metric in ("skill", "r2")]
        error = _score(scores, item, target.scale, "rmse")[0]
        in_unit = f"{number(error)} (logarithm)" if target.scale == "log" else quantity(error, target.unit)
        cells = (target.label, _case(chosen.regime), chosen.model, chosen.features, *shown, in_unit)
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _case(regime: str) -> str:
    known = REGIME_BY_NAME[regime]
    return f"{known.label}, {known.meaning}"


def _score(scores: pd.DataFrame, item: FinalModel, scale: str, metric: str) -> tuple[float, float, float]:
    """Value and bounds; NaN where the run has none."""
    chosen = item.chosen
    wanted = {
        "target": chosen.target,
        "model": chosen.model,
        "features": chosen.features,
        "regime": chosen.regime,
        "scale": scale,
        "metric": metric,
    }
    own = scores
    for column, value in wanted.items():
        own = own[own[column] == value]
    if own.empty:
        return (float("nan"),) * 3
    value, low, high = own[["value", "lo", "hi"]].to_numpy(float)[0]
    return value, low, high


def _with_interval(found: tuple[float, float, float]) -> str:
    value, low, high = found
    bounds = between(low, high)
    return f"{score(value)} ({bounds})" if bounds else score(value)


def _trained_on(manifest: Manifest) -> list[str]:
    counts = ", ".join(f"{count(n)} {name.replace('_', ' ')}" for name, n in manifest.training.items())
    size = _voxel_size(manifest)
    edge = f"voxels of {size}" if size else manifest.volume.voxel_size_from or "voxels of unknown size"
    return [
        f"{counts}; {edge}. Data digest `{manifest.made_from.get('data', 'unknown')}`.",
        "",
        f"Made by poregrove {manifest.poregrove_version} with "
        + ", ".join(f"{name} {version}" for name, version in manifest.versions.items() if version)
        + ".",
    ]


def _limits(manifest: Manifest, best: Sequence[FinalModel], scores: pd.DataFrame) -> Iterator[str]:
    contract = manifest.contract
    weak = {
        contract.target(item.chosen.target).label: None
        for item in best
        if not _score(scores, item, contract.target(item.chosen.target).scale, "skill")[1] > 0
    }
    if weak:
        yield f"Under some case no better than a trivial baseline, beyond noise: {', '.join(weak)}."
    derivable = [
        contract.target(item.chosen.target).label for item in best if contract.target(item.chosen.target).derivable
    ]
    if derivable:
        yield f"A descriptor computes these outright; compute them instead: {', '.join(dict.fromkeys(derivable))}."
    yield (
        "Trees and bounded models do not extrapolate: `outside` names inputs beyond their training range, `distant` volumes "
        "unlike those of training. Believe neither value nor interval there."
    )
    yield "Intervals rest on the residuals of each case; where volume and design are both new their coverage is not guaranteed."
    if manifest.impossible == "drop":
        yield "Cells of volumes without a pore path along z were never learned and are not predicted."
    yield "What is learned is an association in the training data, not a cause."


def _not_for(manifest: Manifest) -> Iterator[str]:
    yield "Anyone who decides about safety, warranty or the release of a cell by it: nothing here was tested for that."
    yield "Anyone with another chemistry, cell format, cycling protocol or simulation than the training data had."
    size = _voxel_size(manifest)
    edge = f" ({size})" if size else ""
    yield f"Anyone with images of another voxel size{edge}, of a much smaller field of view, or segmented by another rule."
    yield "Anyone who wants to know which change of an electrode makes it better: predictions are no experiment."


def _use(manifest: Manifest) -> list[str]:
    designs = " --designs designs.csv" if manifest.contract.scalars else ""
    entry = bibtex(())
    return [
        f"    poregrove predict BUNDLE volumes/{designs} --out predictions.parquet",
        "",
        "Please cite:",
        "",
        *(f"    {line}" for line in entry.splitlines()),
    ]


def _voxel_size(manifest: Manifest) -> str | None:
    """The edges of a voxel in words, None where the settings give none."""
    size = manifest.volume.voxel_size
    if size is None:
        return None
    return spacing_in_words(size if isinstance(size, tuple) else (size, size, size))
