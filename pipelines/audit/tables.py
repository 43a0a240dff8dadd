"""Groups of columns that several checks look at: their names, and how a query writes them."""

from __future__ import annotations

from ... import schema
from ...schema import SCALAR_COLUMNS, TARGET_NAMES

SCALARS = list(SCALAR_COLUMNS)
CELL_TARGETS = [name for name in schema.CELL_TARGETS if name in TARGET_NAMES]
VOLUME_TARGETS = [name for name in schema.VOLUME_TARGETS if name in TARGET_NAMES]

SCALARS_OF_ROWS = f'rows.loc[:, "{SCALARS[0]}":"{SCALARS[-1]}"]'
"""All scalars, as a query writes them."""
CELL_TARGETS_OF_ROWS = f'rows.loc[:, "{CELL_TARGETS[0]}":"{CELL_TARGETS[-1]}"]'
VOLUME_TARGETS_OF_FILES = f'rows.drop_duplicates("filename").loc[:, "{VOLUME_TARGETS[0]}":"{VOLUME_TARGETS[-1]}"]'

SOLID_WALL = "status == 'ok' and percolates == False"
"""Condition over volumes: read, and without a pore path from face to face of axis 0."""
