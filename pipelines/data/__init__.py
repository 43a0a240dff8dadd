"""Reading a data set: Parquet rows, label tables and TIFF volumes."""
