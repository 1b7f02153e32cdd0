"""One number from several references: each leaves one voter of a majority out, for a reader who does not vote.

The voters are judged by the others; a reader who does not vote is judged by every such reference in turn, and the mean
of these numbers is the reader's, so that equally good readers get equal numbers. The numbers are of the same ECGs and
nearly the same truths: their errors are taken as going wholly together, so that the bounds of the mean are the means of
the bounds (never too narrow, and exactly those of one reference where all are alike).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ecg_eval.domain.notes import before_notes
from ecg_eval.domain.study import Floats
from ecg_eval.stats.estimate import Estimate, is_defined

LEAVE_ONE_OUT = "mean over the references that leave one voter out"
SOME_UNDEFINED = "there is no interval for one of the references that leave one voter out"


def over_panels(by_panel: Sequence[Estimate], *, ratio: bool = False) -> Estimate:
    """Return the mean of one number over the references that judge a reader.

    Parameters
    ----------
    by_panel : sequence of Estimate
        At least one, a reference each. One alone is returned as it is.
    ratio : bool
        Whether it is a ratio, whose mean is geometric.

    Returns
    -------
    Estimate
        Of the references whose number is known; undefined where none is. `n` and `n_positive` are means, rounded.
    """
    first = by_panel[0]
    if len(by_panel) == 1:
        return first
    defined = [e for e in by_panel if is_defined(e)]
    if not defined:
        return replace(first, method=before_notes(first.method, LEAVE_ONE_OUT))

    def mean(name: str) -> float | None:
        numbers = [getattr(e, name) for e in defined]
        if any(number is None for number in numbers):
            return None
        on_a_log = ratio and name != "standard_error" and min(numbers) > 0
        return float(np.exp(np.mean(np.log(numbers)))) if on_a_log else float(np.mean(numbers))

    reasons = [e.reason for e in defined if e.reason]
    low, high = mean("low"), mean("high")
    lost = (low is None or high is None) and not reasons
    positive = mean("n_positive")
    return replace(
        defined[0],
        value=mean("value"),
        low=low,
        high=high,
        standard_error=mean("standard_error"),
        df=None,
        method=before_notes(defined[0].method, LEAVE_ONE_OUT),
        n=round(float(np.mean([e.n for e in defined]))),
        n_positive=None if positive is None else round(positive),
        reason=SOME_UNDEFINED if lost else next(iter(reasons), None),
    )


def mean_spread(spreads: Sequence[tuple[float, Floats]]) -> tuple[float, Floats]:
    """Return the variance and deviations of a mean over references, from those of each, going wholly together.

    Parameters
    ----------
    spreads : sequence of (variance, deviations)
        Deviations all of one shape; at least one.
    """
    variances, deviations = zip(*spreads, strict=True)
    return float(np.mean(np.sqrt(variances)) ** 2), np.mean(deviations, axis=0)
