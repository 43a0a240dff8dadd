"""The sections of the report, in reading order: each is declared here once.

To add one: a file in ``summary/`` that computes a frozen record, a field of that name in ``Summary``, a
template, and a line here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """One section: its anchor in the page, its title, its template, and the parts of ``Summary`` that it shows."""

    name: str
    title: str
    template: str
    summary: tuple[str, ...]


SECTIONS: tuple[Section, ...] = (
    Section("verdict", "Verdict", "verdict.html", ("challengers", "answers", "verdict")),
    Section("use", "Use this", "use.html", ("use_this",)),
    Section("audit", "Audit", "audit.html", ("audit", "model_checks")),
    Section("data", "Data and regimes", "dataset.html", ("dataset",)),
    Section("gallery", "Volumes", "gallery.html", ("gallery",)),
    Section("targets", "Targets", "targets.html", ("targets",)),
    Section("image", "What the image adds", "image.html", ("shares", "image_adds")),
    Section("gap", "Optimism gap", "gap.html", ("gaps",)),
    Section("leaderboard", "Leaderboard", "leaderboard.html", ("leaderboard",)),
    Section("overall", "Overall score", "overall.html", ("overall",)),
    Section("parity", "Parity and residuals", "parity.html", ("parity",)),
    Section("worst", "Worst predictions", "worst.html", ("worst",)),
    Section("calibration", "Intervals", "calibration.html", ("calibration",)),
    Section("network", "Voxels against descriptors", "network.html", ("duels", "trainings")),
    Section("entries", "Entries", "entries.html", ("entries",)),
    Section("learning", "Learning curves", "learning.html", ("learning",)),
    Section("ablation", "Ablation by family", "ablation.html", ("ablations",)),
    Section("importance", "What the models look at", "importance.html", ("importances",)),
    Section("cost", "Cost", "cost.html", ("cost",)),
    Section("glossary", "Glossary", "glossary.html", ("glossary",)),
    Section("manifest", "Reproduce", "manifest.html", ("provenance",)),
)
