"""Scores of out-of-fold predictions: losses, cluster bootstrap, differences and verdicts."""
