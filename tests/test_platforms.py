"""Nothing that only some platforms have is needed to import the package."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("features", "models", "pipelines", "reports", "schema")
ONLY_POSIX = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "termios", "tty"}
ONLY_WINDOWS = {"msvcrt", "winreg", "_winapi"}
GUARDED = {
    "sched_getaffinity",
    "fork",
    "getuid",
    "geteuid",
    "sysconf",
    "SIGKILL",
    "SIGHUP",
    "SIGUSR1",
    "SIGUSR2",
    "SIGALRM",
}
"""Names of ``os`` and ``signal`` that Windows does not have."""


def sources():
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def at_import(tree):
    """Statements that run when the module is imported, those inside functions left out."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from at_import(node)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_of_one_platform_are_imported_where_they_are_used(path):
    for node in at_import(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        used = {name.partition(".")[0] for name in names} & (ONLY_POSIX | ONLY_WINDOWS)
        assert not used, f"{path.relative_to(ROOT)}:{node.lineno} imports {used} at module level"


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_of_one_platform_are_asked_for_before_they_are_called(path):
    text = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in {"os", "signal"}:
            asked = (f'hasattr({node.value.id}, "{node.attr}")', f'getattr({node.value.id}, "{node.attr}_names"')
            guarded = node.attr not in GUARDED or any(question in text for question in asked)
            assert guarded, f"{path.relative_to(ROOT)}:{node.lineno} uses {node.value.id}.{node.attr} without asking"
