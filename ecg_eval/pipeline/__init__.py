"""The corridor: the only place where rooms meet."""
