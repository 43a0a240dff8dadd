"""The page at ``/docs``: what the service answers, for people, in one file that loads nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Content security policy: nothing is fetched and no script runs."""
_TEMPLATE = Path(__file__).parent / "templates" / "docs.html"


def docs_page(about: Mapping[str, Any]) -> str:
    """The page of a service that says ``about`` of itself at ``/``."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATE.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    request = {
        "volumes": [{"name": "electrode.tif", "tiff": "<base64>"}],
        "designs": [{scalar["name"]: scalar["typical"] for scalar in about["scalars"]}],
        "level": 0.9,
    }
    return environment.get_template(_TEMPLATE.name).render(about=about, request=json.dumps(request, indent=1))
