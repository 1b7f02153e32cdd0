"""Whether readers use the categories equally often: tests of the margins of square tables, and Cochran's Q.

Two readers can agree badly for two reasons: each finds other cases hard, or one calls a category more often. These
tests look at the second. Bowker asks for symmetry of all pairs of categories, Stuart and Maxwell for equal margins
alone, Cochran's Q for equal shares of yes among any number of readers. Only disagreements count; for two categories all
of them are McNemar's test. They take cases as independent, one a patient.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.rater_pair import PairData, rater_pair
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import binary_array, check_method

Floats = NDArray[np.float64]

METHODS = {
    "stuart_maxwell": "Stuart-Maxwell test of equal margins",
    "bhapkar": "Bhapkar's test of equal margins",
    "ordinal": "test of equal mean rank",
}
NO_DISAGREEMENT = "the readers never disagree, so that nothing is tested"
NO_INTERVAL = "a test statistic has no interval"


def bowker_test(
    *,
    first: ArrayLike | None = None,
    second: ArrayLike | None = None,
    table: ArrayLike | None = None,
    categories: ArrayLike | None = None,
    pairs: str = "with_entries",
) -> Estimate:
    r"""Test whether two readers exchange every pair of categories as often one way as the other.

    :math:`\chi^2 = \sum_{k < l} (n_{kl} - n_{lk})^2 / (n_{kl} + n_{lk})`, over pairs with an entry.

    Parameters
    ----------
    first, second : array_like, shape (n_cases,)
        Ratings of the two readers, or of one reader on two occasions; missing ones (NaN, None, empty text) are left
        out.
    table : array_like of int, shape (n_categories, n_categories)
        Instead of them, counts of cases: rows of the first, columns of the second.
    categories : array_like, optional
        The whole scale; the ratings seen otherwise.
    pairs : {"with_entries", "all"}
        Degrees of freedom: pairs of categories that were exchanged at all (default), or q (q - 1) / 2, as R's
        mcnemar.test and statsmodels, which is conservative where cells are empty.

    Returns
    -------
    Estimate
        Value and `statistic` are chi-squared; 0 where the table is symmetric. `n_discordant` counts the disagreements.
        Undefined without any.

    Raises
    ------
    ArgumentError
        Ratings and a table, or neither; unequal lengths, what is no square table of counts, ratings outside the
        categories, another choice of pairs.

    References
    ----------
    Bowker AH. J Am Stat Assoc 1948;43:572-574.

    Examples
    --------
    >>> first, second = ["AF", "AF", "SR", "VT", "SR", "SR"], ["AF", "SR", "AF", "SR", "VT", "SR"]
    >>> bowker_test(first=first, second=second).value
    0.0
    """
    who = "bowker_test"
    check_method(f"{who} pairs", pairs, {"with_entries", "all"})
    counts = _counts(who, PairData(first=first, second=second, table=table, categories=categories))
    q = len(counts)
    upper = np.triu_indices(q, k=1)
    there, back = counts[upper], counts.T[upper]
    exchanged = there + back > 0
    if not exchanged.any():
        return _undefined(counts, "Bowker's test of symmetry")
    chi_squared = float(((there - back)[exchanged] ** 2 / (there + back)[exchanged]).sum())
    df = int(exchanged.sum()) if pairs == "with_entries" else q * (q - 1) // 2
    return _tested(counts, chi_squared, df, "Bowker's test of symmetry")


def marginal_homogeneity_test(
    *,
    first: ArrayLike | None = None,
    second: ArrayLike | None = None,
    table: ArrayLike | None = None,
    categories: ArrayLike | None = None,
    method: str = "stuart_maxwell",
) -> Estimate:
    r"""Test whether two readers use the categories equally often.

    With :math:`d_k = n_{k.} - n_{.k}` and its covariance S under equal margins, :math:`S_{kk} = n_{k.} + n_{.k} - 2
    n_{kk}` and :math:`S_{kl} = -(n_{kl} + n_{lk})`, :math:`\chi^2 = d' S^{-1} d` over all but one of the categories
    that are part of a disagreement.

    Parameters
    ----------
    first, second, table, categories
        As for `bowker_test`; the order of the categories matters to "ordinal" alone.
    method : {"stuart_maxwell", "bhapkar", "ordinal"}
        ``stuart_maxwell`` (default). ``bhapkar``: with the covariance as observed, :math:`\chi^2 / (1 - \chi^2 / n)`.
        ``ordinal``: 1 degree of freedom for a shift along the scale, :math:`(\sum_k k d_k)^2 / \sum_{kl} n_{kl} (k -
        l)^2`, sharper where one reader calls everything more severe.

    Returns
    -------
    Estimate
        Value and `statistic` are chi-squared. `n_discordant` counts the disagreements. Undefined without any.

    Raises
    ------
    ArgumentError
        Ratings and a table, or neither; unequal lengths, what is no square table of counts, ratings outside the
        categories, an unknown method.

    References
    ----------
    Stuart A. Biometrika 1955;42:412-416. Maxwell AE. Br J Psychiatry 1970;116:651-655. Bhapkar VP. J Am Stat Assoc
    1966;61:228-235. Agresti A. Categorical Data Analysis, 3rd ed., 2013, section 11.3.
    """
    who = "marginal_homogeneity_test"
    check_method(who, method, METHODS)
    counts = _counts(who, PairData(first=first, second=second, table=table, categories=categories))
    words = METHODS[method]
    discordant = counts - np.diag(np.diag(counts))
    if not discordant.any():
        return _undefined(counts, words)
    surplus = counts.sum(axis=1) - counts.sum(axis=0)
    if method == "ordinal":
        rank = np.arange(len(counts))
        apart = np.subtract.outer(rank, rank) ** 2
        return _tested(counts, float((rank @ surplus) ** 2 / (counts * apart).sum()), 1, words)
    spread = np.diag(discordant.sum(axis=0) + discordant.sum(axis=1)) - discordant - discordant.T
    df = int(np.linalg.matrix_rank(spread, hermitian=True))
    chi_squared = float(surplus @ np.linalg.pinv(spread, hermitian=True) @ surplus)
    if method == "bhapkar":
        n = float(counts.sum())
        if n - chi_squared < 1e-9 * n:
            reason = "every case is exchanged the same way, so that the observed covariance is 0"
            return Estimate.undefined(reason=reason, method=words, n=int(n))
        chi_squared /= 1 - chi_squared / n
    return _tested(counts, chi_squared, df, words)


def cochran_q(*, ratings: ArrayLike) -> Estimate:
    r"""Test whether several readers say yes (or are right) equally often on the same cases.

    :math:`Q = (m - 1) [m \sum_j G_j^2 - (\sum_j G_j)^2] / (m \sum_i L_i - \sum_i L_i^2)` with the sums G of the m
    readers and L of the cases.

    Parameters
    ----------
    ratings : array_like, shape (n_cases, n_readers)
        0 or 1; cases that a reader did not rate (NaN) are left out for all.

    Returns
    -------
    Estimate
        Value and `statistic` are Q, chi-squared with readers - 1 degrees of freedom; `n` counts the complete cases and
        `n_discordant` those on which the readers differ. Undefined where they never do. McNemar's asymptotic test for
        two readers.

    Raises
    ------
    ArgumentError
        Other values than 0, 1 and NaN, or fewer than two readers.

    References
    ----------
    Cochran WG. Biometrika 1950;37:256-266.
    """
    who, words = "cochran_q", "Cochran's Q"
    read = binary_array(who, "ratings", ratings)
    if read.ndim != 2 or read.shape[1] < 2:
        raise ArgumentError(who, "ratings", "of shape (n_cases, n_readers), two readers or more", read.shape)
    complete = read[~np.isnan(read).any(axis=1)]
    m = complete.shape[1]
    by_reader, by_case = complete.sum(axis=0), complete.sum(axis=1)
    n_discordant = int(((by_case > 0) & (by_case < m)).sum())
    if n_discordant == 0:
        return Estimate.undefined(reason=NO_DISAGREEMENT, method=words, n=len(complete))
    q = float((m - 1) * (m * (by_reader**2).sum() - by_reader.sum() ** 2) / (m * by_case.sum() - (by_case**2).sum()))
    return Estimate(
        value=q,
        method=words,
        n=len(complete),
        n_discordant=n_discordant,
        statistic=q,
        df=m - 1,
        p_value=float(chdtrc(m - 1, q)),
        reason=NO_INTERVAL,
    )


def _counts(who: str, data: PairData) -> Floats:
    """Count cases by the first reader's category (row) and the second's (column)."""
    pair = rater_pair(who, data, 0.95)
    return np.round(pair.proportions() * pair.n)


def _undefined(table: Floats, words: str) -> Estimate:
    return Estimate.undefined(reason=NO_DISAGREEMENT, method=words, n=int(table.sum()))


def _tested(table: Floats, chi_squared: float, df: int, words: str) -> Estimate:
    return Estimate(
        value=chi_squared,
        method=words,
        n=int(table.sum()),
        n_discordant=int(table.sum() - np.trace(table)),
        statistic=chi_squared,
        df=df,
        p_value=float(chdtrc(df, chi_squared)),
        reason=NO_INTERVAL,
    )
