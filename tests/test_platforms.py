"""Nothing that only some platforms have is needed to import the package."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("features", "models", "pipelines", "reports", "schema")
ONLY_POSIX = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "termios", "tty"}
ONLY_WINDOWS = {"msvcrt", "winreg", "_winapi"}
NOT_ON_WINDOWS = {
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
    """(path relative to the root, text) of every source file."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")


def at_import(tree):
    """Statements that run when the module is imported, those inside functions left out."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from at_import(node)


def imported_at_module_level(text):
    """(line, top-level module) of every absolute import that runs when the module is imported."""
    for node in at_import(ast.parse(text)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        yield from ((node.lineno, name.partition(".")[0]) for name in names)


def used_without_asking(text):
    """(line, name) of what Windows lacks and the text uses without asking whether it is there."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in {"os", "signal"}:
            module, name = node.value.id, node.attr
            questions = (f'hasattr({module}, "{name}")', f'getattr({module}, "{name}_names"')
            if name in NOT_ON_WINDOWS and not any(question in text for question in questions):
                yield node.lineno, f"{module}.{name}"


def test_modules_of_one_platform_are_imported_where_they_are_used():
    offenders = [
        f"{path}:{line} imports {name} at module level"
        for path, text in sources()
        for line, name in imported_at_module_level(text)
        if name in ONLY_POSIX | ONLY_WINDOWS
    ]
    assert offenders == []


def test_functions_of_one_platform_are_asked_for_before_they_are_called():
    offenders = [
        f"{path}:{line} uses {name} without asking"
        for path, text in sources()
        for line, name in used_without_asking(text)
    ]
    assert offenders == []


def test_an_offender_is_found():
    text = 'import os\nimport pathlib, fcntl\ndef f():\n    import pwd\n    return os.fork()\nif hasattr(os, "getuid"):\n    os.getuid()\n'
    assert list(imported_at_module_level(text)) == [(1, "os"), (2, "pathlib"), (2, "fcntl")]
    assert list(used_without_asking(text)) == [(5, "os.fork")]
