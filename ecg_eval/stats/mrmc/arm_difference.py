"""The difference of two arms whose readers are not the same: parallel arms, from a table of numbers and its covariance.

`obuchowski_rockette` makes the table from reads. Here it is given, so that any number a reader has (a share, a mean
over findings) may be compared between arms, with the covariance that common cases bring. Blocks of readers with cases
of their own (a split plot), each read in both arms, are `reader_mean` with `blocks`: a difference a reader.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.anova import Covariances, Design, mean_squares
from ecg_eval.stats.mrmc.intervals import Setting, check_level
from ecg_eval.stats.mrmc.or_terms import denominator_of
from ecg_eval.stats.mrmc.part_means import FIXED_READERS
from ecg_eval.stats.mrmc.reader_mean import RANDOM_READERS

WHO = "arm_difference"
FEWEST_RANDOM_READERS = 2  # of each arm: one alone shows no spread between readers
NESTED: Design = "readers_nested_in_modalities"


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

    With n_1 and n_2 readers, MS(R) the variance of their values within arms, Cov2 and Cov3 the mean covariances of two
    readers' errors in one arm and in different arms, and m = 2 n_1 n_2 / (n_1 + n_2),

    .. math:: D = MS(R) + m \max(Cov_2 - Cov_3, 0), \quad SE^2 = D (1 / n_1 + 1 / n_2), \quad
              df = (n_1 + n_2 - 2) (D / MS(R))^2

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
    Source: Hillis, Stat Med 2014;33:330 (readers nested in tests); the terms are those of `obuchowski_rockette`.
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
    table = np.full((2, int(is_known.sum())), np.nan)
    table[arm[is_known], np.arange(table.shape[1])] = values[is_known]
    one_block = np.zeros(table.shape[1], dtype=np.intp)
    squares = mean_squares(table, NESTED, one_block)
    covariances = Covariances.averaged(
        errors[np.ix_(is_known, is_known)], arm[is_known], np.arange(table.shape[1]), NESTED, one_block
    )
    denominator, df = denominator_of(squares, covariances, fixed=fixed, constrain=True)
    difference = float(np.nanmean(table[0]) - np.nanmean(table[1]))
    made = setting.estimate(
        difference, denominator * float((1 / squares.n_readers).sum()), df=df, null=0.0, bounds=ends
    )
    return replace(made, n_clusters=n_clusters)
