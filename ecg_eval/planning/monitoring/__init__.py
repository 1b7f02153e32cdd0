"""While readings come in: who has read what of what was planned. Nothing of what was answered."""
