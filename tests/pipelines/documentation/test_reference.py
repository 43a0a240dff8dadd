"""Reference pages of the command line, the tables and Python: nothing is missing and nothing is without a meaning."""

import poregrove.pipelines
from poregrove.pipelines.commands.main import VERBS
from poregrove.pipelines.documentation.command_line import command_page
from poregrove.pipelines.documentation.python_api import api_page
from poregrove.pipelines.documentation.table_columns import tables_page
from poregrove.schema import FEATURES, FOLD_PARTS, PREDICTIONS, RESULT_TABLES, SCALAR_COLUMNS, TARGETS, VOLUMES
from poregrove.schema.column_meanings import meaning_of

TABLES = (*RESULT_TABLES.values(), FEATURES, FOLD_PARTS, PREDICTIONS, VOLUMES)


def test_every_verb_has_its_options():
    page = command_page()
    names = [line.removeprefix("## `").removesuffix("`") for line in page.splitlines() if line.startswith("## `")]
    assert len(names) == len(set(names)) == len(VERBS)
    assert "| `--seed N` | random seed (default: 0) |" in page
    assert "poregrove predict BUNDLE DATA --out FILE [options]" in page
    assert "|  |" not in page.partition("## `simulate`")[0].partition("## `extract`")[0]


def test_every_column_of_every_table_has_a_meaning():
    assert [f"{table.name}.{field.name}" for table in TABLES for field in table.fields if not meaning_of(field)] == []
    page = tables_page()
    lists = {*SCALAR_COLUMNS, *(target.name for target in TARGETS)}
    for table in TABLES:
        assert f"### `{table.name}`" in page
        assert [
            field.name for field in table.fields if field.name not in lists and f"| `{field.name}` |" not in page
        ] == []


def test_every_public_function_has_its_directive():
    page = api_page()
    for name in poregrove.pipelines.__all__:
        assert f":: poregrove.pipelines.{name}\n" in page
    assert ".. autoexception:: poregrove.errors.VolumeError" in page
