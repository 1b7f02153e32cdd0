"""How the errors of the cells go together because they come from the same cases.

Three estimates of the covariance matrix of the cells' figures of merit, cases random and readers as they are:

jackknife
    from the figure without each patient in turn; for any figure of merit.
DeLong
    from the placement values of the AUC (DeLong, DeLong and Clarke-Pearson 1988); with patients who have several cases,
    the sums over the patient's cases take the place of the cases (Obuchowski 1997).
unbiased
    U-statistics of the pairs of pairs (Gallas, Pennello and Myers 2007); exact expectation, and so sometimes a negative
    variance.
"""

from typing import Literal

import numpy as np

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mrmc.figures_of_merit import AreaUnderCurve, FigureOfMerit
from ecg_eval.stats.mrmc.moments import pair_moments
from ecg_eval.stats.mrmc.pair_sums import PairSums, cluster_sums, pair_sums, quotient
from ecg_eval.stats.mrmc.study import BoolArray, FloatArray, StudyArrays

CovarianceMethod = Literal["jackknife", "delong", "unbiased"]


def relevant_cases(study: StudyArrays, figure: FigureOfMerit) -> StudyArrays:
    """Keep the cases that can enter the figure of merit: all, the diseased, or the healthy ones."""
    if figure.cases_used == "all":
        return study
    return study.of_cases(study.truth if figure.cases_used == "positive" else ~study.truth)


def cell_values(study: StudyArrays, figure: FigureOfMerit) -> FloatArray:
    """Return the figure of merit of each cell, (n_modalities, n_readers); NaN where undefined."""
    return figure.values(study.cells, study.truth).reshape(study.scores.shape[:2])


def error_covariance(study: StudyArrays, figure: FigureOfMerit, method: CovarianceMethod, who: str) -> FloatArray:
    """Return the covariance of the cells' figures of merit over cases; see `values_and_covariance`."""
    return values_and_covariance(study, figure, method, who)[1]


def values_and_covariance(
    study: StudyArrays, figure: FigureOfMerit, method: CovarianceMethod, who: str
) -> tuple[FloatArray, FloatArray]:
    """Return the cells' figures of merit, and their covariance over cases.

    Returns
    -------
    values : ndarray (n_modalities, n_readers)
        NaN where undefined.
    covariance : ndarray (n_cells, n_cells)
        Cells in the order of `StudyArrays.cells`. NaN where a cell or its jackknife is undefined.

    Raises
    ------
    ArgumentError
        The method is not known, or does not exist for the figure of merit or for clustered cases.
    """
    if method not in ("jackknife", "delong", "unbiased"):
        raise ArgumentError(who, "covariance", "'jackknife', 'delong' or 'unbiased'", method)
    shape = study.scores.shape[:2]
    if method == "jackknife":
        relevant = relevant_cases(study, figure)
        values, left_out = figure.with_left_out(relevant.cells, relevant.truth, relevant.cluster, relevant.n_clusters)
        return values.reshape(shape), jackknife_covariance(left_out)
    if not isinstance(figure, AreaUnderCurve):
        raise ArgumentError(who, "covariance", f"'jackknife' for {figure.name}", method)
    if method == "delong":
        sums = pair_sums(study.cells, study.truth)
        return sums.auc.reshape(shape), delong_covariance(study, sums)
    if study.n_clusters < study.truth.size:
        remedy = "The unbiased method takes every case for independent."
        raise ArgumentError(who, "covariance", "'jackknife' or 'delong' where cases are clustered", method, remedy)
    moments = pair_moments(study.cells, study.truth)
    return moments.values.reshape(shape), moments.unbiased_covariance()


def jackknife_covariance(left_out: FloatArray) -> FloatArray:
    """Return (n - 1) / n times the sums of products of the deviations from the mean jackknife value.

    Parameters
    ----------
    left_out : ndarray (n_cells, n_clusters)
        Figure of merit of each cell without each cluster.
    """
    n = left_out.shape[1]
    if n < 2:
        return np.full((left_out.shape[0], left_out.shape[0]), np.nan)
    deviations = left_out - left_out.mean(axis=1, keepdims=True)
    covariance: FloatArray = (n - 1) / n * (deviations @ deviations.T)
    return covariance


def delong_covariance(study: StudyArrays, sums: PairSums) -> FloatArray:
    r"""Return the DeLong covariance of the AUCs of all cells.

    .. math:: cov(A_a, A_b) = \frac{k}{k - 1} \sum_i d_{ai} d_{bi}, \qquad
              d_{ai} = \frac{\sum_{+} (V_{10} - A_a)}{m_a} \text{ or } \frac{\sum_{-} (V_{01} - A_a)}{n_a}

    summed over the diseased and over the healthy cases apart (k cases that both cells read), or with patients who have
    several cases over patients, to which the product of the two classes' terms is added (Obuchowski 1997). The cells
    need not have read the same cases; cases that only one of two cells read do not enter their covariance.
    """
    cells, truth = study.cells, study.truth
    read = ~np.isnan(cells)
    deviations = np.zeros(cells.shape)
    for of_class, per_case, n_own, others in (
        (truth, sums.per_positive, sums.n_positive, sums.n_negative),
        (~truth, sums.per_negative, sums.n_negative, sums.n_positive),
    ):
        placement = quotient(per_case, others[:, None])
        deviations[:, of_class] = quotient(placement - sums.auc[:, None], n_own[:, None]) * read[:, of_class]
    if study.n_clusters == truth.size:
        return sum(_corrected_products(deviations[:, c], read[:, c]) for c in (truth, ~truth))  # type: ignore[return-value]
    by_class = [cluster_sums(deviations * c, study.cluster, study.n_clusters) for c in (truth, ~truth)]
    seen = [cluster_sums((read & c).astype(float), study.cluster, study.n_clusters) > 0 for c in (truth, ~truth)]
    either = seen[0] | seen[1]
    cross = _corrected_products(by_class[0] + by_class[1], either) - sum(
        _corrected_products(part, either) for part in by_class
    )
    return cross + sum(_corrected_products(part, had) for part, had in zip(by_class, seen, strict=True))


def _corrected_products(deviations: FloatArray, read: BoolArray) -> FloatArray:
    """Return k / (k - 1) times the sums of products, k the units that both cells have.

    Two cells with one common unit keep their single product; a cell with one unit has no variance (NaN).
    """
    common = read.astype(float) @ read.T.astype(float)
    factor = common / np.maximum(common - 1, 1)
    products: FloatArray = factor * (deviations @ deviations.T)
    products[np.diag_indices_from(products)] += np.where(np.diag(common) == 1, np.nan, 0.0)
    return products
