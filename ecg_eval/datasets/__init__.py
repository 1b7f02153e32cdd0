"""Archives and other sources of recordings, one a file. File formats are known here and nowhere else."""
