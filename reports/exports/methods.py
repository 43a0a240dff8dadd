"""A methods paragraph for a paper, filled in from a run, with the BibTeX of everything it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...schema.citations import bibtex, keys_of
from ..format import plural
from .latex import escaped

if TYPE_CHECKING:
    from ..summary import Summary

DIFFERENCES_BY = "Owen & Eckles 2012, doi:10.1214/12-AOAS547"
CORRECTED_BY = "Holm 1979"
INTERVALS_BY = "Barber et al. 2021, doi:10.1214/20-AOS1965"
EXPLAINED_BY = "Lundberg et al. 2020, doi:10.1038/s42256-019-0138-9"
SOURCES = (DIFFERENCES_BY, CORRECTED_BY, INTERVALS_BY, EXPLAINED_BY)
"""Sources of what is done with every model."""
_SKILL = (
    "The headline score is the skill, the share of the squared error of the best trivial baseline that a model removes on "
    "the same rows"
)
_LIBRARIES = ("numpy", "scipy", "numba", "scikit-learn", "xgboost", "lightgbm", "catboost", "torch")
_LIBRARIES_OF = {"xgboost": "xgboost", "lightgbm": "lightgbm", "catboost": "catboost", "cnn": "torch"}
"""Libraries that are named where the name of a model holds the word."""
_CITED = re.compile(r" \[(@[^\]]+)\]")


@dataclass(frozen=True)
class Methods:
    """The paragraph as Markdown with Pandoc's citations and as LaTeX, and the references of both."""

    markdown: str
    latex: str
    bibtex: str


def methods(summary: Summary) -> Methods:
    """The paragraph of a run; sources of models or descriptors that no entry is known of are left out of the references."""
    paragraphs = (_data(summary), _models(summary), _validation(summary), _software(summary))
    markdown = "\n\n".join(filter(None, paragraphs)) + "\n"
    return Methods(markdown, _as_latex(markdown), bibtex(filter(_known, _references(summary))) + "\n")


def _data(summary: Summary) -> str:
    data = summary.dataset
    counted = [
        plural(n, one)
        for n, one in ((data.n_rows, "row"), (data.n_volumes, "distinct volume"), (data.n_designs, "distinct design"))
        if n
    ]
    manifest = summary.provenance.manifest
    n_scalars, n_physics = len(summary.dataset.scalars), len(manifest.get("physics") or ())
    sentences = [
        f"The data set held {_series(counted)} (SHA-256 {data.digest[:12]})" if counted else "",
        f"{plural(data.n_left_out, 'row')} were left out" if data.n_left_out else "",
        f"Volumes were described by {plural(summary.glossary.n_descriptors, 'descriptor')} of the pore space"
        f"{_cited(_descriptor_references(manifest))}"
        + (f", designs by {plural(n_scalars, 'scalar')}" if n_scalars else "")
        + (
            f", both together by {plural(n_physics, 'physics feature')}{_cited(_physics_references(manifest))}"
            if n_physics
            else ""
        ),
        f"Targets: {'; '.join(item.target.label for item in summary.targets)}" if summary.targets else "",
    ]
    return _sentences(sentences)


def _models(summary: Summary) -> str:
    found = [model for model in summary.glossary.models if not model.trivial]
    told = [
        f"{model.label} ({model.meaning}){_cited([model.reference])}" if model.meaning else model.label
        for model in found
    ]
    trivial = [model.label for model in summary.glossary.models if model.trivial]
    sets = [item.label for item in summary.glossary.feature_sets if item.name != "none"]
    return _sentences(
        [
            f"The models compared were {_series(told)}" if told else "",
            f"Trivial baselines were {_series(trivial)}" if trivial else "",
            f"Each model saw the inputs it can take among: {'; '.join(sets)}" if sets else "",
        ]
    )


