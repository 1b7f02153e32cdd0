"""One or two proportions of independent cases: intervals, differences, ratios and their tests."""
