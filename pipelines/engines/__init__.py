"""Who does the work of a stage: processes of this machine, or a Dask cluster; ``workers`` is the door."""
