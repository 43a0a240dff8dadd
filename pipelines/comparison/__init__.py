"""The comparison: folds, jobs, out-of-fold predictions and the scores computed from them."""
