"""Tables that people and vendors keep, read as text and turned into readings by one rule."""
