"""Sources that descriptors, quantities and models name, as BibTeX: ``citations.bib`` beside this file.

A declaration's ``reference`` names sources by DOI (``doi:10.1000/1``), by arXiv number (``arXiv:1706.09516``) or by
authors and year (``Pedregosa et al. 2011``), several with semicolons between them. An entry is found by its
field ``doi`` or ``eprint``, or by its key: first author and year.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

_PROJECT = "poregrove"
"""Key of the project's own entry."""
_ENTRY = re.compile(r"^@\w+\{([^,]+),.*?^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^ *(?:doi|eprint) = \{(.+)\},$", re.MULTILINE)
_NUMBER = re.compile(r"(?:doi:|arXiv:)([^\s;,]+)")
_AUTHOR_YEAR = re.compile(r"([A-Z][^\W\d_]+)(?:(?:,| &| and) [A-Z][^\W\d_]+)*(?: et al\.)? (\d{4})")


def bibtex(references: Iterable[str]) -> str:
    """The entries of the project and of some references, each once; KeyError for one that is not known."""
    keys = dict.fromkeys([_PROJECT, *(key for reference in references for key in keys_of(reference))])
    return "\n\n".join(entries()[key] for key in keys)


def keys_of(reference: str) -> tuple[str, ...]:
    """Keys of the entries that a reference names; KeyError where one is missing. Empty for an empty reference."""
    found = []
    for part in filter(None, map(str.strip, reference.split(";"))):
        numbers = _NUMBER.findall(part)
        if numbers:
            found += [_by_number()[number] for number in numbers]
            continue
        named = [f"{author.lower()}{year}" for author, year in _AUTHOR_YEAR.findall(part)]
        if not named or any(key not in entries() for key in named):
            raise KeyError(part)
        found += named
    return tuple(dict.fromkeys(found))


@cache
def entries() -> Mapping[str, str]:
    """Every entry by its key."""
    text = resources.files(__package__).joinpath("citations.bib").read_text(encoding="utf-8")
    from .. import __version__

    text = text.replace("{VERSION}", f"{{{__version__}}}")
    return {match[1]: match[0] for match in _ENTRY.finditer(text)}


@cache
def _by_number() -> Mapping[str, str]:
    return {number: key for key, entry in entries().items() for number in _FIELD.findall(entry)}
