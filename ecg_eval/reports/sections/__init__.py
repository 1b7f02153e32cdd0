"""The parts of a report, one a file; a file's name is its name in a configuration."""
