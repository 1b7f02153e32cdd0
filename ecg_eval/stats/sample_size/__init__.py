"""Before the study: how many readers and cases, and what a given number can show.

One file a question: `mrmc` (readers x cases, from a pilot's variance components), `planning_values` (the same without a
pilot, and one algorithm alone), `roc` (one or two ROC curves), `proportions` (sensitivity and specificity to a stated
precision, one or two independent proportions), `paired` (McNemar and non-inferiority on the same cases), `kappa`
(agreement), `clustering` (several recordings a patient, dropout). There are no data yet, so nothing here is an
`Estimate`: every function answers with a `Plan` (`plan.py`), whose numbers are consequences of the assumptions that
went in. Where no size reaches the power, the size is None and the reason says what limits it.
"""
