"""Whether studies' numbers move with the program's version that was tested, or over the years."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.special import expit

from ecg_eval.domain.facts.pooled import Drift, Question
from ecg_eval.pipeline.observatory.gather import Entry
from ecg_eval.pipeline.observatory.pooling import logits_of
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.meta.effects import Effects
from ecg_eval.stats.meta.meta_regression import meta_regression
from ecg_eval.stats.meta.random_effects import pool_effects
from ecg_eval.stats.multiplicity import adjust_p_values

METHOD = "meta-regression, REML, Hartung-Knapp-Sidik-Jonkman"
ONE_VERSION = "only one version was tested, or studies do not say which"
ONE_YEAR = "studies are of one year, or do not say of which"
NO_SPREAD_LEFT = "no version was tested in two studies, so that versions and studies cannot be told apart"


def drifts_of(entries_of: Mapping[Question, Sequence[Entry]], level: float) -> list[Drift]:
    """Return whether each number moves with version and year, p-values of a moderator adjusted together by Holm."""
    drifts = []
    for question, entries in entries_of.items():
        reporting = [e for e in entries if e.value is not None and (question.quantity != "kappa" or e.error)]
        drifts += [_by_version(question, reporting, level), _by_year(question, reporting, level)]
    adjusted: dict[int, Drift] = {}
    for moderator in ("version", "year"):
        at = [i for i, drift in enumerate(drifts) if drift.moderator == moderator and drift.test.p_value is not None]
        p = adjust_p_values([drifts[i].test.p_value or 0.0 for i in at]).tolist()
        adjusted |= {
            i: replace(drifts[i], test=drifts[i].test.adjusted(value, by="Holm"))
            for i, value in zip(at, p, strict=True)
        }
    return [adjusted.get(i, drift) for i, drift in enumerate(drifts)]


def _effects(question: Question, reporting: Sequence[Entry]) -> Effects:
    if question.quantity != "kappa":
        return logits_of(reporting)
    return Effects(np.array([e.value for e in reporting], float), np.array([e.error for e in reporting], float) ** 2)


def _by_version(question: Question, reporting: Sequence[Entry], level: float) -> Drift:
    stating = [e for e in reporting if e.software_version]
    versions = list(dict.fromkeys(e.software_version for e in stating))
    if len(versions) < 2:
        return Drift(question=question, moderator="version", test=_untested(ONE_VERSION, len(stating), level))
    versions.sort()
    effects = _effects(question, stating)
    place = np.array([versions.index(e.software_version) for e in stating])
    by_version = []
    for i, version in enumerate(versions):
        part = Effects(effects.values[place == i], effects.variances[place == i])
        by_version.append((version, len(part), _on_scale(question, pool_effects(effects=part, level=level).mean)))
    if len(stating) <= len(versions):
        test = _untested(NO_SPREAD_LEFT, len(stating), level)
    else:
        columns = {version: (place == i).astype(float) for i, version in enumerate(versions) if i}
        test = meta_regression(effects=effects, moderators=columns, level=level).moderators
    return Drift(question=question, moderator="version", test=test, by_version=tuple(by_version))


def _by_year(question: Question, reporting: Sequence[Entry], level: float) -> Drift:
    stating = [e for e in reporting if e.period]
    years = np.array([_year(e.period) for e in stating])
    if len(np.unique(years)) < 2:
        return Drift(question=question, moderator="year", test=_untested(ONE_YEAR, len(stating), level))
    fit = meta_regression(effects=_effects(question, stating), moderators={"year": years - years.mean()}, level=level)
    return Drift(question=question, moderator="year", test=fit.moderators, slope=fit.coefficients["year"])


def _year(period: str) -> float:
    """Return a year, or a year and month, as a number of years."""
    year, _, month = period.partition("-")
    return int(year) + ((int(month) - 0.5) / 12 if month else 0.5)


def _on_scale(question: Question, mean: Estimate) -> Estimate:
    """Return a pooled mean on the scale of its quantity."""
    if question.quantity == "kappa" or mean.value is None:
        return replace(mean, statistic=None, p_value=None)
    value, low, high = (None if x is None else float(expit(x)) for x in (mean.value, mean.low, mean.high))
    words = f"{mean.method}, logit scale"
    return replace(mean, value=value, low=low, high=high, statistic=None, p_value=None, method=words)


def _untested(reason: str, n: int, level: float) -> Estimate:
    return Estimate.undefined(reason=reason, method=METHOD, n=n, level=level)
