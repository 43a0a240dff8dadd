"""Studies of a few models once they are scored: importance, ablation, learning curves, costs."""
