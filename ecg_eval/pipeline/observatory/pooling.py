"""Numbers of several studies put together, question by question.

Sensitivity and specificity go together (a bivariate random-effects model, binomial likelihood) from five studies on;
below that each by itself on the logit scale, with Hartung-Knapp's interval: two to four studies do not tell two spreads
and a correlation. Counts enter as they are worth, by the standard errors that studies tell, so that twelve readers of
one ECG do not count as twelve ECGs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ecg_eval.domain.facts.pooled import PooledNumber, Question, StudyNumber
from ecg_eval.pipeline.observatory.gather import Entry
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.meta.bivariate import METHODS, BivariateFit, bivariate_meta_analysis
from ecg_eval.stats.meta.effects import Effects, logit_effects
from ecg_eval.stats.meta.pooled_accuracy import PooledAccuracy
from ecg_eval.stats.meta.random_effects import PooledEffect, pool_effects
from ecg_eval.stats.meta.study_counts import StudyCounts
from ecg_eval.stats.proportion.proportions import single_proportion

Floats = NDArray[np.float64]

FEWEST_TOGETHER = 5  # studies from which on sensitivity and specificity are pooled together
NOTHING_TOLD = "all studies withhold it"
SIDES = ("sensitivity", "specificity")


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Right readings of several studies, counted for what they are worth.

    Attributes
    ----------
    right, cases : ndarray, shape (n_studies,)
    """

    right: Floats
    cases: Floats


