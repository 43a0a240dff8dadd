"""Columns of the table that hold nothing or one value throughout."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence
from ..text import agree, counted


@check(
    code="unused_column",
    severity="info",
    unit="columns",
    remedy="Leave them out of the contract; where one should vary, see why it does not.",
    any_contract=True,
)
def unused_column(evidence: Evidence) -> CheckResult | None:
    """Columns of the table without any value, or with one and the same value in all rows that have one.

    Nothing can be learned from them, whether the contract names them or not. An info: such columns are usual. Of
    the built-in contract's scalars this is `constant_scalar`.
    """
    if evidence.table is None:
        return None
    words: dict[str, str] = {}
    for name in map(str, evidence.table):
        values = evidence.table[name].dropna()
        if values.empty:
            words[name] = "empty"
        elif not isinstance(values.iloc[0], list) and (values.astype(str) == str(values.iloc[0])).all():
            words[name] = f"{values.iloc[0]} throughout"
    if not words:
        return None
    empty = sum(said == "empty" for said in words.values())
    message = (
        f"{counted(len(words), 'column')} of {evidence.table.shape[1]} {agree(len(words), 'holds', 'hold')} nothing that varies: "
        f"{empty} empty, {len(words) - empty} constant."
    )
    return CheckResult(
        len(words), message, f"table[{list(words)!r}].T", tuple(f"{name}: {said}" for name, said in words.items())
    )
