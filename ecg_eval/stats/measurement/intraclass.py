"""Intraclass correlations of Shrout and Fleiss: what share of the spread of measurements is between patients.

(1, .) each patient measured by other raters; (2, .) the same raters for all, taken as a sample of raters, who must
agree in level; (3, .) these raters alone, who must agree in order but may differ by a constant. (., 1) one rater's
measurement, (., k) the mean of all k. Like every correlation it depends on how much the patients differ.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import f as f_distribution

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.influence import check_choice, check_level
from ecg_eval.stats.estimate import Estimate

Floats = NDArray[np.float64]
IccForm = Literal["1,1", "2,1", "3,1", "1,k", "2,k", "3,k"]
IccTest = Literal["shrout_fleiss", "mcgraw_wong"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntraclassCorrelation:
    """An intraclass correlation with its F test.

    Attributes
    ----------
    icc : Estimate
        Up to 1; `statistic` is F, `df` and `df_denominator` are its degrees of freedom, `p_value` its one-sided test.
    mean_squares : dict of str to float
        "between" patients, "within" patients, "raters", "residual".
    """

    icc: Estimate
    mean_squares: dict[str, float]


def intraclass_correlation(
    *,
    ratings: ArrayLike,
    form: IccForm,
    null_value: float = 0.0,
    level: float = 0.95,
    test: IccTest = "shrout_fleiss",
) -> IntraclassCorrelation:
    r"""Give an intraclass correlation of measurements by several raters.

    With the mean squares between patients B, within W, raters J and residual E, n patients and k raters: (1,1)
    :math:`(B - W) / (B + (k - 1) W)`; (2,1) :math:`(B - E) / (B + (k - 1) E + k (J - E) / n)`; (3,1)
    :math:`(B - E) / (B + (k - 1) E)`; (1,k) :math:`(B - W) / B`; (2,k) :math:`(B - E) / (B + (J - E) / n)`; (3,k)
    :math:`(B - E) / B`.

    Parameters
    ----------
    ratings : array_like, shape (n_cases, n_raters)
        Measurements; cases with a missing one (NaN) are left out. For (1, .) the order within a case means nothing.
    form : {"1,1", "2,1", "3,1", "1,k", "2,k", "3,k"}
        Model and unit. McGraw and Wong call (2, .) agreement, A, and (3, .) consistency, C.
    null_value : float
        Value that the one-sided F test holds against.
    level : float
        Coverage that the interval aims at.
    test : {"shrout_fleiss", "mcgraw_wong"}
        Denominator of the test of (2, .): :math:`(n - 1)(k - 1)` degrees of freedom, exact for a null value of 0
        (psych), or Satterthwaite's (irr, but for (2,k), where irr puts the average coefficient in the place of a single
        rater's), which any other null value needs and gets.

    Returns
    -------
    IntraclassCorrelation
        Intervals from F, of (2, .) with Satterthwaite's degrees of freedom (McGraw and Wong 1996), of averages by the
        Spearman-Brown formula. May be negative. Undefined with fewer than two complete cases or two raters, or without
        any spread; without interval where the residual is 0.

    Raises
    ------
    ArgumentError
        Ratings that are no table of finite numbers, an unknown form or test, a null value or level out of range.

    References
    ----------
    Shrout PE, Fleiss JL. Psychol Bull 1979;86:420-428. McGraw KO, Wong SP. Psychol Methods 1996;1:30-46.

    Examples
    --------
    >>> table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> print(intraclass_correlation(ratings=table, form="2,1").icc)
    0.290 (95 % CI 0.019 to 0.761; ICC(2,1), n = 6)
    """
    who = "intraclass_correlation"
    check_level(who, level)
    check_choice(who, "form", form, get_args(IccForm))
    check_choice(who, "test", test, get_args(IccTest))
    if not 0 <= null_value < 1:
        raise ArgumentError(who, "null_value", "from 0 to below 1", null_value)
    table = _complete(who, ratings)
    n, k = table.shape
    method = f"ICC({form})"
    if n < 2 or k < 2 or np.ptp(table) == 0:
        reason = "all measurements are the same" if n > 1 < k else "it takes two raters and two cases that all measured"
        blank = Estimate.undefined(reason=reason, method=method, n=n, level=level)
        return IntraclassCorrelation(icc=blank, mean_squares={})
    squares = _mean_squares(table)
    model, average = form[0], form.endswith("k")
    error, df_error = (squares["within"], n * (k - 1)) if model == "1" else (squares["residual"], (n - 1) * (k - 1))
    bias = (squares["raters"] - error) / n if model == "2" else 0.0
    single = (squares["between"] - error) / (squares["between"] + (k - 1) * error + k * bias)
    if average and squares["between"] + bias <= 0:
        blank = Estimate.undefined(
            reason="the mean square between patients is too small", method=method, n=n, level=level
        )
        return IntraclassCorrelation(icc=blank, mean_squares=squares)
    value = (squares["between"] - error) / (squares["between"] + bias) if average else single
    if error <= 1e-12 * squares["between"]:
        blank = Estimate(value=value, method=method, n=n, level=level, reason="the residual is 0, so F is infinite")
        return IntraclassCorrelation(icc=blank, mean_squares=squares)
    df_two_way = _satterthwaite(squares, single, n, k) if model == "2" else float(df_error)
    bounds = _single_bounds(squares["between"], error, bias, n, k, df_two_way, level)
    low, high = (_stepped_up(x, k) for x in bounds) if average else bounds
    # the degrees of freedom of (2, .) have no meaning at a negative correlation, and then the bounds may miss it
    low, high = None if low is None else min(low, value), value if high is None else max(high, value)
    f = _f_statistic(squares["between"], error, bias, n, k, null_value, average)
    df = df_two_way if model == "2" and (test == "mcgraw_wong" or null_value > 0) else float(df_error)
    p = float(f_distribution.sf(f, n - 1, df))
    estimate = Estimate(
        value=value, low=low, high=high, level=level, method=method, n=n, df=n - 1, df_denominator=df, statistic=f,
        p_value=p,
        reason=None if low is not None else "the lower bound of the average is unbounded",
    )  # fmt: skip
    return IntraclassCorrelation(icc=estimate, mean_squares=squares)


def _complete(who: str, ratings: ArrayLike) -> Floats:
    table = np.asarray(ratings, dtype=float)
    if table.ndim != 2:
        raise ArgumentError(who, "ratings", "an array of shape (n_cases, n_raters)", table.shape)
    if np.isinf(table).any():
        raise ArgumentError(who, "ratings", "finite, or NaN where missing")
    return np.asarray(table[~np.isnan(table).any(axis=1)])


def _mean_squares(table: Floats) -> dict[str, float]:
    """Split the spread of a complete table as a two-way analysis of variance does."""
    n, k = table.shape
    centred = table - table.mean()
    rows, columns = centred.mean(axis=1, keepdims=True), centred.mean(axis=0, keepdims=True)
    return {
        "between": float(k * (rows**2).sum() / (n - 1)),
        "within": float(((centred - rows) ** 2).sum() / (n * (k - 1))),
        "raters": float(n * (columns**2).sum() / (k - 1)),
        "residual": float(((centred - rows - columns) ** 2).sum() / ((n - 1) * (k - 1))),
    }


def _satterthwaite(squares: dict[str, float], single: float, n: int, k: int) -> float:
    r"""Give the degrees of freedom of :math:`a J + (1 + (n - 1) a) E`, :math:`a = k \rho / (n (1 - \rho))`."""
    a = k * single / (n * (1 - single))
    raters, residual = a * squares["raters"], (1 + (n - 1) * a) * squares["residual"]
    return float((raters + residual) ** 2 / (raters**2 / (k - 1) + residual**2 / ((n - 1) * (k - 1))))


def _single_bounds(
    between: float, error: float, bias: float, n: int, k: int, df: float, level: float
) -> tuple[float, float]:
    """Give the bounds of a single rater's correlation; bias is 0 but for (2,1)."""
    upper = 0.5 + level / 2
    down, up = f_distribution.ppf(upper, n - 1, df), f_distribution.ppf(upper, df, n - 1)
    rest = (k - 1) * error + k * bias
    return (
        float((between - down * error) / (between + down * rest)),
        float((up * between - error) / (up * between + rest)),
    )


def _stepped_up(single: float, k: int) -> float | None:
    """Give the Spearman-Brown bound of the mean of k; None at and below the pole of -1 / (k - 1)."""
    if 1 + (k - 1) * single <= 1e-12:
        return None
    return k * single / (1 + (k - 1) * single)


def _f_statistic(between: float, error: float, bias: float, n: int, k: int, null_value: float, average: bool) -> float:
    """Give F against a null value: between over what it would be expected to be under that value."""
    single = null_value / (k - (k - 1) * null_value) if average else null_value
    ratio = k * single / (1 - single)
    return float(between / (error + ratio * (error + bias)))
