"""A check of your own in the audit: poregrove audit DATA --plugin own_check.py."""

from poregrove.pipelines.audit import CheckResult, Evidence, check


@check(
    code="dense_electrode",
    severity="info",
    unit="rows",
    remedy="Look at these volumes before anything is concluded from them.",
)
def dense_electrode(evidence: Evidence) -> CheckResult | None:
    """Rows whose stated porosity is below 0.3; an info, since such electrodes are made on purpose."""
    found = evidence.rows_where("porosity < 0.3")
    if not found:
        return None
    return CheckResult(found.count, "The stated porosity is below 0.3.", found.query, found.examples)
