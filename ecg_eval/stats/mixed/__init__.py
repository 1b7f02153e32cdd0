"""Mixed models with crossed random effects: readers and cases, and any other grouping.

`linear.py` is of numbers such as logarithms of times, `linear_criterion.py` its likelihood. All others are logistic:
`model.py` has the public function and what it returns, `comparison.py` the Wald and likelihood-ratio tests. Below them:
`terms.py` (data in the form that the likelihood needs), `laplace.py` (the approximate likelihood and its exact
gradient), `factor.py` (the linear algebra of crossed groupings), `quadrature.py` (adaptive Gauss-Hermite for a single
grouping) and `fitting.py` (the search for the maximum).
"""
