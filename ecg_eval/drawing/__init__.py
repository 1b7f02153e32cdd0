"""Paper: ECGs drawn to scale, and pages printed as PDF. Reports and booklets both draw here."""
