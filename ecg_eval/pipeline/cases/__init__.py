"""From an archive to the ECGs of a study: which may be drawn, the draw, and its files."""
