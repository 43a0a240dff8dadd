"""Orchestration: data set, targets, audit, comparison, runs and the command line."""
