"""A crossed set of known law: what a model that has learned everything would score is known too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from poregrove.models.base import Columns, Rows
from poregrove.schema import SCALARS

NOISE = 0.1
"""Standard deviation of the noise, the law's being 1: no R2 can exceed 1 / (1 + NOISE^2) = .990."""
BENT = 0.65
"""Share of the products and the threshold: about a tenth of the variance is beyond a linear model.

It is as hard as the law on which the leaf rule was found, where an elastic net had .91, a Gaussian process .96 and
XGBoost with leaves of 4 designs .81 to .85 (67 training designs).
"""
IRRELEVANT = 40
"""Descriptors beside the four of the law: noisy functions of the same two latent variables."""


@dataclass(frozen=True, eq=False)
class Crossing:
    """Every volume with every design: rows and their target."""

    rows: Rows
    y: np.ndarray


def crossing(volumes: int, designs: int, seed: int) -> Crossing:
    """A polynomial of the second degree in logarithms, with one threshold.

    Five scalars act on their own, four of them in two products and a square; porosity, tortuosity factor
    and specific surface act on their own, and on the effect of two scalars; above a threshold of the first scalar and
    the porosity the slope changes. No physics feature is among the columns.
    """
    rng = np.random.default_rng(seed)
    u = rng.normal(0, 1, (designs, len(SCALARS)))
    scalars = np.exp(0.5 * u)
    latent = rng.normal(0, 1, (volumes, 2))
    porosity = 0.4 * np.exp(0.25 * latent[:, 0])
    tau = porosity**-0.6 * np.exp(0.1 * latent[:, 1])
    surface = np.exp(0.3 * latent[:, 1] - 0.1 * latent[:, 0])
    law = {
        "porosity": porosity,
        "tortuosity_factor_z": tau,
        "specific_surface": surface,
        "relative_diffusivity_z": porosity / tau,
    }
    mixed = latent @ rng.normal(0, 1, (2, IRRELEVANT)) + rng.normal(0, 1, (volumes, IRRELEVANT))
    others = {f"other_{number}": column for number, column in enumerate(mixed.T)}
    names = tuple({**law, **others})
    descriptors = np.stack([*law.values(), *others.values()], axis=1)
    volume, design = np.repeat(np.arange(volumes), designs), np.tile(np.arange(designs), volumes)
    by_volume = (latent[:, 0], np.log(tau) / np.log(tau).std(), np.log(surface) / np.log(surface).std())
    value = _law(u[design], *(column[volume] for column in by_volume))
    value = (value - value.mean()) / value.std()
    rows = Rows(
        descriptors.astype(np.float32),
        scalars.astype(np.float32),
        volume.astype(np.int32),
        design.astype(np.int32),
        Columns(names, tuple(item.name for item in SCALARS), log=(*law, *(item.name for item in SCALARS))),
    )
    return Crossing(rows, value + rng.normal(0, NOISE, len(value)))


def _law(u: np.ndarray, porosity: np.ndarray, tau: np.ndarray, surface: np.ndarray) -> np.ndarray:
    alone = u[:, :5] @ np.array([1.0, -0.8, 0.6, -0.5, 0.3]) + 0.6 * porosity - 0.4 * tau + 0.3 * surface
    products = 0.4 * u[:, 0] * u[:, 1] + 0.3 * u[:, 2] * u[:, 3] - 0.3 * u[:, 2] ** 2 + 0.3 * porosity * u[:, 0]
    threshold = 0.5 * np.maximum(0.0, u[:, 0] + porosity - 0.5)
    return alone + BENT * (products + 0.2 * tau * u[:, 1] + threshold)
