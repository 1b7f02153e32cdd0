"""Readings that are neither present nor absent: what they are worth, and how many ECGs are sent on."""
