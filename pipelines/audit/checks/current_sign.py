"""The sign of the current on discharge."""

from __future__ import annotations

from ....schema import Severity
from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import counted

_WORDS = {1: "positive", -1: "negative", 0: "undecided"}


@check(
    code="current_sign",
    severity="info",
    unit="rows",
    remedy="Where this is the wrong sign, set target.current_sign to positive or negative.",
)
def current_sign(evidence: Evidence) -> CheckResult:
    """The sign of the current on discharge, and the number of rows that show it.

    Always present. Discharge is the sign under which the voltage falls, decided once a data set by
    the majority of rows unless the user sets it; the count is the number of rows that speak for
    the sign in use. An info, because either convention is legitimate; a warning where some rows
    contradict the majority, because their resistance and voltage are read from the wrong phase;
    an error where the sign was set against the majority.
    """
    sign = evidence.current_sign
    agreeing = evidence.rows_where(f"current_sign == {sign}")
    voters = evidence.rows["current_sign"]
    silent = int((voters == 0).sum())
    if sign == 0:
        message = (
            f"No sign of the current is discharge for a majority of rows; {counted(silent, 'row')} show none at all."
        )
        return CheckResult(agreeing.count, message, agreeing.query, value=_WORDS[sign])
    against = int((voters == -sign).sum())
    how = "as voted by the rows" if evidence.settings.current_sign == "auto" else "as set by the user"
    message = (
        f"The current is {_WORDS[sign]} on discharge, {how}: the voltage falls under it in "
        f"{counted(agreeing.count, 'row')}, under the other sign in {against:,}, and {silent:,} cannot tell."
    )
    severity: Severity | None = None
    if against:
        severity = "error" if against > agreeing.count else "warning"
    return CheckResult(agreeing.count, message, agreeing.query, value=_WORDS[sign], severity=severity)
