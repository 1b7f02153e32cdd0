"""Agreement of raters: two or many, categories or sets, with others or with oneself."""
