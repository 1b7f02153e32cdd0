"""Measurements of the same thing by two methods or raters: limits of agreement and correlations."""
