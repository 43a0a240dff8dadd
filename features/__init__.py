"""Features: one volume in, one row of named numbers out."""
