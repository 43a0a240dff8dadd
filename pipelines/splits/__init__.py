"""Folds: which rows train and which test, and the nested parts of a training fold."""
