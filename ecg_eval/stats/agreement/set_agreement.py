"""Agreement on whole readings: each reader gives a set of findings, and near misses earn part of the credit.

A reading of "AF, LBBB" against "AF" is neither agreement nor disagreement. The similarity of two sets says how near
they are; its mean over cases is the agreement seen, and Krippendorff's alpha with one minus it for distance
corrects for chance. Two empty sets are equal: both readers found nothing.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.krippendorff import krippendorff_alpha
from ecg_eval.stats.agreement.many_raters import NO_PAIRS, ManyData, many_raters, undefined
from ecg_eval.stats.agreement.share_interval import Counted, share_estimate
from ecg_eval.stats.clusters.influence import check_choice, linearised_error
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.binary_data import binary_array

Floats = NDArray[np.float64]
Similarity = Literal["jaccard", "dice", "masi", "exact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgreement:
    """Agreement of readers on sets of findings.

    Attributes
    ----------
    similarity : Estimate
        Mean over cases of the similarity of pairs of readers, 0 to 1; `n_positive` counts the cases on which all
        readers gave the same set. Agresti-Coull interval for the effective number of cases.
    alpha : Estimate
        Krippendorff's alpha with distance 1 - similarity; 1 is agreement, 0 chance.
    by_case : ndarray, shape (n_cases,)
        Mean similarity of pairs of readers on each case; NaN where fewer than two readers read it.
    """

    similarity: Estimate
    alpha: Estimate
    by_case: Floats


def set_agreement(
    *,
    readings: ArrayLike,
    similarity: Similarity = "jaccard",
    ancestors: ArrayLike | None = None,
    importance: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> SetAgreement:
    r"""Give the agreement of two or more readers on sets of findings.

    With the sets A and B, and |.| the sum of importance: jaccard :math:`|A \cap B| / |A \cup B|`; dice :math:`2 |A
    \cap B| / (|A| + |B|)`; masi, jaccard times 1, 2/3, 1/3 or 0 for sets that are equal, nested, overlapping or
    disjoint; exact 1 for equal sets and 0 for others.

    Parameters
    ----------
    readings : array_like, shape (n_cases, n_readers, n_findings)
        1 where the reader gave the finding, 0 where not, NaN where not asked or not read: a reader's set for a case
        is then missing as a whole.
    similarity : {"jaccard", "dice", "masi", "exact"}
        How near two sets are.
    ancestors : array_like of bool, shape (n_findings, n_findings), optional
        Row i marks all that finding i implies (its kind, and the kind of that). Every set is then completed by what it
        implies, so that two kinds of one family share the family (hierarchical measures of Kiritchenko).
    importance : array_like, shape (n_findings,), optional
        How much each finding counts, above 0; 1 by default.
    cluster : array_like, shape (n_cases,), optional
        Patient of each case.
    level : float
        Coverage that the intervals aim at.

    Returns
    -------
    SetAgreement
        Undefined without a case of two sets; alpha also where all sets are the same. The interval of alpha is value
        plus and minus t times linearised standard error.

    Raises
    ------
    ArgumentError
        Values other than 0, 1 and NaN, shapes that do not fit, an importance that is not above 0.

    References
    ----------
    Passonneau R. Measuring agreement on set-valued items (MASI). Proc LREC 2006. Kiritchenko S et al. Learning and
    evaluation in the presence of class hierarchies. Canadian AI 2006.

    Examples
    --------
    >>> agreement = set_agreement(readings=[[[1, 1, 0], [1, 0, 0]], [[0, 0, 0], [0, 0, 0]], [[1, 0, 0], [0, 1, 0]]])
    >>> agreement.by_case.tolist()
    [0.5, 1.0, 0.0]
    """
    who = "set_agreement"
    check_choice(who, "similarity", similarity, get_args(Similarity))
    cube = binary_array(who, "readings", readings)
    if cube.ndim != 3:
        raise ArgumentError(who, "readings", "of shape (n_cases, n_readers, n_findings)", cube.shape)
    sets = _implied(who, cube, ancestors)
    weight = _importance(who, importance, cube.shape[2])
    codes, distinct = _distinct(sets)
    matrix = _similarity(distinct, weight, similarity)
    categories = np.arange(len(distinct), dtype=float)
    raters = many_raters(who, ManyData(ratings=codes, categories=categories, cluster=cluster), matrix, level)
    by_case = np.full(len(cube), np.nan)
    twice = (~np.isnan(codes)).sum(axis=1) >= 2
    used = raters.keep(raters.twice)
    by_case[twice] = used.pairs_agreeing()
    method = f"mean {similarity} similarity"
    alpha = krippendorff_alpha(
        ratings=codes, categories=categories, weights=matrix, cluster=cluster, level=level, interval="wald"
    )
    if not used.n:
        blank = undefined(used, reason=NO_PAIRS, method=method, level=level)
        return SetAgreement(similarity=blank, alpha=alpha, by_case=by_case)
    mean = float(by_case[twice].mean())
    counted = Counted(
        n=used.n,
        n_positive=int((by_case[twice] >= 1 - 1e-12).sum()),
        n_clusters=used.n_clusters,
        units=float(used.n if used.n_clusters is None else used.n_clusters),
    )
    error = linearised_error(influence=by_case[twice] - mean, cluster=used.cluster)
    mean_similarity = share_estimate(
        share=min(mean, 1.0), error=error, counted=counted, level=level, method=method, interval="agresti_coull"
    )
    return SetAgreement(similarity=mean_similarity, alpha=alpha, by_case=by_case)


def _implied(who: str, cube: Floats, ancestors: ArrayLike | None) -> Floats:
    """Complete every set by what its findings imply; NaN stays NaN."""
    if ancestors is None:
        return cube
    n_findings = cube.shape[2]
    table = np.asarray(ancestors, dtype=bool)
    if table.shape != (n_findings, n_findings):
        raise ArgumentError(who, "ancestors", f"of shape {(n_findings, n_findings)}", table.shape)
    closed = np.maximum(table, np.eye(n_findings, dtype=bool)).astype(float)
    whole = (np.nan_to_num(cube) @ closed > 0).astype(float)
    whole[np.isnan(cube).any(axis=2)] = np.nan
    return np.asarray(whole)


def _importance(who: str, importance: ArrayLike | None, n_findings: int) -> Floats:
    if importance is None:
        return np.ones(n_findings)
    weight = np.asarray(importance, dtype=float)
    if weight.shape != (n_findings,) or not (np.isfinite(weight).all() and (weight > 0).all()):
        raise ArgumentError(who, "importance", f"{n_findings} numbers above 0", weight.tolist())
    return weight


def _distinct(sets: Floats) -> tuple[Floats, Floats]:
    """Give the number of each set, NaN if missing, (n_cases, n_readers), and the sets, (n_sets, n_findings)."""
    flat = sets.reshape(-1, sets.shape[2])
    complete = ~np.isnan(flat).any(axis=1)
    distinct, inverse = np.unique(flat[complete], axis=0, return_inverse=True)
    codes = np.full(len(flat), np.nan)
    codes[complete] = inverse.ravel()
    return codes.reshape(sets.shape[:2]), distinct


def _overlap(shared: Floats, sizes: Floats, kind: Similarity) -> Floats:
    both = sizes[:, None] + sizes[None, :]
    whole = both if kind == "dice" else both - shared
    top = 2 * shared if kind == "dice" else shared
    return np.divide(top, whole, out=np.ones_like(shared), where=whole > 0)


def _similarity(sets: Floats, weight: Floats, kind: Similarity) -> Floats:
    """Give the similarity of all pairs of sets, shape (n_sets, n_sets)."""
    if kind == "exact":
        return np.eye(len(sets))
    near = _overlap((sets * weight) @ sets.T, sets @ weight, kind)
    if kind == "masi":
        shared, sizes = sets @ sets.T, sets.sum(axis=1)
        nested = shared == np.minimum(sizes[:, None], sizes[None, :])
        near = near * np.where(nested, 2 / 3, 1 / 3)
    np.fill_diagonal(near, 1.0)
    return np.asarray(near)
