"""How the reference standard is formed: one way per file, each a Reference."""
