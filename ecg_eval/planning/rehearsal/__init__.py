"""A plan rehearsed: what would be found and how often, and what breaks, before anybody has read anything."""
