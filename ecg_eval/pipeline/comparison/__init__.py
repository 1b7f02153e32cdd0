"""Several runs: side by side, and paired on the ECGs that all of them read."""
