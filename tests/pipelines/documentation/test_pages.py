"""The reference pages say what the declarations say."""

from pathlib import Path

import pytest

from poregrove.features import descriptors
from poregrove.pipelines.audit import all_checks
from poregrove.pipelines.documentation.degenerate import CASES
from poregrove.pipelines.documentation.pages import PAGES, page_text

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_make_docs_writes(name):
    assert (DOCS / name).read_text(encoding="utf-8") == page_text(PAGES[name]), f"docs/{name} is old: run make docs"


def test_every_descriptor_and_every_check_is_on_its_page():
    page = PAGES["descriptors.md"]()
    assert [column.name for column in descriptors() if f"| `{column.name}` |" not in page] == []
    page = PAGES["audit.md"]()
    assert [check.code for check in all_checks() if f"## `{check.code}`" not in page] == []


def test_the_degenerate_volumes_have_a_value_for_every_column_and_say_why_it_is_none():
    rows = [line.split(" | ") for line in PAGES["degenerate.md"]().splitlines() if line.startswith("| `")]
    told = [
        f"{row[0].removeprefix('| `').removesuffix('`')}" + (f"_{axis}" if axis != "-" else "")
        for row in rows
        for axis in row[1].split(", ")
    ]
    assert sorted(told) == sorted(column.name for column in descriptors(("morphology", "transport")))
    assert all(len(row) == 2 + len(CASES) + 1 for row in rows)
    assert [row for row in rows if ("–" in row) != (row[-1] != " |")] == []
    tau = next(row for row in rows if row[0] == "| `tortuosity_factor`" and "z" in row[1])
    assert dict(zip(CASES, tau[2:], strict=False))["all pore"] == "1"
    assert dict(zip(CASES, tau[2:], strict=False))["no path"] == "–"
