"""What metrics of a kind share: one reader, pairs, groups, the effect of help, gaps, and means over them."""
