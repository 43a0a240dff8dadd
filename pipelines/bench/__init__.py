"""Times and errors side by side with the peers that are installed."""

from .run import run_bench
from .table import table

__all__ = ["run_bench", "table"]
