"""The run folder: what a run leaves, and what a report can be rebuilt from."""
