"""The CPU back end: one primitive a file, compiled by numba at first use."""
