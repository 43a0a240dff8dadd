"""Inputs that are a function of a target."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import agree, counted

HIGHEST = 0.999
FEWEST = 10
"""A rank correlation of fewer values says nothing."""
FEWEST_DISTINCT = 5


@check(
    code="leaking_input",
    severity="warning",
    unit="columns",
    remedy="Take the input out of the contract where it is known only once the target is, or the target where it is given.",
    any_contract=True,
)
def leaking_input(evidence: Evidence) -> CheckResult | None:
    """Inputs whose rank correlation with a target is above 0.999 in size, over ten rows or more.

    Such an input says what is to be predicted: it is a result under another name, or the target was set and not
    found. A warning: every model is then excellent, and none is of use.
    """
    numbers = [item.scalars[0].column for item in evidence.contract.inputs if item.kind == "number"]
    rows, pairs = evidence.rows, []
    for name in numbers:
        for item in evidence.contract.outputs:
            both = rows[[name, item.name]].dropna()
            if len(both) < FEWEST or (both.nunique() < FEWEST_DISTINCT).any():
                continue
            correlation = float(both[name].corr(both[item.name], method="spearman"))
            if abs(correlation) > HIGHEST:
                pairs.append((name, item.name, correlation))
    if not pairs:
        return None
    struck = list(dict.fromkeys(name for name, _, _ in pairs))
    said = "; ".join(f"{name} and {target} with a rank correlation of {value:.4f}" for name, target, value in pairs)
    message = f"{counted(len(struck), 'input')} {agree(len(struck), 'says', 'say')} what is to be predicted: {said}."
    return CheckResult(
        len(struck), message, f"rows[{struck!r}].T", tuple(f"{name} -> {target}" for name, target, _ in pairs)
    )