def _validation(summary: Summary) -> str:
    settings = _settings(summary)
    comparison = settings.get("comparison") or {}
    regimes = [
        f"{item.label} ({item.meaning}; {plural(item.n_folds, 'fold')})"
        for item in summary.dataset.regimes
        if item.defined and item.n_folds
    ]
    repeats, seed = comparison.get("repeats"), comparison.get("seed")
    dealt = f", dealt {'once' if repeats == 1 else f'{repeats} times'} from seed {seed}" if repeats else ""
    draws = comparison.get("bootstrap")
    drawn = f"{_cited([DIFFERENCES_BY])}{f' ({draws} draws)' if draws else ''}"
    return _sentences(
        [
            f"All models were scored out of fold on identical folds under {_series(regimes)}{dealt}" if regimes else "",
            _SKILL,
            f"Intervals of scores and of paired differences come from a cluster bootstrap over volumes and designs{drawn}",
            f"Differences were corrected by Holm's method{_cited([CORRECTED_BY])}",
            f"Intervals of predictions are conformal{_cited([INTERVALS_BY])}" if summary.calibration.rows else "",
            f"Contributions of inputs are exact tree SHAP values{_cited([EXPLAINED_BY])}"
            if summary.importances.found
            else "",
        ]
    )


def _software(summary: Summary) -> str:
    versions = dict(summary.provenance.versions)
    models = [model.name for model in summary.glossary.models]
    needed = {library for mark, library in _LIBRARIES_OF.items() if any(mark in name for name in models)}
    optional = set(_LIBRARIES_OF.values())
    named = [
        f"{name} {versions[name]}"
        for name in _LIBRARIES
        if name in versions and (name not in optional or name in needed)
    ]
    machine = dict(summary.provenance.machine)
    python = f"Python {machine['Python']}" if "Python" in machine else ""
    tools = _series(list(filter(None, (python, *named)))) or "its defaults"
    return _sentences(
        [
            f"Everything was computed by poregrove {summary.provenance.version} [@poregrove] with {tools}",
            f"The command was `{summary.provenance.command}`" if summary.provenance.command else "",
        ]
    )


def _settings(summary: Summary) -> Mapping[str, Any]:
    found = summary.provenance.manifest.get("settings")
    return found if isinstance(found, dict) else {}


def _references(summary: Summary) -> list[str]:
    manifest = summary.provenance.manifest
    found = [*_descriptor_references(manifest), *_physics_references(manifest)]
    found += [model.reference for model in summary.glossary.models]
    found += [DIFFERENCES_BY, CORRECTED_BY]
    found += [INTERVALS_BY] if summary.calibration.rows else []
    found += [EXPLAINED_BY] if summary.importances.found else []
    return found


def _descriptor_references(manifest: Mapping[str, Any]) -> list[str]:
    return [item.get("reference") or "" for item in manifest.get("descriptors") or ()]


def _physics_references(manifest: Mapping[str, Any]) -> list[str]:
    return [item.get("reference") or "" for item in manifest.get("physics") or ()]


def _known(reference: str) -> bool:
    try:
        keys_of(reference)
    except KeyError:
        return False
    return True


def _cited(references: Iterable[str]) -> str:
    """Pandoc's citation of some references, as far as they are known."""
    keys = dict.fromkeys(key for item in references if _known(item) for key in keys_of(item))
    return f" [{'; '.join(f'@{key}' for key in keys)}]" if keys else ""


def _series(parts: list[str]) -> str:
    return "".join(parts) if len(parts) < 2 else f"{', '.join(parts[:-1])} and {parts[-1]}"  # noqa: PLR2004  a and b


def _sentences(found: Iterable[str]) -> str:
    return " ".join(f"{text[0].upper()}{text[1:]}." for text in found if text)


def _as_latex(markdown: str) -> str:
    pieces = _CITED.split(markdown)
    text = "".join(
        f"~\\cite{{{piece.replace('@', '').replace('; ', ',')}}}" if number % 2 else _code(piece)
        for number, piece in enumerate(pieces)
    )
    return f"% references: references.bib\n{text}"


def _code(text: str) -> str:
    return "".join(
        f"\\texttt{{{escaped(piece)}}}" if number % 2 else escaped(piece)
        for number, piece in enumerate(text.split("`"))
    )
