"""Packs of stored samples, memory-mapped and verified, and the archives that are read through them."""
