"""Settings of the documentation site: ``make site`` builds it from the pages of the checkout, in place.

The source folder is the root of the checkout, so that a link from a page to ``../CONTRIBUTING.md`` or
``../examples/own_data.py`` is the same on a code host and here.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / ".types"))  # the root is the package, which is found under its name through this link

import poregrove  # noqa: E402  found through the line above

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "poregrove"
author = copyright = "The poregrove authors"  # noqa: A001  Sphinx calls it so
version = release = poregrove.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = ["docs/**", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "pipelines/simulate/sample/README.md"]
exclude_patterns = [".*", "**/.*", "build", "dist", "runs", "htmlcov", "tests", "*.egg-info"]
nitpicky = False

myst_heading_anchors = 4
myst_links_external_new_tab = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_display_short_literal_types = True
napoleon_google_docstring = False
suppress_warnings = ["myst.header"]  # a page that is included begins with its own heading

html_theme = "furo"
html_title = f"poregrove {release}"
html_extra_path = ["site"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"top_of_page_buttons": []}


def fill_contents(_app: Sphinx, docname: str, source: list[str]) -> None:
    """Put pages that stand in no table of contents under the guides, so that a new page needs no entry."""
    if docname == root_doc:
        listed = set(source[0].split())
        pages = (path.relative_to(ROOT / "docs").with_suffix("") for path in (ROOT / "docs").rglob("*.md"))
        others = sorted(page.as_posix() for page in pages if page.as_posix() not in {*listed, "index"})
        source[0] = source[0].replace("<!-- other guides -->", "\n".join(others))


def setup(app: Sphinx) -> None:
    """Register the hook."""
    app.connect("source-read", fill_contents)
