"""Execution: processes, clusters, cores, memory, progress and log lines."""
