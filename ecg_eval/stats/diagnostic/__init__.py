"""A yes-or-no call against the truth: sensitivity, specificity, predictive values, and comparisons of two calls."""
