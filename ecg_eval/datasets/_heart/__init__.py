"""The simulated heart: rhythms, waves, tracings, and the cohort that has them."""
