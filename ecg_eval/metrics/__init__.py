"""One clinical question per file, each through one statistics kernel."""
