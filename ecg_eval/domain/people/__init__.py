"""People behind ids: what looks like their names, and pseudonyms in their place."""
