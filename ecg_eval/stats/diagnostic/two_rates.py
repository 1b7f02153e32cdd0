"""Sensitivity and 1 - specificity of one call together, and the ratios that are made of them.

The two rates come from different cases, so that they are independent unless a patient has cases of both kinds; then
their correlation between patients enters. Everything here is in plain numbers: an infinite ratio is inf, a bound that
does not exist is NaN. The public functions turn them into Estimates.
"""

from collections.abc import Mapping, Sequence
from math import exp, inf, log, nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ecg_eval.stats.clusters.cluster_totals import t_quantile
from ecg_eval.stats.clusters.clustered import clustered_bounds
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import Codes, Floats, check_method, complete_cases, normal_quantile
from ecg_eval.stats.proportion.mover import Part, mover_ratio
from ecg_eval.stats.proportion.unpaired import unpaired_bounds

RATIO_METHODS: Mapping[str, str] = {
    "score": "Miettinen-Nurminen score",
    "mover": "MOVER of Wilson intervals by patients",
    "log": "log scale",
}
ODDS_METHODS: Mapping[str, str] = {"score": "Miettinen-Nurminen score", "log": "log scale"}


class Ratio(NamedTuple):
    """A ratio with its interval: value may be inf or NaN, bounds inf or NaN, the standard error is of the logarithm."""

    value: float
    low: float
    high: float
    standard_error: float


class TwoRates(NamedTuple):
    """Cases with a truth and a call, and the patient of each.

    Attributes
    ----------
    truth, call : (n_cases,) float arrays of 0 and 1
    cluster : (n_cases,) int array
    n_clusters : int
    """

    truth: Floats
    call: Floats
    cluster: Codes
    n_clusters: int

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """TP, FP, FN, TN."""
        positives, tp = int(self.truth.sum()), int((self.truth * self.call).sum())
        fp = int(self.call.sum()) - tp
        return tp, fp, positives - tp, self.truth.size - positives - fp

    @property
    def shares(self) -> tuple[float, float]:
        """Sensitivity and 1 - specificity."""
        tp, fp, fn, tn = self.counts
        return tp / (tp + fn), fp / (fp + tn)

    @property
    def repeated(self) -> bool:
        """Whether any patient has more than one case."""
        return self.n_clusters < self.truth.size

    @property
    def one_class(self) -> str | None:
        """The reason why there are not two rates, if there are not."""
        if not self.truth.any():
            return "no case has the finding"
        return "every case has the finding" if self.truth.all() else None

    def deviations(self) -> Floats:
        """Return what each patient adds to the errors of sensitivity and 1 - specificity, (2, n_clusters)."""
        (p, q), n1 = self.shares, self.truth.sum()
        of_truth = self.truth * (self.call - p) / n1
        of_rest = (1 - self.truth) * (self.call - q) / (self.truth.size - n1)
        return np.stack([np.bincount(self.cluster, weights=w) for w in (of_truth, of_rest)])

    def undefined(self, reason: str, method: str, level: float) -> Estimate:
        """Return the Estimate that these cases do not allow."""
        return Estimate.undefined(
            reason=reason,
            method=method,
            n=self.truth.size,
            n_positive=int(self.truth.sum()),
            n_clusters=self.n_clusters,
            level=level,
        )


def two_rates(who: str, truth: ArrayLike, call: ArrayLike, cluster: ArrayLike | None) -> TwoRates:
    """Check the arrays of a public function and leave out the cases that miss one."""
    (truth_, call_), codes, n_clusters = complete_cases(who, cluster=cluster, truth=truth, call=call)
    return TwoRates(truth_, call_, codes, n_clusters)


def rate_ratio(
    rates: TwoRates, method: str | None, level: float, score_bounds: tuple[float, float] | None = None
) -> Ratio:
    """Return sensitivity / (1 - specificity); NaN without any positive call.

    ``score`` where no patient is repeated, else ``mover``, unless `method` says otherwise. `score_bounds` are those of
    ``score`` where they are known already (`score_ratio_bounds`).
    """
    method = method or ("mover" if rates.repeated else "score")
    check_method("likelihood ratio", method, RATIO_METHODS)
    hits, false = rates.counts[:2]
    p, q = rates.shares
    if hits + false == 0:
        return Ratio(nan, nan, nan, nan)
    value = p / q if q else inf
    error = _log_error(rates, np.array([1 / p, 1 / q])) if hits and false else nan
    low = high = nan
    if method == "log":
        low, high = _logarithmic(rates, value, error, level)
    elif method == "mover":
        low, high = _mover(rates, level)
    elif not rates.repeated:
        low, high = score_bounds or score_ratio_bounds([rates], level)[0]
    return Ratio(value, low, high, error)


