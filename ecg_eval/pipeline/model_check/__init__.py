"""Whether a model may be used: what it answers to ordinary and to odd recordings, and what that takes."""
