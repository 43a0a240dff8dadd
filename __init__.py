"""Honest baselines for 3D battery electrodes: pore descriptors, boosters, identical folds, one report."""

__version__ = "0.1.0"
