"""How far a measure lies apart between groups of patients, or of strata."""
