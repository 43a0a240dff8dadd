"""Write the reference pages into ``docs/``, or check them: ``python -m poregrove.pipelines.documentation [--check]``."""

from __future__ import annotations

import sys

from .pages import main

sys.exit(main())
