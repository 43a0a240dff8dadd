"""The shape of the house: imports go downward, the package list is the tree, the wheel is what git lists."""

import ast
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("features", "models", "pipelines", "reports", "schema")
MAY_IMPORT = {
    "schema": set(),
    "errors": set(),
    "features": {"schema", "errors"},
    "models": {"schema", "errors"},
    "reports": {"schema", "errors"},
    "pipelines": {"schema", "errors", "features", "models", "reports"},
}
ONLY_IN_BACKENDS = {"scipy", "numba", "cupy", "cupyx"}
NEVER = {"pickle", "joblib", "cloudpickle", "dill", "shelve", "marshal"}


def sources():
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))] + [ROOT / "errors.py"]


def room_of(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path):
    """(module or room, line) of every import of ``path``, relative ones resolved to the room they reach."""
    inside = path.relative_to(ROOT).parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno, "absolute") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module.split(".")[0], node.lineno, "absolute")
        elif isinstance(node, ast.ImportFrom):
            anchor = inside[: len(inside) - node.level]
            reached = (*anchor, *(node.module.split(".") if node.module else ()))
            names = [reached[0]] if reached else [alias.name for alias in node.names]
            yield from ((name, node.lineno, "relative") for name in names)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_downward_only(path):
    room = room_of(path)
    allowed = MAY_IMPORT[room] | {room, "__version__"}
    for name, line, kind in imports(path):
        where = f"{path.relative_to(ROOT)}:{line}"
        assert name != "poregrove", f"{where}: import relatively inside the package"
        assert name not in NEVER, f"{where}: {name} is never used here"
        if kind == "relative":
            assert name in allowed, f"{where}: {room} may import {sorted(allowed)}, not {name}"


@pytest.mark.parametrize(
    "path", [path for path in sources() if room_of(path) == "features"], ids=lambda path: str(path.relative_to(ROOT))
)
def test_array_libraries_stay_in_the_back_ends(path):
    if "backends" in path.parts:
        return
    used = {name for name, _, kind in imports(path) if kind == "absolute"} & ONLY_IN_BACKENDS
    assert not used, f"{path.relative_to(ROOT)} uses {used}, which belongs in features/backends"


def test_schema_and_errors_need_the_standard_library_only():
    for path in (*(ROOT / "schema").glob("*.py"), ROOT / "errors.py"):
        used = {module for module, _, kind in imports(path) if kind == "absolute"}
        assert used <= set(sys.stdlib_module_names)


def declared_packages():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return set(settings["tool"]["setuptools"]["packages"])


def test_the_package_list_is_the_tree():
    found = {
        ".".join(("poregrove", *path.parent.relative_to(ROOT).parts))
        for room in ROOMS
        for path in (ROOT / room).rglob("__init__.py")
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
    in_rooms = {path for path in listed if path.parts[0] in ROOMS}
    assert held == {path.as_posix() for path in in_rooms} | {"__init__.py", "errors.py"}


def test_the_version_is_in_the_changelog():
    import poregrove

    assert f"[{poregrove.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
