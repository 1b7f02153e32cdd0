"""What is printed from a run folder: sheets for readers, and what a paper and its reviewers ask for."""
