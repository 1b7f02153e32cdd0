"""Disputed readings put before an adjudicator, and the answers taken back."""
