"""Measures in the population that the ECGs of a study stand for."""
