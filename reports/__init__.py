"""Reports: the tables of a run become figures and one self-contained HTML file."""
