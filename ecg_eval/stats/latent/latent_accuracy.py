"""How often a finding is there and how well each reader reads, where nobody knows the truth: with intervals.

The model of Dawid and Skene in two classes, its numbers again on resamples of patients. Where readers agree no better
than by chance, the two classes have no names, and nothing is said.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.latent.dawid_skene import FEWEST_READERS, DawidSkene, dawid_skene
from ecg_eval.stats.resampling.draws import interval_from_replicates

Floats = NDArray[np.float64]

TOO_FEW = f"fewer than {FEWEST_READERS} readers read this, so that truth and errors cannot be told apart"
NO_NAMES = "readers agree no better than by chance, so that the classes cannot be told apart"
NOBODY = "in this model no ECG is of this class"
_ITERATIONS = 5_000
_ROUGH, _FEWER_ITERATIONS = 1e-5, 500  # of a resample: far below the spread between resamples


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LatentAccuracy:
    """What readings say of truth and of readers' errors.

    Attributes
    ----------
    posterior : ndarray, shape (n_cases,)
        P(finding present | all readings); NaN for a case that nobody read, or where there is a `reason`.
    prevalence : Estimate
    sensitivity, specificity : tuple of Estimate
        One a reader, P(yes | present) and P(no | absent).
    reason : str or None
        Why there is nothing.
    """

    posterior: Floats
    prevalence: Estimate
    sensitivity: tuple[Estimate, ...]
    specificity: tuple[Estimate, ...]
    reason: str | None = None


def latent_accuracy(
    *,
    answers: ArrayLike,
    weights: ArrayLike | None = None,
    n_clusters: int | None = None,
    level: float = 0.95,
) -> LatentAccuracy:
    """Estimate prevalence and readers' sensitivity and specificity without a known truth.

    Parameters
    ----------
    answers : array_like, shape (n_cases, n_readers)
        1, 0, or NaN for none.
    weights : array_like, shape (n_resamples, n_cases), optional
        Resamples of patients; without them there are no intervals.
    n_clusters : int, optional
        Patients, passed on.
    level : float

    Returns
    -------
    LatentAccuracy
        With a reason where fewer than three readers read anything, or they agree no better than by chance.

    References
    ----------
    Dawid AP, Skene AM. J R Stat Soc C 1979;28:20-28.
    """
    answered = np.asarray(answers, float)
    if answered.ndim != 2:
        raise ArgumentError("latent_accuracy", "answers", "of shape (n_cases, n_readers)", answered.shape)
    reading = ~np.isnan(answered).all(axis=0)
    if reading.sum() < FEWEST_READERS:
        return _nothing(answered, TOO_FEW, level)
    fit = dawid_skene(answers=answered, tolerance=1e-8, max_iterations=_ITERATIONS)
    if not fit.converged or not _has_names(fit.confusion):
        return _nothing(answered, NO_NAMES, level)
    again = None if weights is None else _resampled(answered, fit, np.asarray(weights, float))
    counts = ~np.isnan(answered)
    prevalence = _estimate(
        fit.prevalence[1], None if again is None else again.prevalence[:, 1], int(counts.any(axis=1).sum()),
        "prevalence", n_clusters, level,
    )  # fmt: skip
    rates = [
        tuple(
            _estimate(
                fit.confusion[r, c, c],
                None if again is None else again.confusion[:, r, c, c],
                int(counts[:, r].sum()),
                words,
                n_clusters,
                level,
            )
            for r in range(answered.shape[1])
        )
        for words, c in (("sensitivity", 1), ("specificity", 0))
    ]
    return LatentAccuracy(
        posterior=fit.posterior[:, 1], prevalence=prevalence, sensitivity=rates[0], specificity=rates[1]
    )


def _has_names(confusion: Floats) -> bool:
    """Whether readers on average say yes more often where the finding is there, or nobody ever says yes or no."""
    complete = confusion[~np.isnan(confusion).any(axis=(-1, -2))]
    return not len(complete) or float((complete[:, 1, 1] + complete[:, 0, 0]).mean()) > 1


def _resampled(answered: Floats, fit: DawidSkene, weights: Floats) -> DawidSkene:
    """Fit every resample from the whole fit on, cases with the same answers taken together.

    NaN where the classes of a resample have no names.
    """
    patterns, first, place = np.unique(np.nan_to_num(answered, nan=-1), axis=0, return_index=True, return_inverse=True)
    again = dawid_skene(
        answers=np.where(patterns < 0, np.nan, patterns),
        weights=weights @ np.eye(len(patterns))[place.ravel()],
        start=fit.posterior[first],
        tolerance=_ROUGH,
        max_iterations=_FEWER_ITERATIONS,
    )
    nameless = np.array([not _has_names(confusion) for confusion in again.confusion])
    again.prevalence[nameless], again.confusion[nameless] = np.nan, np.nan
    return again


def _estimate(
    value: float, replicates: Floats | None, n: int, words: str, n_clusters: int | None, level: float
) -> Estimate:
    method = f"{words}, latent class (Dawid-Skene)"
    if np.isnan(value):
        return Estimate.undefined(reason=NOBODY, method=method, n=n, level=level)
    if replicates is None:
        return Estimate(value=value, method=method, n=n, level=level, reason="no resamples were given")
    return interval_from_replicates(
        value=value, replicates=replicates, label=method, n=n, n_clusters=n_clusters, level=level
    )


def _nothing(answered: Floats, reason: str, level: float) -> LatentAccuracy:
    none = Estimate.undefined(reason=reason, method="latent class (Dawid-Skene)", n=len(answered), level=level)
    rates = (none,) * answered.shape[1]
    unknown = np.full(len(answered), np.nan)
    return LatentAccuracy(posterior=unknown, prevalence=none, sensitivity=rates, specificity=rates, reason=reason)
