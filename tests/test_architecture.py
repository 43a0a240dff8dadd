"""The layout of the package: imports go downward, the package list is the tree, the wheel is what git lists."""

import ast
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("features", "models", "pipelines", "reports", "schema", "testing")
MODULES = ("array_types.py", "errors.py", "files.py", "plugin_modules.py")
"""Beside the packages: what all of them may need."""
MAY_IMPORT = {
    "schema": set(),
    "errors": set(),
    "files": {"schema", "errors"},
    "array_types": set(),
    "plugin_modules": {"errors"},
    "features": {"schema", "errors", "array_types", "files", "plugin_modules"},
    "models": {"schema", "errors", "array_types", "plugin_modules"},
    "reports": {"schema", "errors", "array_types", "files"},
    "pipelines": {
        "schema",
        "errors",
        "array_types",
        "files",
        "plugin_modules",
        "features",
        "models",
        "reports",
        "testing",
    },
    "testing": {"schema", "errors", "array_types", "features", "models"},
}
ONLY_IN_BACKENDS = {"scipy", "numba", "cupy", "cupyx"}
NEVER = {"pickle", "joblib", "cloudpickle", "dill", "shelve", "marshal"}
PIPELINE_LAYERS = (
    "settings",
    "runs",
    "execution",
    "targets",
    "data",
    "audit",
    "tables",
    "splits",
    "training",
    "scoring",
    "extraction",
    "studies",
    "planning",
    "bundle",
    "simulate",
    "bench",
    "compare",
    "api",
    "commands",
    "documentation",
)
"""Files and folders of ``pipelines/`` from the bottom to the top; each may import those before it and itself."""
MOST_PIPELINE_ENTRIES = 21


def sources():
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))] + [
        ROOT / name for name in MODULES
    ]


def folder_of(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path, root):
    """(names from the root down, line) of every import of ``path``; "" leads absolute ones, ".." what lies above the root."""
    inside = path.relative_to(root).parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((("", *alias.name.split(".")), node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield ("", *node.module.split(".")), node.lineno
        elif isinstance(node, ast.ImportFrom):
            above = len(inside) - node.level
            anchor = inside[:above] if above >= 0 else ("..",)
            reached = (*anchor, *(node.module.split(".") if node.module else ()))
            yield from (((*reached, alias.name), node.lineno) for alias in node.names)


def imports(path):
    """(module or top folder, line, kind) of every import of ``path``, relative ones resolved to the folder they reach."""
    for names, line in imported(path, ROOT):
        absolute = names[0] == ""
        yield names[1 if absolute else 0], line, "absolute" if absolute else "relative"


def upward_imports(folder, layers):
    """Imports in ``folder`` of entries that stand later in ``layers``, as ``file:line`` with both names.

    An entry is a file or a folder, named without suffix. Entries that ``layers`` does not list are offenders too.
    """
    entries = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    offenders = [f"{name} is in no layer" for name in sorted(entries - {"__init__", *layers})]
    for path in sorted(folder.rglob("*.py")):
        own = path.relative_to(folder).parts[0].removesuffix(".py")
        if own not in layers:
            continue
        allowed = layers[: layers.index(own) + 1]
        offenders += [
            f"{path.relative_to(folder).as_posix()}:{line} {own} imports {names[0]}"
            for names, line in imported(path, folder)
            if names[0] in layers and names[0] not in allowed
        ]
    return list(dict.fromkeys(offenders))


def test_imports_go_downward_only():
    offenders = []
    for path in sources():
        folder = folder_of(path)
        allowed = MAY_IMPORT[folder] | {folder, "__version__"}
        for name, line, kind in imports(path):
            where = f"{path.relative_to(ROOT)}:{line}"
            if name == "poregrove":
                offenders.append(f"{where}: import relatively inside the package")
            if name in NEVER:
                offenders.append(f"{where}: {name} is never used here")
            if kind == "relative" and name not in allowed:
                offenders.append(f"{where}: {folder} may import {sorted(allowed)}, not {name}")
    assert offenders == []


def test_imports_inside_pipelines_go_downward_only():
    assert upward_imports(ROOT / "pipelines", PIPELINE_LAYERS) == []


def test_pipelines_has_few_entries():
    entries = [path.name for path in (ROOT / "pipelines").iterdir() if path.name != "__pycache__"]
    assert len(entries) <= MOST_PIPELINE_ENTRIES, sorted(entries)


def test_an_upward_import_is_found(tmp_path):
    files = {
        "__init__.py": "from .top import everything",
        "low.py": "from .middle.inner import f\nimport os\nfrom ..top import elsewhere",
        "middle/__init__.py": "",
        "middle/inner.py": "def f():\n    from ..top import g\n    from .. import low, top\nfrom . import beside",
        "middle/beside.py": "from ..low import x\nfrom ...top import elsewhere",
        "top.py": "from . import low\nfrom .middle import inner",
        "stray/__init__.py": "",
    }
    for name, text in files.items():
        (tmp_path / "package" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "package" / name).write_text(text, encoding="utf-8")
    assert upward_imports(tmp_path / "package", ("low", "middle", "top")) == [
        "stray is in no layer",
        "low.py:1 low imports middle",
        "middle/inner.py:2 middle imports top",
        "middle/inner.py:3 middle imports top",
    ]


def test_array_libraries_stay_in_the_back_ends():
    offenders = [
        f"{path.relative_to(ROOT)}:{line} uses {name}, which belongs in features/backends"
        for path in sources()
        if folder_of(path) == "features" and "backends" not in path.parts
        for name, line, kind in imports(path)
        if kind == "absolute" and name in ONLY_IN_BACKENDS
    ]
    assert offenders == []


def test_schema_errors_and_files_need_the_standard_library_only():
    offenders = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sources()
        if folder_of(path) in {"schema", "errors", "files"}
        for name, line, kind in imports(path)
        if kind == "absolute" and name not in sys.stdlib_module_names
    ]
    assert offenders == []


def declared_packages():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return set(settings["tool"]["setuptools"]["packages"])


def test_the_package_list_is_the_tree():
    found = {
        ".".join(("poregrove", *path.parent.relative_to(ROOT).parts))
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("__init__.py")
    } | {"poregrove"}
    assert declared_packages() == found


def test_every_folder_with_code_is_a_package():
    folders = {path.parent for path in sources()} - {ROOT}
    assert [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").exists()] == []


def listed_by_git():
    """Every file that git tracks or would track, as paths relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return {Path(name) for name in listing.split("\0") if name and (ROOT / name).is_file()}


def test_the_wheel_holds_exactly_what_git_lists(tmp_path):
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout to compare with")
    listed = listed_by_git()
    clean = tmp_path / "clean"
    for path in listed:
        (clean / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, clean / path)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(clean)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name.removeprefix("poregrove/") for name in archive.namelist() if name.startswith("poregrove/")}
    in_folders = {path for path in listed if path.parts[0] in FOLDERS}
    assert held == {path.as_posix() for path in in_folders} | {"__init__.py", "py.typed", *MODULES}


def test_the_version_is_in_the_changelog_and_in_the_citation():
    import poregrove

    assert f"[{poregrove.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\nversion: {poregrove.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
