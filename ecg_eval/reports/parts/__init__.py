"""Questions that need a picture and a table of their own: one file a picture, asked for by the section of questions."""
