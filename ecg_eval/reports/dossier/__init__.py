"""What reviewers ask for: checklists, cards, an index of evidence, tables for a paper, a paragraph of methods."""
