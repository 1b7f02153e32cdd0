"""Cases that share patients: totals a patient, linearised standard errors, proportions and regression that follow."""
