"""Models taught on each of several archives read all of them."""
