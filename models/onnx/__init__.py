"""Fitted models as ONNX graphs, for programs that have neither this package nor the libraries of its models.

A graph takes float32[n, p] ``inputs``, NaN where a column has no value, and gives float32[n, 1] ``prediction`` on the
raw scale of the target. In between it counts in float64, as the models do.
"""
