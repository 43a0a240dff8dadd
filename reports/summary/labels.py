"""Labels for readers of the things that tables name with identifiers."""

from __future__ import annotations

from collections.abc import Mapping

from ...schema import TARGET_BY_NAME

DCIR_JUMPS: Mapping[str, str] = {
    "rest_to_discharge": "rest → discharge",
    "rest_to_charge": "rest → charge",
    "discharge_to_rest": "discharge → rest",
}
_STATUSES: Mapping[str, str] = {
    **DCIR_JUMPS,
    "measured": "measured within the cycles seen",
    "projected": "projected by a straight line",
    "floored": "raised to the last cycle seen",
    "censored": "at the cap (censored)",
}
FEATURE_SETS: Mapping[str, str] = {
    "none": "no inputs",
    "volume+scalars": "voxels + scalars",
    "embedding+scalars": "image embedding + scalars",
    "own": "own inputs",
    "own-without-image": "own inputs without the image",
}


def humanised(name: str) -> str:
    """An identifier as words."""
    return name.replace("_", " ")


def target_labels(name: str, statuses: Mapping[str, int]) -> tuple[str, str]:
    """Long and short label of a target.

    A resistance that was not taken at a rest -> discharge jump is not called initial, but by its jump.
    """
    if name == "initial_dcir":
        return _dcir_labels(tuple(key for key, n in statuses.items() if n))
    if (target := TARGET_BY_NAME.get(name)) is not None:
        return target.label, target.short_label
    words = humanised(name)
    return words[:1].upper() + words[1:], words


def _dcir_labels(methods: tuple[str, ...]) -> tuple[str, str]:
    target = TARGET_BY_NAME["initial_dcir"]
    short = target.short_label
    known = [method for method in methods if method in DCIR_JUMPS]
    if known == ["rest_to_discharge"]:
        return target.label, short
    if not known:
        return f"{short}, jump not recorded", short
    if len(known) > 1:
        return f"{short}, mixed jumps", short
    return f"{short} at {DCIR_JUMPS[known[0]]}", short


def feature_set_label(name: str) -> str:
    """A feature set in words."""
    return FEATURE_SETS.get(name, name.replace("+", " + "))


def status_label(name: str) -> str:
    """A status or method of a target in words."""
    return _STATUSES.get(name, humanised(name))
