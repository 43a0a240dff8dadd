"""The reference pages say what the declarations say."""

from pathlib import Path

import pytest

from poregrove.features import descriptors
from poregrove.pipelines.audit import all_checks
from poregrove.pipelines.documentation import PAGES, page_text

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_make_docs_writes(name):
    assert (DOCS / name).read_text(encoding="utf-8") == page_text(PAGES[name]), f"docs/{name} is old: run make docs"


def test_every_descriptor_and_every_check_is_on_its_page():
    page = PAGES["descriptors.md"]()
    assert [column.name for column in descriptors() if f"| `{column.name}` |" not in page] == []
    page = PAGES["audit.md"]()
    assert [check.code for check in all_checks() if f"## `{check.code}`" not in page] == []
