"""Means over findings and over readers, with intervals from the resamples that all of them share."""

from collections.abc import Sequence

import numpy as np

from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.stats.estimate import Estimate, is_defined
from ecg_eval.stats.mrmc.reader_mean import covariance_of_replicates, reader_mean
from ecg_eval.stats.resampling.draws import interval_from_replicates


def finding_mean(
    estimates: Sequence[Estimate], drawn: Floats, study: ReaderStudy, *, label: str, level: float
) -> Estimate:
    """Return the plain mean over the findings whose value can be computed.

    Parameters
    ----------
    estimates : sequence of Estimate, one a finding
    drawn : ndarray, shape (n_findings, n_resamples)
        The statistic over the shared resamples, NaN where unusable; no columns where none were drawn.
    study : ReaderStudy
    label : str
        What is averaged.
    level : float

    Returns
    -------
    Estimate
        Its method says over how many of the findings; undefined when none can be computed.
    """
    defined = [i for i, e in enumerate(estimates) if is_defined(e)]
    words = f"{label}, mean over {_of(len(defined), len(estimates), 'findings')}"
    n = max((e.n for e in estimates), default=0)
    n_patients = len(np.unique(study.patients))
    if not defined:
        reason = "no finding's value can be computed"
        return Estimate.undefined(reason=reason, method=words, n=n, level=level, n_clusters=n_patients)
    value = float(np.mean([e.value for e in estimates if is_defined(e)]))
    if not drawn.shape[1]:
        reason = "no resamples were drawn"
        return Estimate(value=value, method=words, n=n, level=level, n_clusters=n_patients, reason=reason)
    mean = drawn[defined].mean(axis=0)
    return interval_from_replicates(value=value, replicates=mean, label=words, n=n, level=level, n_clusters=n_patients)


def group_mean(
    estimates: Sequence[Sequence[Estimate]],
    drawn: Floats,
    study: ReaderStudy,
    *,
    label: str,
    span: tuple[float, float],
    level: float,
) -> list[Estimate]:
    """Return the mean over readers for every finding, and last for the mean over findings.

    Parameters
    ----------
    estimates : sequence (readers) of sequences (findings) of Estimate
    drawn : ndarray, shape (n_readers, n_findings, n_resamples)
    study : ReaderStudy
    label : str
    span : tuple of float
        Ends of the statistic's range.
    level : float

    Returns
    -------
    list of Estimate, length n_findings + 1
    """
    values = np.array([[np.nan if e.value is None else e.value for e in reader] for reader in estimates])
    n = np.array([[e.n for e in reader] for reader in estimates])
    n_patients = len(np.unique(study.patients))
    results = []
    for i in range(values.shape[1]):
        results.append(
            reader_mean(
                values=values[:, i],
                covariance=covariance_of_replicates(drawn[:, i].T),
                n=int(n[:, i].max()),
                label=label,
                lowest=span[0],
                highest=span[1],
                level=level,
                n_clusters=n_patients,
            )
        )
    # the findings of the mean are those that every reader's value is known for, so that readers are compared alike
    common = ~np.isnan(values).any(axis=0)
    words = f"{label}, mean over {_of(int(common.sum()), values.shape[1], 'findings')}"
    if not common.any():
        reason = "no finding's value can be computed for every reader"
        results.append(Estimate.undefined(reason=reason, method=words, n=int(n.max()), level=level))
        return results
    results.append(
        reader_mean(
            values=values[:, common].mean(axis=1),
            covariance=covariance_of_replicates(drawn[:, common].mean(axis=1).T),
            n=int(n.max()),
            label=words,
            lowest=span[0],
            highest=span[1],
            level=level,
            n_clusters=n_patients,
        )
    )
    return results


def _of(part: int, whole: int, what: str) -> str:
    return f"{whole} {what}" if part == whole else f"{part} of {whole} {what}"
