"""The command line, without logic of its own."""
