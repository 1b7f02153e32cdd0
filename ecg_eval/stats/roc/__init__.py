"""Scores against the truth: ROC and precision-recall curves, areas, operating points, means over findings."""
