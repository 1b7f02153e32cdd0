"""Networks of PyTorch are trained on a configured archive."""
