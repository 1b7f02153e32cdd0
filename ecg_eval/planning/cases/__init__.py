"""Which ECGs a study reads: what is wanted, the strata, the draw, and its words."""
