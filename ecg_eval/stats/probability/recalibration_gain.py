"""What a map of probabilities would gain on cases from which it was not learnt."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.influence import linearised_error, wald_estimate
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.probability_inputs import predicted_cases
from ecg_eval.stats.probability.recalibration import fit_isotonic_map, fit_logistic_map, fit_temperature

Floats = NDArray[np.float64]
CalibrationMap = Literal["logistic", "temperature", "isotonic"]
NO_MAP = "a map cannot be learnt: in some part of the patients a class is empty, or the probabilities separate them"


def recalibration_gain(
    *,
    truth: ArrayLike,
    probability: ArrayLike,
    part: ArrayLike,
    kind: CalibrationMap = "logistic",
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Give the Brier score of probabilities as they are, minus that after a map learnt on the other parts.

    Parameters
    ----------
    truth : array_like of 0/1 (n_cases,)
        NaN where missing; such cases are left out.
    probability : array_like (n_cases,)
        In [0, 1].
    part : array_like of int (n_cases,)
        The part of each case, two parts or more, all cases of a patient in one. Each part is mapped by what the
        others teach.
    kind : {"logistic", "temperature", "isotonic"}
        A logistic map is one of log-odds. It and a temperature learn nothing from 0 and 1 and leave them as they are.
    cluster : array_like (n_cases,), optional
        Patient of each case, where patients repeat.
    level : float

    Returns
    -------
    Estimate
        In [-1, 1]; above 0 the map comes nearer to the truth, below 0 it does harm. Its error is that of the mean
        difference between patients; that other patients would have taught another map is not in it. Undefined where
        no map can be learnt.

    Raises
    ------
    ArgumentError
        For an unknown kind, or fewer than two parts.

    Notes
    -----
    Source of cross-fitting: Stone, J R Stat Soc B 1974;36:111.
    """
    who = "recalibration_gain"
    if kind not in get_args(CalibrationMap):
        raise ArgumentError(who, "kind", f"one of {', '.join(get_args(CalibrationMap))}", kind)
    cases = predicted_cases(who, truth, probability, cluster)
    of_part = np.asarray(part)[cases.complete]
    parts = np.unique(of_part)
    words = f"Brier score as given, minus after a {kind} map learnt on other patients"
    if cases.one_class:
        return Estimate.undefined(reason=cases.one_class, method=words, n=cases.n, level=level)
    if parts.size < 2:
        raise ArgumentError(who, "part", "two parts or more", parts.size)
    p, y = cases.scores[0], cases.truth
    mapped = np.empty(cases.n)
    try:
        for one in parts:
            inside = of_part == one
            mapped[inside] = _learnt(kind, y[~inside], p[~inside])(p[inside])
    except ArgumentError:
        return Estimate.undefined(reason=NO_MAP, method=words, n=cases.n, level=level, n_positive=cases.n_positive)
    gain = (p - y) ** 2 - (mapped - y) ** 2
    value = float(gain.mean())
    made = wald_estimate(
        value=value,
        error=linearised_error(influence=gain - value, cluster=cases.cluster, small_sample=True),
        n=cases.n,
        n_positive=cases.n_positive,
        level=level,
        method=words,
    )
    # no test: where the probabilities are right the expected gain is below 0, the price of learning the map
    return replace(made, statistic=None, p_value=None)


def _learnt(kind: CalibrationMap, truth: NDArray[np.bool_], probability: Floats) -> Callable[[Floats], Floats]:
    """Return the map that some cases teach; ArgumentError where they teach none."""
    if kind == "temperature":
        return fit_temperature(truth=truth, probability=probability)
    if kind == "isotonic":
        return fit_isotonic_map(truth=truth, score=probability)
    inner = (probability > 0) & (probability < 1)
    logistic = fit_logistic_map(truth=truth[inner], score=logit(probability[inner]))
    return lambda p: np.where((p > 0) & (p < 1), logistic(logit(np.where((p > 0) & (p < 1), p, 0.5))), p)
