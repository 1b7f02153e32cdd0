"""Many studies as one observatory: each writes a small file that tells nothing of persons, and the files are pooled."""
