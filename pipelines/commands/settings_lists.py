"""Every setting with its default, what it may be and what it means, read from the classes that declare them."""

from __future__ import annotations

import ast
import fnmatch
import inspect
import json
import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Literal, get_args, get_origin, get_type_hints

from ...errors import SettingsError, did_you_mean
from ...models import registry
from ...models.base import ModelInfo
from ..settings import Settings

_MODEL = "model."
_KINDS: Mapping[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    tuple[str, ...]: "a list of names",
    tuple[float, ...]: "a list of numbers",
}


@dataclass(frozen=True)
class Setting:
    """One setting; ``kind`` says what it may be, ``optional`` whether it may be left out, which is None."""

    name: str
    default: Any
    kind: str
    optional: bool
    meaning: str


@dataclass(frozen=True)
class Section:
    """The settings of one section of a settings file, such as ``comparison`` or ``model.ridge``."""

    name: str
    meaning: str
    settings: tuple[Setting, ...]


def sections() -> tuple[Section, ...]:
    """The sections of a settings file but those of models."""
    hints = get_type_hints(Settings)
    records = ((item.name, hints[item.name]) for item in fields(Settings))
    return tuple(_section(name, record) for name, record in records if is_dataclass(record))


def model_sections() -> tuple[Section, ...]:
    """The sections of the models that have settings, in their usual order."""
    found = (_section(f"{_MODEL}{model.info.name}", model) for model in registry.registered())
    return tuple(section for section in found if section.settings)


def settings_text(settings: Settings | None = None, wanted: Sequence[str] = ()) -> str:
    """Settings (None: the defaults) as a TOML file that reads back equal, each line with what it may be and means.

    What is left out stands behind ``#``, and so do the models' own settings where they are the defaults. ``wanted``
    are names of sections, ``*`` and ``?`` allowed; empty: all. SettingsError for one that fits no section.
    """
    given = Settings() if settings is None else settings
    written = {section.name: _lines(section, vars(getattr(given, section.name))) for section in sections()}
    for section in model_sections():
        own = given.model.get(section.name.removeprefix(_MODEL), {})
        written[section.name] = _lines(section, own, only_given=True)
    for pattern in wanted:
        if not fnmatch.filter(written, pattern):
            raise SettingsError(f"unknown section {pattern!r}{did_you_mean(pattern, written)}")
    kept = [name for name in written if not wanted or any(fnmatch.fnmatchcase(name, item) for item in wanted)]
    return "\n\n".join("\n".join(written[name]) for name in kept) + "\n"


def _lines(section: Section, values: Mapping[str, Any], *, only_given: bool = False) -> Iterator[str]:
    """The lines of a section; ``only_given`` keeps those that ``values`` lack behind ``#``."""
    yield f"# {section.meaning}"
    yield f"[{section.name}]" if values or not only_given else f"# [{section.name}]"
    for item in section.settings:
        value = values.get(item.name, item.default)
        yield from (f"#   {line}" for line in textwrap.wrap(_said(item, value), 110))
        if value is None:
            yield f"# {item.name} ="
        else:
            mark = "# " if only_given and item.name not in values else ""
            yield f"{mark}{item.name} = {toml_value(value)}"


def _said(item: Setting, value: Any) -> str:
    left_out = ", or left out" if item.optional else ""
    default = "" if value == item.default else f" Default: {in_words(item.default)}."
    return f"{item.meaning} Expects {item.kind}{left_out}.{default}".strip()


def toml_value(value: Any) -> str:
    """A value in the notation of TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {toml_value(item)}' for key, item in value.items())} }}"
    return str(value) if isinstance(value, int) or math.isinf(value) else repr(float(value))


def in_words(value: Any) -> str:
    """A default for people: as in TOML, and ``not set`` for None."""
    return "not set" if value is None else toml_value(value)


def _section(name: str, record: Any) -> Section:
    meanings = attribute_docs(record)
    # models may import the type of their declaration for types only
    hints = get_type_hints(record, localns={"ModelInfo": ModelInfo})
    meaning = record.info.label if hasattr(record, "info") else _sentence(inspect.getdoc(record) or "")
    return Section(
        name,
        f"{meaning}: {record.info.meaning}" if hasattr(record, "info") else meaning,
        tuple(_setting(item, hints[item.name], meanings.get(item.name, "")) for item in fields(record) if item.init),
    )


def _setting(item: Field[Any], hint: Any, meaning: str) -> Setting:
    default = item.default if item.default_factory is MISSING else item.default_factory()
    allowed = [kind for kind in get_args(hint) or (hint,) if kind is not type(None)]
    optional = type(None) in get_args(hint)
    return Setting(item.name, default, item.metadata.get("words") or _kind(hint, allowed), optional, meaning)


def _kind(hint: Any, allowed: list[Any]) -> str:
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, allowed))}"
    if hint in _KINDS:
        return _KINDS[hint]
    return " or ".join(_KINDS.get(kind, getattr(kind, "__name__", str(kind))) for kind in allowed)


def _sentence(text: str) -> str:
    """The first paragraph on one line, with plain quotes of code, None as a settings file has it."""
    return " ".join(text.split("\n\n", maxsplit=1)[0].split()).replace("``", "`").replace("None:", "left out:")


@cache
def attribute_docs(record: type) -> Mapping[str, str]:
    """The text under each field of a dataclass, those of its bases included."""
    found: dict[str, str] = {}
    for base in reversed(record.__mro__):
        if is_dataclass(base):
            found |= _own_docs(base)
    return found


def _own_docs(record: type) -> Mapping[str, str]:
    try:
        source = textwrap.dedent(inspect.getsource(record))
    except (OSError, TypeError):  # a class of a session has no file
        return {}
    (declared,) = ast.parse(source).body
    body = declared.body if isinstance(declared, ast.ClassDef) else []
    return {
        item.target.id: _sentence(below.value.value)
        for item, below in pairwise(body)
        if isinstance(item, ast.AnnAssign)
        and isinstance(item.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }
