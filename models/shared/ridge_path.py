"""Ridge regression for a grid of penalties, with penalties of their own for descriptors and for products."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from .linear_columns import DESCRIPTOR, PRODUCT
from .linear_model import squared_errors

if TYPE_CHECKING:
    from ...array_types import Float64
    from .linear_system import LinearSystem, Whole


def solved(
    system: LinearSystem,
    y: Float64,
    whole: Whole,
    *,
    alphas: Float64,
    descriptor_scales: tuple[float, ...],
    product_scales: tuple[float, ...],
) -> tuple[Float64, float, float, float]:
    """Coefficients with the penalty, the scale of descriptors and that of products that err least on the parts.

    ``alphas`` are penalties a row. A column scaled by s is penalised by alpha / s^2. Without parts to choose on the
    largest scales and the middle penalty are taken.
    """
    kind = system.columns.kind
    # a scale for columns that are not there, or for the only ones there are, changes nothing
    descriptors = descriptor_scales if 0 < (kind == DESCRIPTOR).sum() < len(kind) else (1.0,)
    products = product_scales if (kind == PRODUCT).any() else (1.0,)
    best, least = (len(alphas) // 2, descriptors[0], products[0]), np.inf
    for of_descriptors, of_products in product(descriptors, products) if system.parts else ():
        scale = _scale(system, of_descriptors, of_products)
        errors = sum(
            squared_errors(system, number, y, *_part_path(system, number, y, scale, alphas))
            for number in range(len(system.parts))
        )
        if np.min(errors) < least:
            best, least = (int(np.argmin(errors)), of_descriptors, of_products), float(np.min(errors))
    index, of_descriptors, of_products = best
    scale = _scale(system, of_descriptors, of_products)
    root = whole.root * scale
    alpha = alphas[index] * whole.rows
    values, vectors = np.linalg.eigh(root @ root.T)
    shrunk = (vectors.T @ whole.answer) / (np.maximum(values, 0.0) + alpha)
    return scale * (root.T @ (vectors @ shrunk)), float(alphas[index]), of_descriptors, of_products


def _scale(system: LinearSystem, descriptors: float, products: float) -> Float64:
    scale = np.ones(len(system.columns.kind))
    scale[system.columns.kind == DESCRIPTOR] = descriptors
    scale[system.columns.kind == PRODUCT] = products
    return scale


def _part_path(system: LinearSystem, number: int, y: Float64, scale: Float64, alphas: Float64) -> tuple[float, Float64]:
    """The mean of a part's targets and float64[P, alphas] coefficients; its eigenvectors serve all targets."""
    part = system.parts[number]
    root = part.root * scale
    key = ("ridge", number, scale.tobytes())
    if key not in system.kept:
        values, vectors = np.linalg.eigh(root @ root.T)
        system.kept[key] = np.maximum(values, 0.0), vectors
    values, vectors = system.kept[key]
    answer, mean = system.answers(part, y)
    shrunk = (vectors.T @ answer)[:, None] / (values[:, None] + alphas * system.weight[part.fit].sum())
    return mean, scale[:, None] * (root.T @ (vectors @ shrunk))
