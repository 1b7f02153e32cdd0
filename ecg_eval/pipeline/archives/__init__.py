"""What can be done with an archive before any study: fetch it, describe it, compare it with another."""
