"""A study from configuration to evaluation, one stage a file."""
