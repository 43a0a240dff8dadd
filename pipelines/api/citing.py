"""Citations as BibTeX."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...features.arguments import names_of

if TYPE_CHECKING:
    from ...features.arguments import Names


def citation(columns: Names | None = None, models: Names | None = None) -> str:
    """Cite this project and the methods that were used, as BibTeX.

    Parameters
    ----------
    columns
        Descriptor columns, families or patterns, as for ``describe``; None: none.
    models
        Names of models; None: none.

    Returns
    -------
    str
        One entry for each source, the project's own first.

    Raises
    ------
    SettingsError
        For an unknown name.

    Examples
    --------
    >>> import poregrove
    >>> print(poregrove.citation(columns="chord_length_*", models="mean"))  # doctest: +ELLIPSIS
    @software{poregrove,
      author = {{The poregrove authors}},
      title = {poregrove: honest baselines for {3D} battery electrodes},
      version = {...},
    }
    <BLANKLINE>
    @book{torquato2002,
      author = {Torquato, Salvatore},
      title = {Random Heterogeneous Materials: Microstructure and Macroscopic Properties},
      publisher = {Springer},
      year = {2002},
      doi = {10.1007/978-1-4757-6355-3},
    }

    """
    from ...errors import SettingsError, did_you_mean
    from ...features.description import wanted_columns
    from ...models.registry import available
    from ...schema.citations import bibtex

    references = [column.reference for column in wanted_columns((), () if columns is None else columns)]
    known = {info.name: info for info in available()}
    for name in () if models is None else names_of(models):
        if name not in known:
            raise SettingsError(f"unknown model {name!r}{did_you_mean(name, known)}")
        references.append(known[name].reference)
    return bibtex(references)
