"""Predicted probabilities: calibration, recalibration, decisions and harm, scores of the PhysioNet Challenges."""
