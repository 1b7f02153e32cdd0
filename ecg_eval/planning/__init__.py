"""Before the study: how many readers and ECGs, from values that were published or that a pilot gave."""
