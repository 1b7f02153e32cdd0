"""Where readings by people, or by outside programs, come from: one source per file, each a Panel."""
