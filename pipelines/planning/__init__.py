"""A plan before the work: what a comparison will take in time, memory and disk, and one that fits a budget."""
