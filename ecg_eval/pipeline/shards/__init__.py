"""A run in n shares, each made where and when there is room for it, and merged into the one run."""