def worth(entries: Sequence[Entry]) -> Shares:
    """Return shares as counts with the same standard error: cases = p (1 - p) / SE^2.

    A share of 0 or 1 has no such error: its different ECGs are its cases, each counted once, whoever read it. Where a
    study withholds those, it counts for one ECG, the least there is.
    """
    value = np.array([entry.value for entry in entries], float)
    error = np.array([entry.error or np.nan for entry in entries], float)
    ecgs = np.array([entry.ecgs for entry in entries], float)
    inside = (value > 0) & (value < 1) & (error > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        cases = np.where(inside, value * (1 - value) / error**2, ecgs)
    # readers that spread widely can be worth less than one ECG: no study counts for less
    cases = np.maximum(cases, 1.0)
    return Shares(value * cases, cases)


def pooled_numbers(entries_of: Mapping[Question, Sequence[Entry]], level: float) -> list[PooledNumber]:
    """Return the pooled number of every question, sensitivity with its specificity."""
    made: dict[Question, PooledNumber] = {}
    for question, entries in entries_of.items():
        if question in made:
            continue
        if question.quantity == "kappa":
            made[question] = _kappa(question, entries, level)
            continue
        pair = {side: replace(question, quantity=side) for side in SIDES}
        together = {side: list(entries_of.get(pair[side], ())) for side in SIDES}
        for side, number in _accuracy(pair, together, level).items():
            if together[side]:
                made[pair[side]] = number
    return list(made.values())


def _accuracy(
    pair: Mapping[str, Question], entries: Mapping[str, Sequence[Entry]], level: float
) -> dict[str, PooledNumber]:
    reporting = {side: [e for e in entries[side] if e.value is not None] for side in SIDES}
    apart = {side: _share(pair[side], reporting[side], len(entries[side]), level) for side in SIDES}
    if min(len(reporting[side]) for side in SIDES) < FEWEST_TOGETHER:
        return apart
    fit = _bivariate(reporting, level)
    if fit.accuracy is None:
        return {side: replace(n, notes=(*n.notes, "not_together")) for side, n in apart.items()}
    return {side: _from_pair(apart[side], fit, fit.accuracy, i) for i, side in enumerate(SIDES)}


def _bivariate(reporting: Mapping[str, Sequence[Entry]], level: float) -> BivariateFit:
    """Return the fit by the binomial likelihood, or by the normal approximation where that has no end."""
    studies = list(dict.fromkeys((e.study, e.software_version, e.period) for side in SIDES for e in reporting[side]))
    right, cases = np.full((len(studies), 2), np.nan), np.full((len(studies), 2), np.nan)
    for i, side in enumerate(SIDES):
        shares = worth(reporting[side])
        at = [studies.index((e.study, e.software_version, e.period)) for e in reporting[side]]
        right[at, i], cases[at, i] = shares.right, shares.cases
    wrong = cases - right
    counts = StudyCounts.of(
        true_positive=right[:, 0], false_negative=wrong[:, 0], false_positive=wrong[:, 1], true_negative=right[:, 1]
    )
    fit = bivariate_meta_analysis(counts=counts, level=level)
    return (
        fit if fit.accuracy is not None else bivariate_meta_analysis(counts=counts, method="normal_reml", level=level)
    )


def _from_pair(alone: PooledNumber, fit: BivariateFit, accuracy: PooledAccuracy, side: int) -> PooledNumber:
    further = accuracy.prediction(side)
    notes = [*alone.notes, *(["on_edge"] if fit.on_edge else [])]
    if fit.method != METHODS["binomial"]:
        notes.append("approximated")
    return replace(
        alone,
        estimate=(accuracy.sensitivity, accuracy.specificity)[side],
        prediction_low=further.low,
        prediction_high=further.high,
        tau=float(np.sqrt(accuracy.between[side, side])),
        notes=tuple(notes),
    )


def _share(question: Question, reporting: Sequence[Entry], n: int, level: float) -> PooledNumber:
    """Return one share by itself, pooled on the logit scale."""
    if not reporting:
        return _nothing(question, n, level)
    shares = worth(reporting)
    studies = [_study(e, s, c, level) for e, s, c in zip(reporting, shares.right, shares.cases, strict=True)]
    if len(reporting) == 1:
        alone = studies[0]
        estimate = Estimate(
            value=alone.value, low=alone.low, high=alone.high, level=level, method="one study, Wilson", n=1
        )
        return _one(question, estimate, studies, n - 1)
    effects = logit_effects(events=shares.right, trials=shares.cases)
    pooled = pool_effects(effects=effects, level=level)
    number = _number(question, pooled, studies, n - len(reporting), level, back=True)
    corrected = bool(((shares.right == 0) | (shares.right == shares.cases)).any())
    return replace(number, notes=("corrected",)) if corrected else number


def _study(entry: Entry, right: float, cases: float, level: float) -> StudyNumber:
    whole = round(cases)
    interval = single_proportion(n_events=min(round(right), whole), n=whole, level=level)
    return StudyNumber(
        study=entry.study,
        software_version=entry.software_version,
        period=entry.period,
        value=float(entry.value or 0.0),
        low=None if interval.low is None else min(interval.low, float(entry.value or 0.0)),
        high=None if interval.high is None else max(interval.high, float(entry.value or 0.0)),
        cases=float(cases),
    )


def _kappa(question: Question, entries: Sequence[Entry], level: float) -> PooledNumber:
    reporting = [e for e in entries if e.value is not None and e.error]
    effects = Effects(np.array([e.value for e in reporting], float), np.array([e.error for e in reporting], float) ** 2)
    each = [pool_effects(effects=Effects(effects.values[[i]], effects.variances[[i]]), level=level).mean
            for i in range(len(reporting))]  # fmt: skip
    studies = [
        StudyNumber(
            study=e.study,
            software_version=e.software_version,
            period=e.period,
            value=float(e.value or 0.0),
            low=one.low,
            high=min(1.0, one.high or 1.0),
            cases=e.ecgs,
        )
        for e, one in zip(reporting, each, strict=True)
    ]
    if len(reporting) == 1:
        return _one(question, replace(each[0], high=studies[0].high, p_value=None, statistic=None), studies, 0)
    return _number(question, pool_effects(effects=effects, level=level), studies, 0, level, back=False)


def _number(
    question: Question, pooled: PooledEffect, studies: Sequence[StudyNumber], withheld: int, level: float, *, back: bool
) -> PooledNumber:
    """Return a pooled effect on the scale of its quantity."""

    def scaled(x: float | None) -> float | None:
        if x is None:
            return None
        return float(expit(x)) if back else float(np.clip(x, -1.0, 1.0))

    mean, further = pooled.mean, pooled.prediction
    return PooledNumber(
        question=question,
        estimate=Estimate(
            value=scaled(mean.value),
            low=scaled(mean.low),
            high=scaled(mean.high),
            level=level,
            df=mean.df,
            standard_error=mean.standard_error,
            method=f"{mean.method}, logit scale" if back else mean.method,
            n=mean.n,
        ),
        prediction_low=scaled(further.low),
        prediction_high=scaled(further.high),
        tau=None if pooled.between.value is None else float(np.sqrt(pooled.between.value)),
        i_squared=pooled.i_squared,
        heterogeneity=pooled.heterogeneity,
        studies=tuple(
            replace(study, weight=float(weight)) for study, weight in zip(studies, pooled.weights, strict=True)
        ),
        withheld=withheld,
    )


def _one(question: Question, estimate: Estimate, studies: Sequence[StudyNumber], withheld: int) -> PooledNumber:
    none = Estimate.undefined(reason="a single study says nothing of how studies differ", method="Cochran's Q", n=1)
    return PooledNumber(
        question=question,
        estimate=estimate,
        prediction_low=None,
        prediction_high=None,
        tau=None,
        i_squared=None,
        heterogeneity=none,
        studies=tuple(studies),
        withheld=withheld,
        notes=("one_study",),
    )


def _nothing(question: Question, withheld: int, level: float) -> PooledNumber:
    none = Estimate.undefined(reason=NOTHING_TOLD, method="random effects", n=0, level=level)
    return PooledNumber(
        question=question,
        estimate=none,
        prediction_low=None,
        prediction_high=None,
        tau=None,
        i_squared=None,
        heterogeneity=none,
        studies=(),
        withheld=withheld,
    )


def logits_of(entries: Sequence[Entry]) -> Effects:
    """Return the logits of shares, for what asks whether they move."""
    shares = worth(entries)
    return logit_effects(events=shares.right, trials=shares.cases)
