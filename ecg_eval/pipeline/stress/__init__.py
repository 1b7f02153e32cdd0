"""Models read tracings that something goes wrong with, by degrees."""
