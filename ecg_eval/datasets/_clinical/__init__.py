"""Files of hospitals and their carts, one format a file, told apart by their content."""
