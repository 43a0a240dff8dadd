"""Fits in one line, for tests that do not care how the data and the context of a fit are put together."""

from poregrove.models.base import FitContext, TrainingData


def fit(
    model,
    rows,
    y,
    valid=None,
    y_valid=None,
    *,
    upper=None,
    upper_valid=None,
    weight=None,
    target_weight=None,
    **context,
):
    """``model`` fitted on rows and their targets, with a part to stop early by where one is given."""
    train = TrainingData(rows, y, upper=upper, weight=weight, target_weight=target_weight)
    held = None if valid is None else TrainingData(valid, y_valid, upper=upper_valid)
    return model.fit(train, held, FitContext(**context))
