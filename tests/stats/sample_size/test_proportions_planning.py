"""Precision, goals, paired and independent proportions: epiR, R, statsmodels, and enumeration."""

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_confint, proportion_effectsize, samplesize_confint_proportion

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.goal import goal_cases, goal_power
from ecg_eval.stats.sample_size.independent import (
    restricted_proportions,
    two_proportions_cases,
    two_proportions_noninferiority_cases,
    two_proportions_power,
)
from ecg_eval.stats.sample_size.paired import (
    discordant_shares,
    mcnemar_cases,
    mcnemar_power,
    paired_noninferiority_cases,
    paired_noninferiority_power,
)
from ecg_eval.stats.sample_size.proportions import (
    INTERVALS,
    accuracy_cases,
    expected_half_width,
    proportion_cases,
    smallest_whole,
)


def test_accuracy_equals_epir() -> None:
    # epiR 2.0.57: epi.ssdxsesp(test = 0.85, type = "se", Py = 0.3, epsilon = 0.05, error = "absolute"), "sp" of 0.90
    plan = accuracy_cases(measure="sensitivity", expected=0.85, half_width=0.05, prevalence=0.3)
    assert (plan.n_total, plan.n_positive, plan.n_negative) == (654, 196, 458)
    plan = accuracy_cases(measure="specificity", expected=0.90, half_width=0.04, prevalence=0.3)
    assert (plan.n_total, plan.n_negative) == (309, 217)


def test_wald_equals_statsmodels() -> None:
    plan = proportion_cases(expected=0.2, half_width=0.03, level=0.9)
    assert plan.n_total_exact == pytest.approx(samplesize_confint_proportion(0.2, 0.03, alpha=0.1))


@pytest.mark.parametrize("interval", INTERVALS)
def test_widths_equal_statsmodels(interval: str) -> None:
    method = {"wald": "normal", "agresti_coull": "agresti_coull", "clopper_pearson": "beta"}.get(interval, interval)
    for x, n in ((30, 40), (9, 100), (500, 1000)):
        low, high = proportion_confint(x, n, method=method)
        assert expected_half_width(proportion=x / n, n=n, interval=interval) == pytest.approx(
            (high - low) / 2, rel=1e-9
        )


@pytest.mark.parametrize("interval", INTERVALS)
def test_size_is_the_smallest_that_is_narrow_enough(interval: str) -> None:
    plan = proportion_cases(expected=0.95, half_width=0.03, interval=interval)
    assert plan.n_total is not None
    assert plan.half_width is not None
    assert plan.half_width <= 0.03 < expected_half_width(proportion=0.95, n=plan.n_total - 1, interval=interval)


def test_smallest_whole() -> None:
    assert smallest_whole(lambda n: n >= 37) == 37
    assert smallest_whole(lambda n: n >= 1) == 1
    assert smallest_whole(lambda n: n >= 100, high=50) == 50


# ------------------------------------------------------------------ goals


def test_goal_power_by_enumeration() -> None:
    n, counts = 60, np.arange(61)
    tail = np.array([stats.binom.pmf(counts[k:], n, 0.8).sum() for k in counts])
    power = stats.binom.pmf(counts[tail <= 0.025], n, 0.92).sum()
    assert goal_power(expected=0.92, goal=0.8, n=n).power == pytest.approx(power, abs=1e-12)


def test_goal_size_never_falls_below_again() -> None:
    plan = goal_cases(expected=0.9, goal=0.8)
    assert plan.n_total is not None
    after = [goal_power(expected=0.9, goal=0.8, n=plan.n_total + k).power for k in range(150)]
    assert min(p for p in after if p is not None) >= 0.8
    before = goal_power(expected=0.9, goal=0.8, n=plan.n_total - 1).power
    assert before is not None
    assert before < 0.8


def test_goal_normal_is_solved() -> None:
    plan = goal_cases(expected=0.9, goal=0.8, test="normal")
    # [1.959964 sqrt(0.16) + 0.8416212 sqrt(0.09)]^2 / 0.01
    assert plan.n_total_exact == pytest.approx((1.959964 * 0.4 + 0.8416212 * 0.3) ** 2 / 0.01, rel=1e-6)
    assert plan.power is not None
    assert plan.power >= 0.8


@pytest.mark.parametrize("test", ["exact", "normal"])
def test_goal_out_of_reach(test: str) -> None:
    plan = goal_cases(expected=0.81, goal=0.8, max_n=500, test=test)
    assert plan.n_total is None
    assert plan.reason is not None


def test_goal_easily_reached_needs_one_case() -> None:
    assert goal_cases(expected=0.9999, goal=0.001, alpha=0.025).n_total == 1


def test_goal_refusals() -> None:
    with pytest.raises(ArgumentError, match="above the goal"):
        goal_power(expected=0.7, goal=0.8, n=10)
    with pytest.raises(ArgumentError, match="test"):
        goal_power(expected=0.9, goal=0.8, n=10, test="wald")


