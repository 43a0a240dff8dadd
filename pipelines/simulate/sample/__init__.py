"""The shipped sample: a small simulated data set. ``README.md`` beside this file says how it was made."""

from __future__ import annotations

from pathlib import Path


def sample_folder() -> Path:
    """The data set's folder, with ``images/`` and ``rows/``, in the checkout or in the installed package."""
    return Path(__file__).parent / "data"
