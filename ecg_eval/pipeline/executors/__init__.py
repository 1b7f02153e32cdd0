"""Where a run's work is done: in its own process, or by the processes of a Dask cluster."""
