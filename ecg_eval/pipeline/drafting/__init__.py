"""A study drafted from a look at its files: a configuration with a comment at each guess, for a person to edit."""
