"""Compare how AI and doctors read ECGs, with numbers that a clinician can trust."""
