"""Simulated data sets: microstructure generators and cells, written in the data contract."""
