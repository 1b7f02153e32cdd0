"""Public archives from their servers: verified, resumable, polite."""
