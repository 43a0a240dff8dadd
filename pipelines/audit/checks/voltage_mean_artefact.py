"""A mean discharge voltage that follows the solver's time steps."""

from __future__ import annotations

from ..check import CheckResult, check
from ..evidence import Evidence

LOWEST_CORRELATION = 0.9
FEWEST_ROWS = 10
"""A rank correlation of fewer rows says nothing."""


@check(
    code="voltage_mean_artefact",
    severity="error",
    unit="rows",
    remedy="Use mean_discharge_voltage_time, which is computed and scored beside it, or store the cycle at even time steps.",
)
def voltage_mean_artefact(evidence: Evidence) -> CheckResult | None:
    """The sample mean of the discharge voltage does not order the cells as the time mean does.

    With adaptive time steps the plain mean of the samples weighs the moments at which the solver
    worked hardest. Raised when Spearman's rank correlation of the two means is below 0.9; counted
    are the rows that have both. An error: below that, the target measures the solver's steps, and
    a model that predicts it well predicts those.
    """
    both = evidence.rows_where("mean_discharge_voltage.notna() and mean_discharge_voltage_time.notna()")
    if both.count < FEWEST_ROWS:
        return None
    means = evidence.rows.loc[both.mask, ["mean_discharge_voltage", "mean_discharge_voltage_time"]]
    correlation = float(means.corr("spearman").to_numpy()[0, 1])
    # Not "correlation >= …": two constant means have none, and are constant_target.
    if not correlation < LOWEST_CORRELATION:
        return None
    sample, time = means.mean()
    message = (
        f"The sample mean of the discharge voltage ({sample:.3f} V on average) and its time mean ({time:.3f} V) "
        f"have a rank correlation of {correlation:.2f}: the first follows the solver's time steps, not the cell."
    )
    return CheckResult(both.count, message, both.query, both.examples)
