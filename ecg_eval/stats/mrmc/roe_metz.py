r"""Simulated reader studies under the model of Roe and Metz, to test every analysis on data whose truth is known.

The score of reader j of case k with truth t in modality i is

.. math:: X_{ijkt} = \mu_t + \tau_{it} + R_{jt} + C_{kt} + (\tau R)_{ijt} + (\tau C)_{ikt} + (RC)_{jkt} + E_{ijkt}

with independent normal effects; the variances of C, tau C, RC and E add up to 1 in the original model. Healthy cases
have mu = 0. The AUC of the population of readers in a modality with separation d is Phi(d / sqrt(2 V)), V the sum of
all variances.

References
----------
Roe CA, Metz CE (1997). Dorfman-Berbaum-Metz method for statistical analysis of multireader, multimodality receiver
operating characteristic data: validation with computer simulation. Academic Radiology 4:298-303.
Gallas BD, Hillis SL (2014). Generalized Roe and Metz receiver operating characteristic model: analytic link between
simulated decision scores and empirical AUC variances and covariances. Journal of Medical Imaging 1:031006.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.stats import norm

from ecg_eval.errors import ArgumentError, UnknownNameError, suggestion
from ecg_eval.stats.mrmc.study import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class RoeMetzVariances:
    """Variances of the random effects, the same for healthy and diseased cases.

    Attributes
    ----------
    reader, case, modality_reader, modality_case, reader_case, error : float
        Variances of R, C, tau R, tau C, RC and E (RC and E can only be told apart by replicates).
    """

    reader: float
    case: float
    modality_reader: float
    modality_case: float
    reader_case: float
    error: float

    def __post_init__(self) -> None:
        """Refuse what no variance is."""
        for name in self.__slots__:
            if not getattr(self, name) >= 0:
                raise ArgumentError("RoeMetzVariances", name, "0 or above", getattr(self, name))

    @property
    def total(self) -> float:
        """Sum of all variances: of one score among cases of one truth."""
        return float(sum(getattr(self, name) for name in self.__slots__))


# Table 1 of Roe and Metz (1997): correlation of cases and variance of readers are high (H) or low (L); the high
# variance of readers goes with the separation
_CASES = {"H": (0.3, 0.3, 0.2, 0.2), "L": (0.1, 0.1, 0.2, 0.6)}
_LOW_READERS = 0.0055
_HIGH_READERS = {0.75: 0.011, 1.50: 0.030, 2.50: 0.056}


def roe_metz_structure(name: str, separation: float = 1.50) -> RoeMetzVariances:
    """Return one of the twelve published sets of variances.

    Parameters
    ----------
    name : {"HL", "LL", "HH", "LH"}
        Correlation of cases, then variance of readers.
    separation : {0.75, 1.50, 2.50}
        Mean of the diseased cases that the set was made for (AUC of about 0.70, 0.86 and 0.96).

    Raises
    ------
    UnknownNameError, ArgumentError
        There is no such set.
    """
    names = [cases + readers for cases in "HL" for readers in "LH"]
    if name not in names:
        raise UnknownNameError("roe_metz_structure", "name", "a published one", name, suggestion(name, names))
    if separation not in _HIGH_READERS:
        raise ArgumentError("roe_metz_structure", "separation", f"one of {tuple(_HIGH_READERS)}", separation)
    case, modality_case, reader_case, error = _CASES[name[0]]
    reader = _HIGH_READERS[separation] if name[1] == "H" else _LOW_READERS
    return RoeMetzVariances(
        reader=reader,
        case=case,
        modality_reader=reader,
        modality_case=modality_case,
        reader_case=reader_case,
        error=error,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedReads:
    """A crossed study in long form, arrays (n_reads,): pass them on to the analyses by name."""

    reader: IntArray
    modality: IntArray
    case: IntArray
    truth: IntArray
    score: FloatArray

    @property
    def columns(self) -> dict[str, IntArray | FloatArray]:
        """The five arrays by the names that the analyses use."""
        return {name: getattr(self, name) for name in self.__slots__}


def population_auc(separation: float, variances: RoeMetzVariances) -> float:
    """Return the AUC of the population of readers and cases, Phi(separation / sqrt(2 V)), V the total variance."""
    return float(norm.cdf(separation / sqrt(2 * variances.total)))


def population_sensitivity(separation: float, variances: RoeMetzVariances, threshold: float) -> float:
    """Return the share of diseased cases that the population of readers scores above a threshold."""
    return float(norm.sf((threshold - separation) / sqrt(variances.total)))


def separation_of(auc: float, variances: RoeMetzVariances) -> float:
    """Return the separation that gives an AUC of the population, the inverse of `population_auc`.

    Raises
    ------
    ArgumentError
        The AUC is not between 0 and 1.
    """
    if not 0 < auc < 1:
        raise ArgumentError("separation_of", "auc", "between 0 and 1", auc)
    return float(norm.ppf(auc)) * sqrt(2 * variances.total)


def simulate_roe_metz(
    *,
    rng: np.random.Generator,
    n_readers: int,
    n_negative: int,
    n_positive: int,
    separations: tuple[float, ...],
    variances: RoeMetzVariances,
) -> SimulatedReads:
    """Draw one crossed study.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    n_readers, n_negative, n_positive : int
        At least 1 each.
    separations : tuple of float
        Distance of the diseased from the healthy mean in each modality; modalities are 0, 1, ...
    variances : RoeMetzVariances

    Returns
    -------
    SimulatedReads
        Cases 0 .. n_negative - 1 are healthy, the following ones diseased.

    Raises
    ------
    ArgumentError
        A count is below 1, or there is no modality.
    """
    counts = {"n_readers": n_readers, "n_negative": n_negative, "n_positive": n_positive}
    for name, count in (*counts.items(), ("separations", len(separations))):
        if count < 1:
            raise ArgumentError("simulate_roe_metz", name, "at least 1 (long)", count)
    by_truth = [_scores(rng, n_readers, n_cases, len(separations), variances) for n_cases in (n_negative, n_positive)]
    by_truth[1] += np.array(separations)[:, None, None]
    scores = np.concatenate(by_truth, axis=2)
    modality, reader, case = (index.ravel() for index in np.indices(scores.shape))
    return SimulatedReads(
        reader=reader, modality=modality, case=case, truth=(case >= n_negative).astype(np.intp), score=scores.ravel()
    )


def _scores(
    rng: np.random.Generator, n_readers: int, n_cases: int, n_modalities: int, variances: RoeMetzVariances
) -> FloatArray:
    """Draw the scores of cases of one truth, (n_modalities, n_readers, n_cases), mean 0."""
    shape = (n_modalities, n_readers, n_cases)
    effects = (
        (variances.reader, (1, n_readers, 1)),
        (variances.case, (1, 1, n_cases)),
        (variances.modality_reader, (n_modalities, n_readers, 1)),
        (variances.modality_case, (n_modalities, 1, n_cases)),
        (variances.reader_case, (1, n_readers, n_cases)),
        (variances.error, shape),
    )
    scores = np.zeros(shape)
    for variance, size in effects:
        scores = scores + rng.normal(0.0, sqrt(variance), size)
    return scores
