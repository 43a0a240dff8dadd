"""Times and errors side by side with the peers that are installed."""

from .cuda import run_cuda_bench
from .cuda_table import cuda_table
from .run import PREFERRED, run_bench
from .table import table

__all__ = ["PREFERRED", "cuda_table", "run_bench", "run_cuda_bench", "table"]
