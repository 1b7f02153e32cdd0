"""How alike two readers answer, pair by pair, and on average over the pairs of a group."""
