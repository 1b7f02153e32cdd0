"""Stepped wedges against other programs' numbers, and against least squares written out."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.stepped_wedge import (
    WedgeValues,
    stepped_wedge_clusters,
    stepped_wedge_power,
    wedge_effect_variance,
)

PLAN = WedgeValues(unaided=0.5, aided=0.62, steps=4, readers=2, cases=10, icc=0.05, autocorrelation=0.8, reader_icc=0.1)


def power(effect: float, variance: float) -> float:
    return float(stats.norm.cdf(effect / np.sqrt(variance) - stats.norm.ppf(0.975)))


@pytest.mark.parametrize(
    ("per_step", "unaided", "aided", "expected"),
    [  # R, swCRTdesign: swPwr(swDsn(c(5, 5)), distn = "binomial", n = 50, mu0 = .1, mu1 = .2, icc = .01), printed 0.811
        (5, 0.1, 0.2, 0.811),
        (6, 0.1, 0.2, 0.875),  # swDsn(c(6, 6))
        (1, 0.1, 0.3, 0.64),  # swDsn(c(1, 1)), mu1 = .3
        (2, 0.1, 0.3, 0.907),  # swDsn(c(2, 2)), mu1 = .3
    ],
)
def test_powers_meet_those_of_swcrtdesign(per_step: int, unaided: float, aided: float, expected: float) -> None:
    values = WedgeValues(unaided=unaided, aided=aided, steps=2, readers=1, cases=50, icc=0.01)
    assert stepped_wedge_power(values=values, n_clusters=2 * per_step).power == pytest.approx(expected, abs=6e-4)


def test_the_variance_meets_swsamp() -> None:
    """R, SWSamp: HH.count(lambda1 = 1.75, RR = 0.9, I = 21, J = 6, K = 30, rho = 0.01)$power is 0.806856.

    Its design matrix has 3, 4, 3, 4, 3, 4 clusters a step (Baio et al., Trials 2015;16:354; tests of clusterPower).
    """
    within = ((np.sqrt(1.75) + np.sqrt(1.575)) / 2) ** 2
    variance = wedge_effect_variance(
        clusters_of_steps=[3, 4, 3, 4, 3, 4], lasting=within * 0.01 / 0.99, passing=within / 30
    )
    assert power(0.175, variance) == pytest.approx(0.806856, abs=1e-6)


def test_readers_who_come_back_meet_hooper_s_design_effects() -> None:
    """Hooper et al. 2016: DEFF_c = 1 + (m - 1) rho, r = [m rho c + (1 - rho) s] / DEFF_c, and for L steps
    DEFF_r = 3 L (1 - r)(1 + L r) / [(L^2 - 1)(2 + L r)] times a parallel trial's 4 sigma^2 / (clusters m)."""
    m, steps, clusters, rho, c, s = 50, 5, 300, 0.23, 0.5, 0.25
    shared, own = 1 + (m - 1) * rho, (1 - rho) * s
    r = (m * rho * c + own) / shared
    effect_r = 3 * steps * (1 - r) * (1 + steps * r) / ((steps**2 - 1) * (2 + steps * r))
    ours = wedge_effect_variance(
        clusters_of_steps=[clusters // steps] * steps,
        lasting=rho * c + own / m,
        passing=rho * (1 - c) + (1 - rho - own) / m,
    )
    assert ours == pytest.approx(4 / (clusters * m) * shared * effect_r, rel=1e-12)


@pytest.mark.parametrize("sizes", [[1, 1], [3, 3, 3], [4, 4, 3, 3], [1, 5, 2]])
def test_the_closed_form_is_generalised_least_squares(sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3] / "scripts"))
    from planned_studies import wedge_least_squares

    _, variance = wedge_least_squares(sizes, 0.02, 0.03)
    assert wedge_effect_variance(clusters_of_steps=sizes, lasting=0.02, passing=0.03) == pytest.approx(variance)


def test_the_fewest_practices_are_enough_and_one_less_is_not() -> None:
    plan = stepped_wedge_clusters(values=PLAN, power=0.9)
    n = plan.n_clusters or 0
    assert plan.power is not None
    assert plan.power >= 0.9
    less = stepped_wedge_power(values=PLAN, n_clusters=n - 1).power
    assert less is not None
    assert less < 0.9
    assert (plan.n_readers, plan.n_total) == (2 * n, 50)
    assert f"{n} practices of 2 readers" in str(plan)


def test_what_no_practices_show_has_a_reason() -> None:
    near = WedgeValues(unaided=0.5, aided=0.501, steps=2, readers=1, cases=5, icc=0.1)
    plan = stepped_wedge_clusters(values=near)
    assert plan.n_clusters is None
    assert "1000 practices" in (plan.reason or "")


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"aided": 0.5}, "other than unaided"),
        ({"unaided": 1.0}, "between 0 and 1"),
        ({"steps": 1}, "at least 2"),
        ({"readers": 0}, "at least 1"),
        ({"icc": -0.1}, "at least 0"),
        ({"autocorrelation": 1.1}, r"in \[0, 1\]"),
        ({"icc": 0.5, "reader_icc": 0.5}, "below 1 together"),
    ],
)
def test_what_cannot_be_assumed_is_refused(wrong: dict[str, float], match: str) -> None:
    given = {"unaided": 0.5, "aided": 0.6, "steps": 2, "readers": 2, "cases": 10, "icc": 0.05}
    with pytest.raises(ArgumentError, match=match):
        WedgeValues(**(given | wrong))  # type: ignore[arg-type]


def test_fewer_practices_than_steps_are_refused() -> None:
    with pytest.raises(ArgumentError, match="at least 4"):
        stepped_wedge_power(values=PLAN, n_clusters=3)
