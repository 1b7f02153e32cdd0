"""Reports: sections say what a result means, templates put it on a page, figures draw it."""
