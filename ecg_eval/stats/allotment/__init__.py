"""Who reads what: cases and readers allotted to arms, periods and sessions, in numbers alone."""
