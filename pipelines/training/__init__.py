"""Training: the plan of jobs, one fit procedure, out-of-fold predictions and their intervals."""
