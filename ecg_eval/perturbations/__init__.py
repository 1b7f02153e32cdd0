"""What can go wrong with a tracing, by degrees: one file each."""
