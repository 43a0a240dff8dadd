"""Plug-ins from Python: models, descriptors and checks of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def load_plugins(plugins: str | Path | Iterable[str | Path]) -> None:
    """Make models, descriptors and checks of files of one's own known, here and in worker processes.

    Parameters
    ----------
    plugins
        Python files, and regressors by name (``sklearn.svm:SVR``); one or several. Installed packages with plug-ins are
        known without it.

    Raises
    ------
    SettingsError
        Naming the file, its line and the cause where it cannot be imported, and both sides where a name is taken.

    Examples
    --------
    >>> from poregrove.models import create
    >>> from poregrove.pipelines import load_plugins
    >>> load_plugins("own_model.py")  # doctest: +SKIP
    >>> create("nearest", neighbours=3).neighbours  # doctest: +SKIP
    3

    """
    from ..execution.plugins import load_plugins as load

    load(str(item) for item in ([plugins] if isinstance(plugins, str | Path) else plugins))
