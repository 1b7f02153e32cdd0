"""What a study holds as arrays: its readings, and its resamples."""
