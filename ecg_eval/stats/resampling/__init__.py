"""Resampling by patient: one draw of weights shared by every statistic, and the bounds that follow."""
