"""Words: the values that every room shares. Nothing here reads a file format, fits a model or computes a statistic."""
