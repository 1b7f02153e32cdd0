"""What changes while readers read on: learning, fatigue, and what is carried over from one reading to the next."""
