"""Test of a kappa of 0: the standard error that it has when raters judge independently of each other.

The non-null error of a kappa is made of the agreements seen; where a finding is rare there may be none by chance,
the error is far too small, and the test rejects a true hypothesis up to two times in three. Under independence the
error follows from the raters' marginals alone, with patients who give several cases through each rater's own
likeness within a patient.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from ecg_eval.stats.agreement.ratings import MISSING
from ecg_eval.stats.clusters.influence import NO_SPREAD
from ecg_eval.stats.estimate import Estimate

Floats = NDArray[np.float64]


def centred_weights(first: Floats, second: Floats, weights: Floats) -> Floats:
    r"""Give :math:`f_{kl} = w_{kl} - \sum_l w_{kl} q_l - \sum_k p_k w_{kl} + p_e`, of mean 0 over either rater."""
    by_first, by_second = weights @ second, first @ weights
    return np.asarray(weights - by_first[:, None] - by_second[None, :] + first @ weights @ second)


def independent_spread(first: Floats, second: Floats, weights: Floats) -> float:
    r"""Give :math:`\sum_{kl} p_k q_l f_{kl}^2`, the variance of a case's agreement beyond chance under independence.

    For unit weights and p = q it is :math:`\sum p^2 + (\sum p^2)^2 - 2 \sum p^3` (Fleiss, Nee and Landis 1979).
    """
    return float(first @ centred_weights(first, second, weights) ** 2 @ second)


def pair_null_error(*, codes: NDArray[np.intp], weights: Floats, cluster: NDArray[np.intp] | None) -> float:
    r"""Give the standard error of Cohen's kappa of two independent raters.

    :math:`\left[n \sum_{kl} p_k q_l f_{kl}^2 + \sum_{kk'll'} f_{kl} f_{k'l'} A_{kk'} B_{ll'} / P\right]^{1/2} / (n (1 -
    p_e))`, where A and B count the two ratings that a rater gave to ordered pairs of cases of one patient, and P such
    pairs; without clusters it is that of Fleiss, Cohen and Everitt under kappa = 0.

    Parameters
    ----------
    codes : ndarray of int, shape (n, 2)
        Category codes without holes.
    weights : ndarray, shape (n_categories, n_categories)
        Agreement weights.
    cluster : ndarray of int, shape (n,), or None
        Cluster codes.
    """
    n, q = len(codes), len(weights)
    one_hot = codes[:, :, None] == np.arange(q)
    first, second = one_hot.mean(axis=0)
    variance = n * independent_spread(first, second, weights)
    if cluster is not None:
        sums = np.zeros((int(cluster.max()) + 1, 2, q))
        np.add.at(sums, cluster, one_hot)
        n_pairs = float((sums[:, 0].sum(axis=1) ** 2).sum()) - n
        alike = [sums[:, j].T @ sums[:, j] - np.diag(sums[:, j].sum(axis=0)) for j in (0, 1)]
        f = centred_weights(first, second, weights)
        variance += max(float(((f.T @ alike[0] @ f) * alike[1]).sum()) / max(n_pairs, 1.0), 0.0)
    return float(np.sqrt(variance) / (n * (1 - first @ weights @ second)))


def many_null_error(
    *, codes: NDArray[np.intp], marginals: Floats, weights: Floats, case_weights: Floats, by_case: Floats | None = None
) -> float:
    r"""Give the standard error of (p_a - p_e) / (1 - p_e) of independent raters and independent cases.

    A case's agreement is the mean over its pairs of raters. Beyond what each rating brings by itself, pairs are
    uncorrelated: :math:`\sum_i \omega_i^2 \sum_{gh \in i} V_{gh} / C_i^2` over :math:`(\sum \omega)^2 (1 - p_e)^2`,
    with the spreads V of pairs and C pairs a case. What ratings bring by themselves cancels against p_e but where
    holes let a rating count in one more than in the other; the rest is added, as its spread over cases.

    Parameters
    ----------
    codes : ndarray of int, shape (n, n_raters)
        Category codes, -1 for missing; every rater has one.
    marginals : ndarray, shape (n_raters, n_categories)
        Marginal shares of each rater; all rows the same where they are pooled.
    weights : ndarray, shape (n_categories, n_categories)
        Agreement weights, symmetric.
    case_weights : ndarray, shape (n,)
        How much the agreement on a case counts; 0 for cases with fewer than two ratings.
    by_case : ndarray, shape (n,), optional
        What each case adds to p_e, of mean p_e; left out where nothing remains (cases that count by their ratings).
    """
    seen = (codes != MISSING).astype(float)
    m, total = len(marginals), case_weights.sum()
    chance = marginals @ weights @ marginals.T
    distinct, which = np.unique(marginals, axis=0, return_inverse=True)
    spread = np.array([[independent_spread(p, q, weights) for q in distinct] for p in distinct])
    spread = spread[np.ix_(which.ravel(), which.ravel())]
    np.fill_diagonal(spread, 0.0)
    np.fill_diagonal(chance, 0.0)
    expected = float(chance.sum()) / (m * (m - 1))
    ordered = seen.sum(axis=1) * (seen.sum(axis=1) - 1)
    pairs = np.maximum(ordered, 1.0)
    variance = (case_weights**2 * 2 * ((seen @ spread) * seen).sum(axis=1) / pairs**2).sum() / total**2
    if by_case is not None:
        to_others = marginals @ weights  # agreement of each category with a rater's marginals, (n_raters, n_categories)
        place = np.maximum(codes, 0)
        brought = np.take_along_axis(seen @ to_others, place, axis=1) - np.take_along_axis(to_others.T, place, axis=0)
        projected = (2 * (brought * seen).sum(axis=1) - ((seen @ chance) * seen).sum(axis=1)) / pairs
        rest = len(codes) / total * case_weights * (projected - expected) - 2 * (by_case - expected)
        variance += ((rest - rest.mean()) ** 2).sum() / len(codes) ** 2
    return float(np.sqrt(variance) / (1 - expected))


def with_null_test(estimate: Estimate, error: float) -> Estimate:
    """Put the test by an error under independence in place of the estimate's own; t on clusters - 1 with clusters.

    An error of 0 (a constant rater) tests nothing, and statistic and p are then left out.
    """
    if estimate.value is None or error < NO_SPREAD:
        return replace(estimate, statistic=None, p_value=None)
    z = estimate.value / error
    clusters = estimate.n_clusters
    p = norm.sf(abs(z)) if clusters is None else t.sf(abs(z), max(clusters - 1, 1))
    return replace(estimate, statistic=z, p_value=float(2 * p))
