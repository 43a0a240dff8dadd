"""Lives at the cap."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import agree, counted, percent


@check(
    code="censored_life",
    severity="warning",
    unit="rows",
    remedy="Read these lives as 'at least'; the survival model does, and target.life_cap moves the cap.",
)
def censored_life(evidence: Evidence) -> CheckResult | None:
    """Cycle lives that stand at the cap, because the trend does not fall or falls too slowly.

    A warning: the number is a lower bound, not a life, and a plain regression takes it at its word.
    """
    capped = evidence.rows_where("cycle_life_status == 'censored'")
    if not capped:
        return None
    lives = int(evidence.rows["projected_cycle_life"].notna().sum())
    message = (
        f"{counted(capped.count, 'row')} of {lives:,} with a life ({percent(capped.count / lives)}) {agree(capped.count, 'stands', 'stand')} at the cap of "
        f"{evidence.settings.life_cap:g} cycles, which is only a lower bound."
    )
    return CheckResult(capped.count, message, capped.query, capped.examples)
