"""What references of several readers share: who votes, what they say, and how far they agree."""