# ------------------------------------------------------------------ paired


def test_discordant_shares_give_back_the_proportions() -> None:
    gain, loss = discordant_shares(first=0.9, second=0.8, correlation=0.3)
    both = 0.9 - gain
    assert (both + gain, both + loss) == pytest.approx((0.9, 0.8))
    phi = (both - 0.72) / np.sqrt(0.9 * 0.1 * 0.8 * 0.2)
    assert phi == pytest.approx(0.3)
    with pytest.raises(ArgumentError, match="correlation"):
        discordant_shares(first=0.9, second=0.8, correlation=0.9)


def test_mcnemar_normal_formulae_on_paper() -> None:
    # d = 0.1, psi = 0.3: [1.959964 sqrt(0.3) + 0.8416212 sqrt(0.29)]^2 / 0.01 (Connor 1987)
    plan = mcnemar_cases(p_only_first=0.2, p_only_second=0.1)
    assert plan.n_total_exact == pytest.approx((1.959964 * 0.3**0.5 + 0.8416212 * 0.29**0.5) ** 2 / 0.01, rel=1e-6)
    # [1.959964 x 0.3 + 0.8416212 sqrt(0.09 - 0.01 x 3.3 / 4)]^2 / (0.3 x 0.01) (Miettinen 1968)
    plan = mcnemar_cases(p_only_first=0.2, p_only_second=0.1, test="conditional")
    root = (0.09 - 0.01 * 3.3 / 4) ** 0.5
    assert plan.n_total_exact == pytest.approx((1.959964 * 0.3 + 0.8416212 * root) ** 2 / 0.003, rel=1e-6)
    for test in ("unconditional", "conditional"):
        plan = mcnemar_cases(p_only_first=0.2, p_only_second=0.1, test=test)
        assert plan.power is not None
        assert plan.power == pytest.approx(0.8, abs=0.003)
        assert plan.power >= 0.8


@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("test", ["exact", "mid_p"])
def test_mcnemar_exact_by_enumeration(test: str, sides: int) -> None:
    n, gain, loss, power = 25, 0.3, 0.08, 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            upper = stats.binom.sf(b - 1, b + c, 0.5) - (0.5 * stats.binom.pmf(b, b + c, 0.5) if test == "mid_p" else 0)
            lower = stats.binom.cdf(b, b + c, 0.5) - (0.5 * stats.binom.pmf(b, b + c, 0.5) if test == "mid_p" else 0)
            p = 2 * min(upper, lower) if sides == 2 else upper
            if p <= 0.05 * (1 + 1e-12):
                power += stats.multinomial.pmf([b, c, n - b - c], n, [gain, loss, 1 - gain - loss])
    plan = mcnemar_power(p_only_first=gain, p_only_second=loss, n=n, test=test, sides=sides)
    assert plan.power == pytest.approx(power, abs=1e-10)
    mirrored = mcnemar_power(p_only_first=loss, p_only_second=gain, n=n, test=test, sides=sides)
    assert mirrored.power == pytest.approx(power, abs=1e-10)


@pytest.mark.parametrize("test", ["exact", "mid_p"])
def test_mcnemar_exact_size_never_falls_below_again(test: str) -> None:
    plan = mcnemar_cases(p_only_first=0.25, p_only_second=0.1, test=test)
    assert plan.n_total is not None
    after = [
        mcnemar_power(p_only_first=0.25, p_only_second=0.1, n=plan.n_total + k, test=test).power for k in range(40)
    ]
    assert min(p for p in after if p is not None) >= 0.8
    before = mcnemar_power(p_only_first=0.25, p_only_second=0.1, n=plan.n_total - 1, test=test).power
    assert before is not None
    assert before < 0.8


def test_mcnemar_with_little_wanted_takes_the_smallest_size_looked_at() -> None:
    plan = mcnemar_cases(p_only_first=0.9, p_only_second=0.0, power=0.2, alpha=0.15, sides=1, test="mid_p")
    assert plan.power is not None
    assert plan.power >= 0.2


def test_noninferiority_uses_the_restricted_likelihood() -> None:
    gain, loss, margin = 0.12, 0.1, 0.06

    def minus_log_likelihood(q: float) -> float:
        return -(gain * np.log(q - margin) + loss * np.log(q) + (1 - gain - loss) * np.log(1 - 2 * q + margin))

    q = optimize.minimize_scalar(
        minus_log_likelihood,
        bounds=(margin + 1e-9, (1 + margin) / 2 - 1e-9),
        method="bounded",
        options={"xatol": 1e-12},
    ).x
    null, spread = np.sqrt(2 * q - margin - margin**2), np.sqrt(gain + loss - (gain - loss) ** 2)
    expected = ((1.959964 * null + 0.8416212 * spread) / (gain - loss + margin)) ** 2
    plan = paired_noninferiority_cases(p_only_first=gain, p_only_second=loss, margin=margin)
    assert plan.n_total_exact == pytest.approx(expected, rel=1e-5)
    again = paired_noninferiority_power(p_only_first=gain, p_only_second=loss, margin=margin, n=plan.n_total)
    assert again.power == plan.power
    wald = paired_noninferiority_cases(p_only_first=gain, p_only_second=loss, margin=margin, test="wald")
    assert wald.n_total_exact == pytest.approx((2.8015852 * spread / 0.08) ** 2, rel=1e-6)


