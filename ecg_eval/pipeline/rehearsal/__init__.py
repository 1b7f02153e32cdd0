"""A plan rehearsed: simulated answers to the very plan, evaluated as the study will be."""
