"""The door: the command line, without logic of its own."""
