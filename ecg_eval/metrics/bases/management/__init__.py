"""What readers would do about an ECG, beside what its findings call for: levels, shares, and what help changes."""
