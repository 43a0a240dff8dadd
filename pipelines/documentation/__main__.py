"""Write the reference pages into ``docs/``: ``python -m poregrove.pipelines.documentation``."""

from __future__ import annotations

from pathlib import Path

from .pages import write_pages

write_pages(Path("docs"))
