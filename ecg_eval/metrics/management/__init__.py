"""What readers would do: nothing, follow-up, refer, call an ambulance. Kept apart from what they read."""
