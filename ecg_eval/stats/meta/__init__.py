"""Numbers of several studies put together: what they say as one, and how far they differ beyond chance.

`effects.py` puts proportions and correlations on a scale where they are about normal; `least_squares.py` weighs
studies, `between_studies.py` estimates how far their true values lie apart; `random_effects.py` pools one number a
study and `meta_regression.py` asks whether it moves with the studies' version or year. `bivariate.py` pools sensitivity
and specificity together, by the exact binomial likelihood or by `bivariate_normal.py`; `pooled_accuracy.py` says what
follows.
"""
