"""An interval that carries the uncertainty of a prevalence: beside a posterior, by simulation, and at its ends."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import norm

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.diagnostic.predictive_values import predictive_values_at_prevalence
from ecg_eval.stats.diagnostic.rates import sensitivity
from ecg_eval.stats.diagnostic.uncertain_prevalence import Scale, prevalence_bounds, with_uncertain_prevalence
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.proportions import wilson_bounds

FOUND, MISSED, CLEARED, FALSE = 54, 6, 117, 23
TRUTH = [1] * (FOUND + MISSED) + [0] * (CLEARED + FALSE)
CALL = [1] * FOUND + [0] * MISSED + [0] * CLEARED + [1] * FALSE
SURVEY = (35, 500)  # ECGs with the finding, and all, of another study


def survey_bounds(survey: tuple[int, int]) -> tuple[float, float]:
    low, high = wilson_bounds(np.array(float(survey[0])), np.array(float(survey[1])), float(norm.ppf(0.975)))
    return float(low), float(high)


@cache
def at_a_half(found: int, false: int, sick: int, well: int) -> Estimate:
    truth = [1] * sick + [0] * well
    call = [1] * found + [0] * (sick - found) + [1] * false + [0] * (well - false)
    return predictive_values_at_prevalence(truth=truth, call=call, prevalence=0.5).positive


def at_prevalence(half: Estimate, prevalence: float) -> Estimate:
    """The odds of a half times those of the prevalence: the same number as made anew, which takes longer."""

    def moved(share: float | None) -> float:
        assert share is not None
        return prevalence * share / (prevalence * share + (1 - prevalence) * (1 - share))

    return replace(half, value=moved(half.value), low=moved(half.low), high=moved(half.high))


def ppv(found: int, false: int, sick: int, well: int, survey: tuple[int, int]) -> Estimate:
    half = at_a_half(found, false, sick, well)
    at = [at_prevalence(half, p) for p in (survey[0] / survey[1], *survey_bounds(survey))]
    return with_uncertain_prevalence(*at, scale="logit")


def test_it_is_near_the_posterior_of_stamey_and_holt() -> None:
    """As bdpv's CIpvBII (R) does it: rates and prevalence drawn from their posteriors, here with Jeffreys' priors."""
    rng = np.random.default_rng(1)
    se = rng.beta(FOUND + 0.5, MISSED + 0.5, 400_000)
    sp = rng.beta(CLEARED + 0.5, FALSE + 0.5, 400_000)
    p = rng.beta(SURVEY[0] + 0.5, SURVEY[1] - SURVEY[0] + 0.5, 400_000)
    posterior = np.quantile(p * se / (p * se + (1 - p) * (1 - sp)), (0.025, 0.975))
    ours = ppv(FOUND, FALSE, FOUND + MISSED, CLEARED + FALSE, SURVEY)
    assert (ours.low, ours.high) == pytest.approx(tuple(posterior), abs=0.008)
    known = predictive_values_at_prevalence(truth=TRUTH, call=CALL, prevalence=0.07).positive
    moved = at_prevalence(at_a_half(FOUND, FALSE, FOUND + MISSED, CLEARED + FALSE), 0.07)
    assert (moved.value, moved.low, moved.high) == pytest.approx((known.value, known.low, known.high))
    assert known.low is not None
    assert ours.low is not None
    assert ours.low < known.low - 0.02  # what was left out before


@pytest.mark.parametrize("asked", ["ppv", "missed"])
def test_it_covers_at_its_rate(asked: str) -> None:
    """2,000 studies of 60 ECGs with the finding, 140 without, a prevalence from 500: three errors are 1.5 %."""
    se, sp, prevalence = 0.85, 0.9, 0.07
    true = {"ppv": prevalence * se / (prevalence * se + (1 - prevalence) * (1 - sp)), "missed": prevalence * (1 - se)}
    rng = np.random.default_rng(20)
    draws = zip(
        rng.binomial(60, se, 2000), rng.binomial(140, 1 - sp, 2000), rng.binomial(500, prevalence, 2000), strict=True
    )
    covered, kept = 0, {}
    for found, false, ill in ((int(a), int(b), int(c)) for a, b, c in draws):
        key = (found, false, ill) if asked == "ppv" else (found, 0, ill)
        if key not in kept:
            kept[key] = ppv(found, false, 60, 140, (ill, 500)) if asked == "ppv" else missed(found, (ill, 500))
        e = kept[key]
        assert e.low is not None
        assert e.high is not None
        covered += e.low <= true[asked] <= e.high
    assert covered / 2000 == pytest.approx(0.95, abs=0.015)


def missed(found: int, survey: tuple[int, int]) -> Estimate:
    share = sensitivity(truth=[1] * 60, call=[1] * found + [0] * (60 - found))
    ends = survey_bounds(survey)
    at = [share.mapped(scale=-float(p), shift=float(p)) for p in (survey[0] / survey[1], *ends)]
    return with_uncertain_prevalence(*at, scale="log")


def test_nothing_missed_gives_the_widest_of_the_three() -> None:
    e = missed(60, (35, 500))
    worst = 1 - sensitivity(truth=[1] * 60, call=[1] * 60).low  # type: ignore[operator]
    assert (e.value, e.low) == (0.0, 0.0)
    assert e.high == pytest.approx(worst * survey_bounds((35, 500))[1])


@pytest.mark.parametrize("scale", ["identity", "log", "logit"])
def test_a_prevalence_without_error_changes_nothing(scale: Scale) -> None:
    at = Estimate(value=0.4, low=0.3, high=0.6, method="m", n=10)
    same = with_uncertain_prevalence(at, at, at, scale=scale)
    assert (same.low, same.high) == pytest.approx((0.3, 0.6))


def test_without_an_interval_there_is_none() -> None:
    at = Estimate.undefined(reason="none", method="m")
    assert with_uncertain_prevalence(at, at, at, scale="log") is at


def test_bounds_at_another_level() -> None:
    low, high = prevalence_bounds(value=0.07, low=0.05, high=0.1, level=0.99)
    ratio = norm.ppf(0.995) / norm.ppf(0.975)
    distance = [np.log(0.07 / 0.93) - np.log(x / (1 - x)) for x in (0.05, low, 0.1, high)]
    assert distance[1] / distance[0] == pytest.approx(ratio)
    assert distance[3] / distance[2] == pytest.approx(ratio)
    with pytest.raises(ArgumentError, match="low <= value <= high"):
        prevalence_bounds(value=0.07, low=0.08, high=0.1)
