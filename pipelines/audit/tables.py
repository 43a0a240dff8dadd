"""Groups of columns that several checks look at: their names, and how a query writes them."""

from __future__ import annotations

from ...schema import SCALAR_COLUMNS, TARGETS

SCALARS = list(SCALAR_COLUMNS)
CELL_TARGETS = [target.name for target in TARGETS if not target.volume_only]
VOLUME_TARGETS = [target.name for target in TARGETS if target.volume_only]

SCALARS_OF_ROWS = f'rows.loc[:, "{SCALARS[0]}":"{SCALARS[-1]}"]'
"""All scalars, as a query writes them."""
CELL_TARGETS_OF_ROWS = f'rows.loc[:, "{CELL_TARGETS[0]}":"{CELL_TARGETS[-1]}"]'
VOLUME_TARGETS_OF_FILES = f'rows.drop_duplicates("filename").loc[:, "{VOLUME_TARGETS[0]}":"{VOLUME_TARGETS[-1]}"]'

SOLID_WALL = "status == 'ok' and percolates == False"
"""Condition over volumes: read, and without a pore path from face to face of axis 0."""
