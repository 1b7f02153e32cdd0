"""Samples: arrays in, arrays out. Filters, beats, the median beat, its boundaries, intervals and amplitudes.

Nothing here knows an archive, a finding or a file. Signals are ``(n_samples, n_leads)``, and NeuroKit2 stays behind
``neurokit.py``, which answers where the library would raise.
"""
