"""Microstructure columns that are not there."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence, holds
from ..tables import SOLID_WALL
from ..text import agree, counted

_COLUMNS = {
    "porosity_raw": "porosity",
    "tau_factor_raw": "tau_factor",
    "d_eff_raw": "D_eff",
    "bruggeman_raw": "bruggeman_derived",
}
_CONDITION = " or ".join(f"{column}.isna()" for column in _COLUMNS)


@check(
    code="missing_property",
    severity="info",
    unit="volumes",
    remedy="Add the columns, or a table with them (--labels).",
)
def missing_property(evidence: Evidence) -> CheckResult | None:
    """Volumes for which porosity, tau_factor, D_eff or bruggeman_derived is not given.

    Volumes without a pore path are left out: null is the honest value there. An info: the target
    has fewer volumes, and nothing about the ones it has is less true.
    """
    closed = evidence.volumes_where(SOLID_WALL)
    mask = holds(evidence.rows, _CONDITION) & ~evidence.of_volumes(closed)
    query = f'rows.query("{_CONDITION}").loc[lambda r: ~r.filename.isin({closed.query}.filename)]'
    missing = evidence.files_in(mask, query)
    if not missing:
        return None
    rows = evidence.rows.loc[missing.mask, list(_COLUMNS)].rename(columns=_COLUMNS)
    lacking = ", ".join(f"{name} in {number:,}" for name, number in rows.isna().sum().items() if number)
    message = f"{counted(missing.count, 'volume')} of {len(evidence.volumes):,} {agree(missing.count, 'lacks', 'lack')} a stated property: {lacking}."
    return CheckResult(missing.count, message, missing.query, missing.examples)
