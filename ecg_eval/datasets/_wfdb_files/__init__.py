"""WFDB files as real archives write them: headers, samples, and recordings made of both."""
