r"""Readers' errors and the truth that nobody knows, estimated together: the latent class model of Dawid and Skene.

With prevalences :math:`p_c` and readers' matrices :math:`C_r[c, k] = P(r \text{ answers } k \mid c)`, the truth of a
case is :math:`c` with probability proportional to :math:`p_c \prod_r C_r[c, k_r]`, where readings are independent of
one another given the truth. That assumption is the price: readers who err together on the same cases (a faint P wave
that nobody sees) are taken for right.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.latent.votes import count_votes, indicators

Floats = NDArray[np.float64]

FEWEST_READERS = 3  # of two classes: with two readers, five quantities would be sought from three facts
_FLOOR = 1e-300  # of a probability whose logarithm is taken
_NO_GAIN = 1e-6  # of log likelihood
_NOTHING = 1e-9  # cases: a reader of so few of a class has no errors in it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DawidSkene:
    """A fitted latent class model, one or a batch of resamples before the other axes.

    Attributes
    ----------
    posterior : ndarray, shape (..., n_cases, n_classes)
        P(truth = class | all readings), rows summing to 1; NaN for a case that nobody read.
    prevalence : ndarray, shape (..., n_classes)
    confusion : ndarray, shape (..., n_readers, n_classes, n_classes)
        P(answer | truth) of each reader: truth before answer; NaN for a reader without a reading.
    log_likelihood : ndarray, shape (...)
    n_iterations : int
    converged : bool
        Whether in the last step no posterior moved by more than the tolerance, or no log likelihood by more than
        1e-6: towards an error of 0 the steps become small without end.
    """

    posterior: Floats
    prevalence: Floats
    confusion: Floats
    log_likelihood: Floats
    n_iterations: int
    converged: bool

    @property
    def label(self) -> Floats:
        """Class with the highest posterior, shape (..., n_cases); NaN for a case that nobody read."""
        is_read = ~np.isnan(self.posterior).any(axis=-1)
        return np.where(is_read, np.nan_to_num(self.posterior).argmax(axis=-1), np.nan)


def dawid_skene(
    *,
    answers: ArrayLike,
    n_classes: int = 2,
    weights: ArrayLike | None = None,
    start: ArrayLike | None = None,
    tolerance: float = 1e-10,
    max_iterations: int = 20_000,
) -> DawidSkene:
    """Fit the model by expectation and maximisation, from vote shares on, without prior or smoothing.

    Parameters
    ----------
    answers : array_like, shape (n_cases, n_readers)
        Classes from 0 to n_classes - 1; NaN for a reading that does not exist, which says nothing.
    n_classes : int
    weights : array_like, shape (..., n_cases), optional
        How often each case counts, a resample a row; once each when not given.
    start : array_like, shape (n_cases, n_classes), optional
        What is believed of the truth at first; vote shares when not given.
    tolerance : float
        Largest change of a posterior at which the steps end.
    max_iterations : int

    Returns
    -------
    DawidSkene
        Starting from vote shares keeps class k at the answer k as long as readers are right more often than not; the
        likelihood alone does not tell the classes apart.

    Raises
    ------
    ArgumentError
        For answers that are no classes, and where nobody answered anything.

    References
    ----------
    Dawid AP, Skene AM. J R Stat Soc C 1979;28:20-28.
    """
    who = "dawid_skene"
    chosen = indicators(who, answers, n_classes)
    n_cases, n_readers, _ = chosen.shape
    read = chosen.sum(axis=(1, 2)) > 0
    if not read.any():
        raise ArgumentError(who, "answers", "with at least one answer", "none")
    flat = chosen[read].reshape(int(read.sum()), n_readers * n_classes)
    times = np.ones(n_cases) if weights is None else np.asarray(weights, float)
    if times.shape[-1:] != (n_cases,):
        raise ArgumentError(who, "weights", f"of {n_cases} cases in the last axis", times.shape)
    times = times[..., read]
    believed = count_votes(answers=answers, n_classes=n_classes).shares if start is None else np.asarray(start, float)
    posterior = np.broadcast_to(believed[read], (*times.shape[:-1], len(flat), n_classes))
    moved, n_iterations = np.inf, 0
    log_likelihood = gained = np.full(times.shape[:-1], -np.inf)
    while moved > tolerance and n_iterations < max_iterations:
        prevalence, confusion = _errors_of(posterior, flat, times, n_readers)
        before, gained = posterior, log_likelihood
        posterior, log_likelihood = _truth_of(prevalence, confusion, flat, times)
        moved = float(np.abs(posterior - before).max())
        gained = log_likelihood - gained
        n_iterations += 1
    prevalence, confusion = _errors_of(posterior, flat, times, n_readers)
    whole = np.full((*times.shape[:-1], n_cases, n_classes), np.nan)
    whole[..., read, :] = posterior
    return DawidSkene(
        posterior=whole,
        prevalence=prevalence,
        confusion=confusion,
        log_likelihood=log_likelihood,
        n_iterations=n_iterations,
        converged=moved <= tolerance or float(gained.max()) <= _NO_GAIN,
    )


def _errors_of(posterior: Floats, flat: Floats, times: Floats, n_readers: int) -> tuple[Floats, Floats]:
    """Return prevalences and readers' matrices given what is believed of the truth: the M step."""
    weighted = posterior * times[..., None]
    prevalence = weighted.sum(axis=-2) / times.sum(axis=-1)[..., None]
    counts = np.swapaxes(weighted, -1, -2) @ flat
    n_classes = posterior.shape[-1]
    counts = np.swapaxes(counts.reshape(*counts.shape[:-1], n_readers, n_classes), -3, -2)
    total = counts.sum(axis=-1, keepdims=True)
    confusion = np.divide(counts, total, out=np.full_like(counts, np.nan), where=total > _NOTHING)
    return prevalence, confusion


def _truth_of(prevalence: Floats, confusion: Floats, flat: Floats, times: Floats) -> tuple[Floats, Floats]:
    """Return what is believed of the truth given prevalences and readers' matrices: the E step; and the likelihood."""
    log_errors = np.log(np.maximum(np.nan_to_num(confusion, nan=1.0), _FLOOR))
    table = np.swapaxes(log_errors, -3, -2).reshape(*prevalence.shape, flat.shape[1])
    with np.errstate(divide="ignore"):  # a class that nothing is of any more
        logs = flat @ np.swapaxes(table, -1, -2) + np.log(prevalence)[..., None, :]
    highest = logs.max(axis=-1, keepdims=True)
    scaled = np.exp(logs - highest)
    total = scaled.sum(axis=-1, keepdims=True)
    each = (highest + np.log(total))[..., 0]
    return scaled / total, (each * times).sum(axis=-1)
