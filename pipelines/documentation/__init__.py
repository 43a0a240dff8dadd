"""Reference pages that are written from the declarations in the code."""
