"""What a run is: one frozen value, checked as a whole before anything is done."""
