"""Before the study: how many readers and cases, and what a given number can show.

One file a question: `mrmc` (readers x cases, from a pilot's variance components), `case_mix` (the same where the share
of positive cases changes), `planning_values` (the same without a pilot), `standalone` (one algorithm alone), `roc` and
`roc_pair` (one or two ROC curves), `proportions` (sensitivity and specificity to a stated precision), `goal` (a
proportion above a stated value), `paired` (McNemar and non-inferiority on the same cases), `independent` (two
proportions of different cases), `kappa` (agreement), `clustering` (several recordings a patient, dropout).

There are no data yet, so nothing here is an `Estimate`: every function answers with a `Plan` (`plan.py`), whose numbers
are consequences of the assumptions that went in. Where no size reaches the power, the size is None and the reason says
what limits it.
"""
