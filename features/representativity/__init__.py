"""Representativity of one volume for its material: intervals, spreads over sub-volumes, and the size that would do."""

from __future__ import annotations

from .record import ColumnRepresentativity, Representativity, SizeStatistics
from .represent import representative

__all__ = ["ColumnRepresentativity", "Representativity", "SizeStatistics", "representative"]
