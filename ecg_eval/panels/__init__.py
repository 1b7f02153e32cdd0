"""Sources of human (or outside) readings, one a file: tables that people filled in, and simulated readers."""