@pytest.mark.parametrize(
    "bad",
    [
        {"p_only_first": 0.1, "p_only_second": 0.1},
        {"p_only_first": 0.8, "p_only_second": 0.3},
        {"p_only_first": 1.0, "p_only_second": 0.0},
        {"p_only_first": -0.1, "p_only_second": 0.2},
        {"p_only_first": 0.2, "p_only_second": 0.1, "test": "chi2"},
        {"p_only_first": 0.2, "p_only_second": 0.1, "sides": 0},
    ],
)
def test_mcnemar_refusals(bad: dict[str, object]) -> None:
    with pytest.raises(ArgumentError):
        mcnemar_power(n=10, **bad)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "bad",
    [
        {"p_only_first": 0.0, "p_only_second": 0.0, "margin": 0.1},
        {"p_only_first": 0.6, "p_only_second": 0.5, "margin": 0.1},
        {"p_only_first": 0.1, "p_only_second": 0.3, "margin": 0.1},
        {"p_only_first": 0.1, "p_only_second": 0.1, "margin": 0.1, "test": "exact"},
    ],
)
def test_noninferiority_refusals(bad: dict[str, object]) -> None:
    with pytest.raises(ArgumentError):
        paired_noninferiority_power(n=10, **bad)  # type: ignore[arg-type]


# ------------------------------------------------------------------ independent


def test_independent_equals_r() -> None:
    # R: power.prop.test(n = 50, p1 = .50, p2 = .75) and power.prop.test(p1 = .50, p2 = .75, power = .90)
    assert two_proportions_power(first=0.75, second=0.5, n_first=50, n_second=50).power == pytest.approx(
        0.7401659, abs=1e-7
    )
    plan = two_proportions_cases(first=0.75, second=0.5, power=0.9)
    assert plan.inputs["n_first_exact"] == pytest.approx(76.7, abs=0.05)
    assert plan.n_total == 154


def test_arcsine_equals_statsmodels() -> None:
    effect = proportion_effectsize(0.75, 0.5)
    peer = NormalIndPower().solve_power(effect, power=0.8, alpha=0.05, ratio=2.0)
    plan = two_proportions_cases(first=0.75, second=0.5, ratio=2.0, test="arcsine")
    assert plan.inputs["n_first_exact"] == pytest.approx(peer, rel=1e-4)  # the peer counts the other tail too


def test_unpooled_and_noninferiority_on_paper() -> None:
    plan = two_proportions_cases(first=0.75, second=0.5, test="unpooled", sides=1, alpha=0.025)
    assert plan.inputs["n_first_exact"] == pytest.approx(2.8015852**2 * (0.1875 + 0.25) / 0.0625, rel=1e-6)
    # (0.1275 + 0.2275) (2.486475 / 0.3)^2 = 24.4 in each group, the formula of epiR's epi.ssninfb
    plan = two_proportions_noninferiority_cases(first=0.85, second=0.65, margin=0.1, alpha=0.05, test="unpooled")
    assert plan.n_total == 50


@pytest.mark.parametrize(("new", "old", "ratio"), [(0.9, 0.9, 1.0), (0.8, 0.85, 2.0), (0.5, 0.3, 0.5)])
def test_restricted_proportions_maximise_the_likelihood(new: float, old: float, ratio: float) -> None:
    margin = 0.1

    def minus_log_likelihood(first: float) -> float:
        second = first + margin
        return -(
            new * np.log(first)
            + (1 - new) * np.log(1 - first)
            + ratio * (old * np.log(second) + (1 - old) * np.log(1 - second))
        )

    best = optimize.minimize_scalar(
        minus_log_likelihood, bounds=(1e-9, 1 - margin - 1e-9), method="bounded", options={"xatol": 1e-12}
    ).x
    assert restricted_proportions(new, old, ratio, -margin) == pytest.approx((best, best + margin), abs=1e-6)
    score = two_proportions_noninferiority_cases(first=max(new, old), second=old, margin=margin, ratio=ratio)
    assert score.n_total is not None


def test_independent_refusals() -> None:
    with pytest.raises(ArgumentError, match="other than second"):
        two_proportions_cases(first=0.5, second=0.5)
    with pytest.raises(ArgumentError, match="margin"):
        two_proportions_noninferiority_cases(first=0.5, second=0.7, margin=0.1)
    with pytest.raises(ArgumentError, match="test"):
        two_proportions_cases(first=0.5, second=0.7, test="fisher")
    with pytest.raises(ArgumentError, match="measure"):
        accuracy_cases(measure="ppv", expected=0.9, half_width=0.05, prevalence=0.1)
