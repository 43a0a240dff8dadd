"""The CUDA back end: one primitive a file, its kernels in the ``.cu`` file beside it."""
