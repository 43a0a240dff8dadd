"""Plug-ins: files of one's own and estimators by name, loaded in this process and in every worker; what is kept of them.

A file travels to workers as its text, so that those on other machines need not see it. Installed packages need no
loading: each process finds them by their entry points.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from importlib.abc import InspectLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Literal, TypeAlias

from ...errors import SettingsError
from ...features.processes import call_first
from ...models import registry
from ...models.adapters import estimator_named
from ...plugin_modules import FILES, cause_of, code_digest
from ..settings import Settings

if TYPE_CHECKING:
    from ...features.declaration import ColumnInfo

GROUPS = ("poregrove.models", "poregrove.descriptors", "poregrove.checks")


@dataclass(frozen=True)
class PluginFile:
    """A file with models, descriptors or checks, as it was read."""

    path: str
    text: str

    @property
    def module(self) -> str:
        """Name of its module: that of the file, in a package that files have to themselves."""
        return f"{FILES}.{re.sub(r'[^A-Za-z0-9_]', '_', Path(self.path).stem)}"


@dataclass(frozen=True)
class NamedEstimator:
    """A scikit-learn regressor by ``package.module:Class``."""

    word: str

    @property
    def module(self) -> str:
        """The word itself, which is where its model comes from."""
        return self.word


Source: TypeAlias = PluginFile | NamedEstimator


@dataclass(frozen=True)
class PluginRecord:
    """A plug-in that a run or a bundle uses: a file, an installed package, or an estimator by its name.

    ``digest``: SHA-256 of the file, of all Python files of the package, or of the list of files of the estimator's.
    """

    name: str
    kind: Literal["file", "package", "estimator"]
    version: str | None
    digest: str
    models: tuple[str, ...] = ()
    descriptors: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()

    @property
    def how_to_give(self) -> str:
        """How it is made known here, for the message that it is absent."""
        if self.kind == "file":
            return f"the plug-in {self.name} (SHA-256 {self.digest[:12]}): give it with --plugin {self.name}"
        if self.kind == "estimator":
            return f"the estimator {self.name} (version {self.version}): give it with --plugin {self.name}"
        if self.name.startswith("__"):
            return "a script or notebook: declare it again before the bundle is read"
        pinned = self.name if self.version is None else f"{self.name}=={self.version}"
        return f"the package {self.name} {self.version or ''}".rstrip() + f": install it, as with pip install {pinned}"


_loaded: dict[str, Source] = {}


def load_plugins(words: Iterable[str]) -> None:
    """Load files (``own_model.py``) and regressors by name (``sklearn.svm:SVR``), each once, here and in later workers.

    SettingsError naming the file or the class and the cause where one cannot be loaded, or where a name of it is taken.
    """
    for word in words:
        if not _is_here_already(word):
            _load(_source(word))


def load_again(sources: Sequence[Source]) -> None:
    """Load in a worker what was loaded in the process that sent it."""
    for source in sources:
        _load(source)


def loaded() -> tuple[Source, ...]:
    """What was loaded in this process so far, in that order."""
    return tuple(_loaded.values())


def absolute(words: Iterable[str], folder: Path) -> tuple[str, ...]:
    """The words with files relative to a folder as absolute paths, each once."""
    return tuple(dict.fromkeys(str((folder / word).absolute()) if word.endswith(".py") else word for word in words))


def with_plugins(settings: Settings) -> Settings:
    """The settings with their plug-ins loaded, ``package.module:Class`` among the models as the name of its model."""
    words = [word for word in settings.comparison.models if ":" in word]
    plugins = tuple(dict.fromkeys((*absolute(settings.plugins, Path()), *words)))
    load_plugins(plugins)
    by_origin = {registry.origin_of(info.name): info.name for info in registry.available()}
    models = tuple(by_origin.get(name, name) for name in settings.comparison.models)
    return replace(settings, plugins=plugins, comparison=replace(settings.comparison, models=models))


def used_plugins(
    models: Iterable[str] = (), columns: Iterable[ColumnInfo] = (), checks: Mapping[str, str] | None = None
) -> tuple[PluginRecord, ...]:
    """The plug-ins that some models, descriptor columns and checks (modules by their codes) come from."""
    found: dict[str, tuple[list[str], list[str], list[str]]] = {}
    for part, names in enumerate(
        (
            ((name, registry.origin_of(name)) for name in models),
            ((column.name, column.module) for column in columns),
            (checks or {}).items(),
        )
    ):
        for name, module in names:
            if module:
                key = module if module in _loaded else module.partition(".")[0]
                found.setdefault(key, ([], [], []))[part].append(name)
    return tuple(_record(key, *(tuple(names) for names in parts)) for key, parts in found.items())


def _is_here_already(word: str) -> bool:
    """Whether a file lies elsewhere on this machine, as where parts are merged, and was given by its place here."""
    return word.endswith(".py") and not Path(word).exists() and PluginFile(word, "").module in _loaded


def _source(word: str) -> Source:
    if word.endswith(".py"):
        path = Path(word).absolute()
        try:
            return PluginFile(str(path), path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SettingsError(f"plug-in {word}: expected a readable Python file, got: {error}") from error
    if ":" in word:
        return NamedEstimator(word)
    raise SettingsError(f"plug-in {word!r}: expected a file that ends in .py, or package.module:Class")


def _load(source: Source) -> None:
    there = _loaded.get(source.module)
    if there == source or (
        isinstance(there, PluginFile) and isinstance(source, PluginFile) and there.text == source.text
    ):
        return
    if isinstance(source, NamedEstimator):
        registry.add(estimator_named(source.word), source.word)
    else:
        if isinstance(there, PluginFile) and there.path != source.path:
            raise SettingsError(f"two plug-ins have one name: {there.path} and {source.path}; rename one of the files")
        _run(source)
    _loaded[source.module] = source
    call_first(load_again, loaded())


def _run(source: PluginFile) -> None:
    """Run a file as its module, and add its models; descriptors and checks add themselves."""
    if FILES not in sys.modules:
        package = sys.modules[FILES] = ModuleType(FILES)
        package.__path__ = []
    spec = importlib.util.spec_from_loader(source.module, _TextLoader(source), origin=source.path)
    if spec is None or spec.loader is None:
        raise SettingsError(f"plug-in {source.path}: cannot be made a module")
    before = sys.modules.get(source.module)
    module = sys.modules[source.module] = importlib.util.module_from_spec(spec)
    module.__file__ = source.path
    try:
        spec.loader.exec_module(module)
        registry.add(module, source.module)
    except (Exception, SystemExit) as error:  # a file that ends the program would end it without a word
        if before is None:
            del sys.modules[source.module]
        else:
            sys.modules[source.module] = before
        raise SettingsError(f"plug-in {source.path}{_line_of(error, source.path)}: {_said(error)}") from error


def _said(error: BaseException) -> str:
    return str(error) if isinstance(error, SettingsError) else cause_of(error)


def _line_of(error: BaseException, path: str) -> str:
    """``, line 3`` of a file that an exception came from; empty where it came from none of its lines."""
    if isinstance(error, SyntaxError) and error.filename == path:
        return f", line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return f", line {lines[-1]}" if lines else ""


class _TextLoader(InspectLoader):
    """Loader of a module whose text is at hand, wherever its file is."""

    def __init__(self, source: PluginFile) -> None:
        self._source = source

    def get_source(self, fullname: str) -> str:  # noqa: ARG002  the interface of loaders
        return self._source.text

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002  the same
        return self.source_to_code(self._source.text, self._source.path)


def _record(key: str, models: tuple[str, ...], descriptors: tuple[str, ...], checks: tuple[str, ...]) -> PluginRecord:
    names = {"models": models, "descriptors": descriptors, "checks": checks}
    source = _loaded.get(key)
    if isinstance(source, PluginFile):
        return PluginRecord(
            Path(source.path).name, "file", None, hashlib.sha256(source.text.encode()).hexdigest(), **names
        )
    package = _package_of(key.partition(":")[0].partition(".")[0])
    version = None if package is None else package.version
    if isinstance(source, NamedEstimator):
        files = None if package is None else package.read_text("RECORD")
        return PluginRecord(key, "estimator", version, hashlib.sha256((files or "").encode()).hexdigest(), **names)
    return PluginRecord(key if package is None else package.name, "package", version, code_digest(key), **names)


@functools.cache
def _package_of(top: str) -> metadata.Distribution | None:
    """The installed package that a top-level module belongs to: one that names it as an entry point, else its owner."""
    for group in GROUPS:
        for point in metadata.entry_points(group=group):
            if point.value.partition(":")[0].partition(".")[0] == top and point.dist is not None:
                return point.dist
    owners = metadata.packages_distributions().get(top, [])
    return metadata.distribution(owners[0]) if owners else None
