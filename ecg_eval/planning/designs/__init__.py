"""One question about size a file, each named after it."""
