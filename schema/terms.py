"""Meanings of the terms of tables and of the command line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One term; ``used_in`` names columns of tables and options of the command line that carry it."""

    name: str
    meaning: str
    used_in: tuple[str, ...] = ()


TERMS: tuple[Term, ...] = (
    Term(
        "volume",
        "the 3D image of one electrode, found by its file name and identified by its content",
        ("volume_digest",),
    ),
    Term("design", "one combination of the 15 design scalars: a parameter vector", ("design_digest", "param_id")),
    Term("row", "one cell: a volume, a design and what was measured or simulated for them", ("row",)),
    Term("target", "a quantity that is predicted, learned and scored on its own", ("target", "--targets")),
    Term(
        "derivable target",
        "a target that a descriptor computes outright from the image, so that predicting it is no feat; overall scores"
        " come with and without these",
        ("variant",),
    ),
    Term(
        "companion",
        "a target of weight 0 that is predicted and scored beside another one, to show what its definition changes",
    ),
    Term("descriptor", "a named number computed from a volume alone: a column of `features.parquet`", ("--columns",)),
    Term(
        "tier",
        "a set of descriptors of similar cost: `morphology` (shape and size), `transport` (diffusion through the pores),"
        " `network` (pore networks, an extra)",
        ("--tiers",),
    ),
    Term(
        "family",
        "the descriptors that one file computes together; ablation leaves out one family at a time",
        ("level",),
    ),
    Term(
        "feature set",
        "the columns that a model may look at: design scalars, tiers of descriptors, physics features, voxels or the"
        " network's embedding",
        ("features", "--feature-sets"),
    ),
    Term(
        "regime", "a rule of splitting: what is new about the rows that a model is tested on", ("regime", "--regimes")
    ),
    Term(
        "group",
        "volumes, or designs, that are too alike to stand on both sides of a split: copies, cut-outs of one image,"
        " repeated parameter vectors; bootstrap and folds draw whole groups",
        ("n_groups", "--group-column"),
    ),
    Term(
        "fold",
        "one part of the rows, predicted by models that are fitted on the other parts; all models share the folds",
        ("fold", "--folds"),
    ),
    Term(
        "inner fold",
        "a fold within the training rows of a fold, for ensembles, tuning and intervals; cut by the rule of its regime",
    ),
    Term(
        "repeat",
        "a deal of all folds with a seed of its own, numbered from 0; the loss of a row is its mean over the deals: 5"
        " where a dimension that is held out has fewer than 100 groups, else 3",
        ("repeat", "--repeats"),
    ),
    Term(
        "baseline",
        "a trivial model that knows only means of the training rows, over all, by volume or by design; each fold takes"
        " the one that erred least on the folds that share no group with it",
    ),
    Term(
        "skill",
        "1 - SSE / SSE of the baseline of the regime on the same rows: 1 is perfect, 0 is no better than the baseline,"
        " below 0 is worse; estimated is that of the procedure on new groups of the same population at this size of"
        " training",
        ("metric",),
    ),
    Term(
        "interval",
        "of a score: value +- W t s on logarithms, s the standard deviation over draws of volumes, designs and deals, t of"
        " v = min(volumes, designs) - 1 degrees of freedom, W = 1 + 6 / v (1.5 with 13 designs, 1.17 with 36) found by"
        " simulation; with one deal it is conditional on that deal",
        ("lo", "hi"),
    ),
    Term(
        "choice",
        "the best of all candidates of a target, with its score less what the choice flatters it by, as a bootstrap of the"
        " choice tells",
        ("value_chosen",),
    ),
    Term(
        "headline",
        "what the report leads with: the skill on a target's first scale, in `new-both` where the data are crossed",
    ),
    Term("scale", "whether a target is learned or scored as it is (`raw`) or as its logarithm (`log`)", ("scale",)),
    Term(
        "level",
        "of an interval: the share of rows that it should hold (0.9); of an importance: whether a column, a family or a"
        " group of correlated columns is judged",
        ("level", "--level"),
    ),
    Term(
        "optimism gap",
        "R2 in `random` minus R2 in the strictest regime there is: what a random split promises too much",
        ("gap",),
    ),
    Term("finding", "what a check of the audit found: its count, severity, remedy and a query that reproduces it"),
    Term("run", "the folder that one comparison writes, with all of its tables, records and the report", ("--out",)),
    Term("bundle", "the final models of a run, in a folder of their own that `poregrove predict` reads"),
)
