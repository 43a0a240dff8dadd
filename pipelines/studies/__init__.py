"""What is asked of a few models once they are scored: what they look at, what would help, what they cost."""
