"""Two calls on the same cases, when cases share patients.

McNemar's test counts discordant pairs as independent. With several ECGs of a patient they are not, and it rejects too
often; the tests here let the patient be the unit. The default interval is Tango's on the effective number of pairs, so
that it is exactly Tango's with one pair a patient and keeps a width without discordant pairs.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from ecg_eval.stats.clusters.cluster_totals import independent_cases, t_quantile
from ecg_eval.stats.estimate import NO_COUNT, Estimate, Estimates
from ecg_eval.stats.proportion.binary_data import Floats, check_method, complete_cases, normal_quantile
from ecg_eval.stats.proportion.proportions import Bounds
from ecg_eval.stats.proportion.score_statistics import PairedTables, invert, paired_difference_score


class ClusteredTables(NamedTuple):
    """Pairs of each patient.

    Attributes
    ----------
    both, first, second, neither : (..., n_clusters) arrays
        Pairs where both, only the first, only the second, none of the two has the event; a patient without pairs does
        not count.
    """

    both: Floats
    first: Floats
    second: Floats
    neither: Floats

    @property
    def pairs(self) -> Floats:
        """Pairs of each patient."""
        return self.both + self.first + self.second + self.neither

    @property
    def surplus(self) -> Floats:
        """Pairs with only the first minus pairs with only the second, of each patient."""
        return self.first - self.second

    @property
    def k(self) -> Floats:
        """Patients with at least one pair."""
        return np.asarray((self.pairs > 0).sum(-1), dtype=np.float64)


def clustered_mcnemar(
    *, first: ArrayLike, second: ArrayLike, cluster: ArrayLike, method: str = "obuchowski", level: float = 0.95
) -> Estimate:
    """Test whether two calls have the event equally often, when cases share patients.

    Parameters
    ----------
    first, second : (n_cases,) arrays of 0, 1; NaN where missing (left out)
        The two calls on each case.
    cluster : (n_cases,) array of int or str
        The patient of each case.
    method : str
        ``obuchowski`` (default, Stat Med 1998;17:1495-1507): (k - 1) / k (sum d_i)² / sum d_i², d_i being the surplus
        of patient i. ``yang`` (Yang, Sun and Hardin, Biom J 2010;52:638-652): its variance averaged with that around
        the observed difference. ``durkalski`` (Stat Med 2003;22:2417-2428): (sum d_i / n_i)² / sum (d_i / n_i)², every
        patient weighing the same. ``eliasziw_donner`` (Stat Med 1991;10:1981-1991): McNemar's chi-squared over a
        design effect from the correlation of discordance.
    level : float
        Coverage of the interval of the difference (see `clustered_paired_difference`, which is its value).

    Returns
    -------
    Estimate
        Value and interval are those of `clustered_paired_difference`; `statistic` and `p_value` those of the test:
        chi-squared with 1 degree of freedom. Without discordant pairs, or with one patient, there is no p-value.

    Raises
    ------
    ArgumentError
        For arrays of unequal length, other values than 0, 1 and NaN, an unknown method.
    """
    check_method("clustered_mcnemar", method, TESTS)
    tables = clustered_tables("clustered_mcnemar", first, second, cluster)
    return clustered_mcnemars(_one(tables), method=method, level=level)[0]


def clustered_mcnemars(tables: ClusteredTables, *, method: str = "obuchowski", level: float = 0.95) -> Estimates:
    """Test many tables at once, whose pairs are counted by patient.

    Parameters
    ----------
    tables : ClusteredTables, arrays of shape (n_tables, n_clusters)
    method, level
        As for `clustered_mcnemar`.

    Returns
    -------
    Estimates
        One a table: what `clustered_mcnemar` gives for it alone.
    """
    statistic = clustered_mcnemar_statistics(tables, method=method)
    differences = _differences(tables, "tango_rao_scott", level)
    tested = np.isfinite(statistic) & (differences.n_clusters != 1) & (differences.n > 0)
    untested = "no patient has more discordant pairs of one kind, or there is one patient: no test"
    return replace(
        differences,
        method=np.array([f"{TESTS[method]}; difference: {words}" for words in differences.method], dtype=object),
        df=np.full(len(differences), np.nan),
        statistic=np.where(tested, statistic, np.nan),
        p_value=np.where(tested, chi_squared_p(statistic), np.nan),
        reason=np.where(tested | (differences.reason != ""), differences.reason, untested).astype(object),
    )


def clustered_paired_difference(
    *, first: ArrayLike, second: ArrayLike, cluster: ArrayLike, method: str = "tango_rao_scott", level: float = 0.95
) -> Estimate:
    """Estimate the difference first - second of two calls on the same cases, when cases share patients.

    Parameters
    ----------
    first, second : (n_cases,) arrays of 0, 1; NaN where missing (left out)
        The two calls on each case.
    cluster : (n_cases,) array of int or str
        The patient of each case.
    method : str
        ``tango_rao_scott`` (default): Tango's interval for the table shrunk by the design effect, with t(k - 1) in the
        place of the normal quantile.
        ``ratio``: d -+ t(k - 1) SE with the ratio estimator's SE between patients.
    level : float
        Coverage that the interval aims at.

    Returns
    -------
    Estimate
        From -1 to 1; `standard_error` is between patients, ``sqrt(k / (k - 1) sum (d_i - d n_i)²) / n``. Undefined
        without pairs; the interval is None for a single patient with several cases.

    Raises
    ------
    ArgumentError
        For arrays of unequal length, other values than 0, 1 and NaN, an unknown method.

    Examples
    --------
    >>> e = clustered_paired_difference(first=[1, 1, 1, 0, 1, 0], second=[0, 0, 1, 0, 1, 1], cluster=list("aabbcd"))
    >>> print(e)
    0.167 (95 % CI -0.745 to 0.851; Tango score on the effective number of pairs, n = 6)
    """
    check_method("clustered_paired_difference", method, INTERVALS)
    tables = clustered_tables("clustered_paired_difference", first, second, cluster)
    return _differences(_one(tables), method, level)[0]


def clustered_paired_bounds(tables: ClusteredTables, *, method: str = "tango_rao_scott", level: float = 0.95) -> Bounds:
    """Give the interval bounds of many clustered paired differences at once; methods as for one.

    Returns
    -------
    low, high : (...) arrays
        NaN without pairs, with one patient, and by ``ratio`` where no patient differs from another.
    """
    normal_quantile("clustered_paired_bounds", level)
    check_method("clustered_paired_bounds", method, INTERVALS)
    _, k, difference, error = _moments(tables)
    if method == "ratio":
        half = np.where(error > 0, t_quantile(level, k - 1) * error, np.nan)
        return np.maximum(difference - half, -1.0), np.minimum(difference + half, 1.0)
    shrunk, df = independent_table(tables)
    empty = shrunk.n == 0
    shrunk = shrunk._replace(neither=np.where(empty, 1.0, shrunk.neither))
    one = np.ones_like(shrunk.n)
    low, high = invert(lambda d: paired_difference_score(shrunk, d), t_quantile(level, df), (-one, one))
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def independent_table(tables: ClusteredTables) -> tuple[PairedTables, Floats]:
    """Return the table of independent pairs that has the same difference and variance, and its degrees of freedom.

    The pairs are divided by the design effect of the difference, SE² / [(b + c) / n - d²] (n - 1), at least 1; where no
    patient differs from another they become Kish's n²/sum(n_i²). The degrees of freedom are those of the SE, k - 1, and
    infinite with one pair a patient.
    """
    n, k, difference, error = _moments(tables)
    with np.errstate(invalid="ignore", divide="ignore"):
        changed = tables.first.sum(-1) + tables.second.sum(-1)
        binomial = (changed / n - difference**2) / (n - 1)
        effect = np.where(binomial > 1e-15, error**2 / binomial, np.nan)
        size = independent_cases(n, k, effect, n**2 / (tables.pairs**2).sum(-1))
        share = np.where(n > 0, size / n, 0.0)
    table = PairedTables(*(share * part.sum(-1) for part in tables))
    return table, np.where(k == n, np.inf, k - 1)


def clustered_mcnemar_p_values(tables: ClusteredTables, *, method: str = "obuchowski") -> Floats:
    """Give the two-sided p-values of many clustered tables at once; NaN where there is no test."""
    return chi_squared_p(clustered_mcnemar_statistics(tables, method=method))


def clustered_mcnemar_statistics(tables: ClusteredTables, *, method: str = "obuchowski") -> Floats:
    """Give the chi-squared statistics of many clustered tables at once; NaN or infinite where there is no test."""
    check_method("clustered_mcnemar_statistics", method, TESTS)
    return _STATISTICS[method](tables)


def chi_squared_p(statistic: Floats | float) -> Floats:
    """Return the upper tail of chi-squared with 1 degree of freedom."""
    return np.asarray(chdtrc(1.0, statistic), dtype=np.float64)


def clustered_tables(who: str, first: ArrayLike, second: ArrayLike, cluster: ArrayLike) -> ClusteredTables:
    """Check two calls on cases of patients and count the pairs of each patient."""
    (one, two), codes, k = complete_cases(who, cluster=cluster, first=first, second=second)
    kinds = (one * two, one * (1 - two), (1 - one) * two, (1 - one) * (1 - two))
    return ClusteredTables(*(np.bincount(codes, weights=kind, minlength=k).astype(np.float64) for kind in kinds))


def _moments(tables: ClusteredTables) -> tuple[Floats, Floats, Floats, Floats]:
    """Return pairs, patients, difference and its standard error between patients."""
    pairs, k = tables.pairs, tables.k
    n = pairs.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = tables.surplus.sum(-1) / n
        squares = ((tables.surplus - difference[..., None] * pairs) ** 2).sum(-1)
        return n, k, difference, np.sqrt(k / (k - 1) * squares) / n


def _one(tables: ClusteredTables) -> ClusteredTables:
    """Return a single table as the first of several."""
    return ClusteredTables(*(part[None] for part in tables))


def _differences(tables: ClusteredTables, method: str, level: float) -> Estimates:
    n, k, difference, error = _moments(tables)
    low, high = clustered_paired_bounds(tables, method=method, level=level)
    has_interval = low < high
    one = "all pairs come from one patient, so that nothing is known about others"
    why = np.where(k == 1, one, "no patient differs from another: this method has no interval")
    return Estimates.of_columns(
        value=difference,
        low=np.where(has_interval, low, np.nan),
        high=np.where(has_interval, high, np.nan),
        level=level,
        method=INTERVALS[method],
        n=n,
        n_clusters=np.where(n == 0, NO_COUNT, k),
        n_discordant=(tables.first + tables.second).sum(-1),
        standard_error=np.where(error > 0, error, np.nan),
        df=np.where(k > 1, k - 1, np.nan),
        reason=np.where(n == 0, "there is no pair", np.where(has_interval, "", why)),
    )


def _obuchowski(tables: ClusteredTables) -> Floats:
    d, k = tables.surplus, tables.k
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((k - 1) / k * d.sum(-1) ** 2 / (d**2).sum(-1))


def _yang(tables: ClusteredTables) -> Floats:
    d, k, pairs = tables.surplus, tables.k, tables.pairs
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = d.sum(-1) / pairs.sum(-1)
        around = ((d - mean[..., None] * pairs) ** 2).sum(-1)
        return np.asarray((k - 1) / k * d.sum(-1) ** 2 / ((around + (d**2).sum(-1)) / 2))


def _durkalski(tables: ClusteredTables) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(tables.pairs > 0, tables.surplus / tables.pairs, 0.0)
        return np.asarray(share.sum(-1) ** 2 / (share**2).sum(-1))


def _eliasziw_donner(tables: ClusteredTables) -> Floats:
    """McNemar's chi-squared over 1 + (n_c - 1) rho, rho from the pooled analysis of variance of the four cells."""
    cells, pairs, k = np.stack(tables), tables.pairs, tables.k
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = pairs.sum(-1) / k
        present = pairs > 0
        n0 = mean - np.where(present, (pairs - mean[..., None]) ** 2, 0.0).sum(-1) / (k * (k - 1) * mean)
        shares = cells.sum(-1) / pairs.sum(-1)
        between = np.where(present, (cells - pairs * shares[..., None]) ** 2 / pairs, 0.0).sum(-1).sum(0) / k
        within = np.where(present, cells * (pairs - cells) / pairs, 0.0).sum(-1).sum(0) / (k * (mean - 1))
        pooled = (between - within) / (between + (n0 - 1) * within)
        rho = 1 / (1 + (shares[1] + shares[2]) * (1 - pooled) / pooled)
        discordant = tables.first + tables.second
        some = (discordant > 0).sum(-1)
        average = discordant.sum(-1) / some
        spread = np.where(present, (discordant - average[..., None]) ** 2, 0.0).sum(-1) - (k - some) * average**2
        s0 = average - spread / (some * (some - 1) * average)
        size = s0 + some * (average - s0)
        chi_squared = tables.surplus.sum(-1) ** 2 / discordant.sum(-1)
        inflation = 1 + (size - 1) * rho
        # a strongly negative correlation can leave no variance at all
        return np.asarray(np.where(inflation > 0, chi_squared / inflation, np.nan))


TESTS: Mapping[str, str] = {
    "obuchowski": "Obuchowski's McNemar test by patients",
    "yang": "Yang's McNemar test by patients",
    "durkalski": "Durkalski's McNemar test by patients",
    "eliasziw_donner": "Eliasziw and Donner's McNemar test by patients",
}

INTERVALS: Mapping[str, str] = {
    "tango_rao_scott": "Tango score on the effective number of pairs",
    "ratio": "ratio estimator, t",
}

_STATISTICS: Mapping[str, Callable[[ClusteredTables], Floats]] = {
    "obuchowski": _obuchowski,
    "yang": _yang,
    "durkalski": _durkalski,
    "eliasziw_donner": _eliasziw_donner,
}
