"""Numbers of parts of the patients, of the strata that they come from, and of the population they stand for."""
