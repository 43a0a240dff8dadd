"""One check a file, named by its code; the registry reads this folder."""
