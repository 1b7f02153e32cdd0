"""What perturbations share."""
