"""Numbers: arrays in, ``Estimate`` out. Nothing in this room knows what an ECG is."""