def score_ratio_bounds(rates: Sequence[TwoRates], level: float) -> list[tuple[float, float]]:
    """Return the score bounds of many ratios in one search; NaN where no patient's rate has a case."""
    hits, false, misses, correct = np.array([r.counts for r in rates], dtype=np.float64).reshape(-1, 4).T
    some = (hits + misses > 0) & (false + correct > 0) & (hits + false > 0)
    low, high = np.full(len(rates), nan), np.full(len(rates), nan)
    if some.any():
        h, f, m, c = (count[some] for count in (hits, false, misses, correct))
        low[some], high[some] = unpaired_bounds(h, h + m, f, f + c, contrast="ratio", level=level)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def rate_odds_ratio(rates: TwoRates, method: str | None, level: float) -> Ratio:
    """Return TP TN / (FP FN); NaN where numerator and denominator are 0.

    ``score`` where no patient is repeated, else ``log``, unless `method` says otherwise.
    """
    method = method or ("log" if rates.repeated else "score")
    check_method("diagnostic_odds_ratio", method, ODDS_METHODS)
    tp, fp, fn, tn = rates.counts
    if tp * tn == 0 and fp * fn == 0:
        return Ratio(nan, nan, nan, nan)
    value, error = (tp * tn / (fp * fn) if fp * fn else inf), nan
    if min(rates.counts) > 0:
        p, q = rates.shares
        error = _log_error(rates, np.array([1 / (p * (1 - p)), 1 / (q * (1 - q))]))
    low = high = nan
    if method == "log":
        low, high = _logarithmic(rates, value, error, level)
    elif not rates.repeated:
        bounds = unpaired_bounds(tp, tp + fn, fp, fp + tn, contrast="odds_ratio", level=level)
        low, high = float(bounds[0]), float(bounds[1])
    return Ratio(value, low, high, error)


def _log_error(rates: TwoRates, slopes: Floats) -> float:
    """Return the logarithm's standard error from its slopes in the two rates; NaN for a single repeated patient."""
    if not rates.repeated:
        p, q = rates.shares
        n1 = rates.truth.sum()
        variances = np.array([p * (1 - p) / n1, q * (1 - q) / (rates.truth.size - n1)])
        return sqrt(float((slopes**2 * variances).sum()))
    k = rates.n_clusters
    sums = slopes @ (rates.deviations() * np.array([[1.0], [-1.0]]))
    return sqrt(k / (k - 1) * float((sums**2).sum())) if k > 1 else nan


def _logarithmic(rates: TwoRates, value: float, error: float, level: float) -> tuple[float, float]:
    """Give exp(log value -+ quantile SE), NaN where the logarithm has none."""
    if not error > 0:
        return nan, nan
    z = normal_quantile("likelihood ratio", level)
    half = error * (float(t_quantile(level, rates.n_clusters - 1)) if rates.repeated else z)
    return exp(log(value) - half), exp(log(value) + half)


def _mover(rates: TwoRates, level: float) -> tuple[float, float]:
    """Square-and-add, as a ratio, of the clustered Wilson intervals of both rates."""
    parts = []
    for kind, share in zip((rates.truth, 1 - rates.truth), rates.shares, strict=True):
        cases = np.bincount(rates.cluster, weights=kind)
        events = np.bincount(rates.cluster, weights=kind * rates.call)
        parts.append(Part(np.array(share), *clustered_bounds(n_events=events, n_cases=cases, level=level)))
    deviations = rates.deviations()
    scale = sqrt(float((deviations[0] ** 2).sum() * (deviations[1] ** 2).sum()))
    correlation = float((deviations[0] * deviations[1]).sum()) / scale if scale > 0 else 0.0
    low, high = mover_ratio(parts[0], parts[1], np.array(correlation))
    return float(low), float(high)
