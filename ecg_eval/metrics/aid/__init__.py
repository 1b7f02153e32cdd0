"""What the help of an AI does to those who read with it."""
