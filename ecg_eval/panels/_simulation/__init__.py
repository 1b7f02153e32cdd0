"""How simulated readers are designed, how they answer, and what they would be measured at."""
