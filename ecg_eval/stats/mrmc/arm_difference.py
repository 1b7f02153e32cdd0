"""The difference of two arms whose readers are not the same: parallel arms, from a table of numbers and its covariance.

`obuchowski_rockette` makes the table from reads. Here it is given, so that any number a reader has (a share, a mean
over findings) may be compared between arms, with the covariance that common cases bring. Blocks of readers with cases
of their own (a split plot), each read in both arms, are `reader_mean` with `blocks`: a difference a reader.
"""

from dataclasses import dataclass, replace
from math import inf, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.intervals import Setting, check_level
from ecg_eval.stats.mrmc.part_means import FIXED_READERS
from ecg_eval.stats.mrmc.reader_mean import RANDOM_READERS

WHO = "arm_difference"
FEWEST_RANDOM_READERS = 2  # of each arm: one alone shows no spread between readers


def arm_difference(
    *,
    first: ArrayLike,
    second: ArrayLike,
    covariance: ArrayLike,
    n: int,
    label: str = "difference of two arms",
    level: float = 0.95,
    ends: tuple[float, float] = (-1.0, 1.0),
    n_clusters: int | None = None,
) -> Estimate:
    r"""Return the mean of the first arm's readers minus that of the second's, for random readers and cases.

    With n_a readers in arm a, s_a^2 the variance of their values, Cov2_a and Cov3 the mean covariances of two readers'
    errors in that arm and in different arms,

    .. math:: SE^2 = s_1^2 / n_1 + s_2^2 / n_2 + \max(Cov2_1 + Cov2_2 - 2 Cov3, 0), \quad
              df = SE^4 / \sum_a (s_a^2 / n_a)^2 / (n_a - 1)

    which is Obuchowski-Rockette for readers nested in tests with each arm's own mean square: help that levels readers
    leaves its arm less spread, and groups of readers are seldom of one size.

    Parameters
    ----------
    first, second : array_like (n_first,) and (n_second,)
        Each reader's number; NaN for one that cannot be computed (left out, and counted in the method).
    covariance : array_like (n_first + n_second, n_first + n_second)
        Error covariance of the values over cases, the first arm's readers before the second's.
    n : int
        Cases.
    label : str
        What is compared, in words.
    level : float
    ends : tuple of float
        Ends of the difference's range; bounds are cut there.
    n_clusters : int, optional
        Patients.

    Returns
    -------
    Estimate
        With the two-sided test against 0. With one reader in an arm, readers are taken as they are (fixed) and the
        method says so. Undefined where an arm has no value.

    Raises
    ------
    ArgumentError
        For shapes that do not fit, and a level that is no proportion.

    Notes
    -----
    Source: Hillis, Stat Med 2014;33:330 (readers nested in tests), there with one mean square of all arms, which
    `obuchowski_rockette` has: with as many readers in each arm the standard error is the same. Degrees of freedom of
    the sum: Satterthwaite, Biometrics Bull 1946;2:110; without errors of cases this is Welch's test (Biometrika
    1947;34:28).
    """
    check_level(WHO, level)
    arms = [np.asarray(arm, dtype=np.float64) for arm in (first, second)]
    values, errors = np.concatenate([arm.ravel() for arm in arms]), np.asarray(covariance, dtype=np.float64)
    if any(arm.ndim != 1 for arm in arms) or errors.shape != (values.size, values.size):
        rule = "of shapes (n_first,), (n_second,) and (n_first + n_second, n_first + n_second)"
        raise ArgumentError(WHO, "first, second and covariance", rule, (arms[0].shape, arms[1].shape, errors.shape))
    arm = np.repeat([0, 1], [arms[0].size, arms[1].size])
    is_known = ~np.isnan(values) & np.isfinite(np.diag(errors))
    n_readers = [int((is_known & (arm == a)).sum()) for a in (0, 1)]
    counted = [f"{k} of {a.size}" if k < a.size else f"{k}" for k, a in zip(n_readers, arms, strict=True)]
    fixed = min(n_readers) < FEWEST_RANDOM_READERS
    effect = FIXED_READERS if fixed else RANDOM_READERS
    many = ["" if count == "1" else "s" for count in counted]
    words = f"{label}, {counted[0]} reader{many[0]} against {counted[1]} other{many[1]}"
    setting = Setting(
        method=f"{words}; Obuchowski-Rockette, readers nested in arms, {effect}",
        level=level,
        n=n,
        n_positive=None,
        n_clusters=n if n_clusters is None else n_clusters,
    )
    if not min(n_readers):
        return setting.undefined("no reader of one of the two arms has a value")
    values, errors, is_first = values[is_known], errors[np.ix_(is_known, is_known)], arm[is_known] == 0
    sides = [_Arm.of(values[side], errors[np.ix_(side, side)]) for side in (is_first, ~is_first)]
    between = _mean_of(errors[np.ix_(is_first, ~is_first)])
    if fixed:
        variance, df = sum(side.error for side in sides) - 2 * between, None
    else:
        spread = [side.variance / side.n for side in sides]
        variance = sum(spread) + max(sum(side.covariance for side in sides) - 2 * between, 0.0)
        loss = sum(part**2 / (side.n - 1) for part, side in zip(spread, sides, strict=True))
        df = variance**2 / loss if loss > 0 else inf
    made = setting.estimate(sides[0].mean - sides[1].mean, variance, df=df, null=0.0, bounds=ends)
    return replace(made, n_clusters=n_clusters)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arm:
    """What one arm brings to the difference.

    Attributes
    ----------
    n : int
        Readers.
    mean, variance : float
        Of their values; the variance of one reader is NaN.
    covariance : float
        Mean covariance of two readers' errors; 0 with one reader.
    error : float
        Variance of the mean over cases, these readers as they are.
    """

    n: int
    mean: float
    variance: float
    covariance: float
    error: float

    @classmethod
    def of(cls, values: NDArray[np.float64], errors: NDArray[np.float64]) -> "_Arm":
        n = len(values)
        covariance = _mean_of(errors[~np.eye(n, dtype=bool)])
        return cls(
            n=n,
            mean=float(values.mean()),
            variance=float(values.var(ddof=1)) if n > 1 else nan,
            covariance=covariance,
            error=(float(np.diag(errors).mean()) + (n - 1) * covariance) / n,
        )


def _mean_of(covariances: NDArray[np.float64]) -> float:
    """Return the mean of those that are known: readers who share too few cases tell nothing; 0 where there is none."""
    finite = covariances[np.isfinite(covariances)]
    if covariances.size == 0:
        return 0.0
    return float(finite.mean()) if finite.size else nan
