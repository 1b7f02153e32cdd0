"""What a model's effect means in probability: R's glmmTMB with the formula written out, and what cannot be told."""

import csv
import json

import numpy as np
import pytest
from oracles import OWN
from scipy.integrate import dblquad, quad
from scipy.special import expit
from scipy.stats import norm

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mixed.marginal_difference import marginal_difference
from ecg_eval.stats.mixed.model import logistic_mixed_model
from ecg_eval.stats.mixed.result import MixedFit

CASE = OWN / "14-stepped-wedge-glmm"


def wedge() -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
    rows = list(csv.DictReader((CASE / "wedge.csv").read_text().splitlines()))
    period = np.array([int(r["period"]) for r in rows])
    fixed = {"intercept": np.ones(len(rows)), "aided": np.array([float(r["arm"] == "aided") for r in rows])}
    fixed |= {f"period {p}": (period == p).astype(float) for p in range(2, 6)}
    groups = {name: np.array([r[name] for r in rows]) for name in ("practice_id", "reader_id")}
    return np.array([float(r["correct"]) for r in rows]), fixed, groups


def expected() -> dict[str, float]:
    return {e["name"]: e["value"] for e in json.loads((CASE / "expected.json").read_text())["expected"]}


def fitted() -> tuple[MixedFit, dict[str, np.ndarray]]:
    outcome, fixed, groups = wedge()
    return logistic_mixed_model(outcome=outcome, fixed=fixed, groups=groups, convention="exact"), fixed


def test_equals_glmmtmb_with_random_effects_at_0() -> None:
    """R 4.2.2, glmmTMB 1.1.5 and the delta method (own/14-stepped-wedge-glmm/expected.json, "definitions")."""
    fit, fixed = fitted()
    made = marginal_difference(fit, fixed=fixed, effect="aided", integrated=False)
    r = {
        key: expected()[f"marginal, random effects 0|risk difference{key}"]
        for key in ("", " SE", " CI low", " CI high")
    }
    got = [made.value, made.standard_error, made.low, made.high]
    assert got == pytest.approx(list(r.values()), abs=2e-6)


def test_equals_r_with_random_effects_averaged_over() -> None:
    """R's integrate() over the normal distribution of practice and reader, same case."""
    fit, fixed = fitted()
    made = marginal_difference(fit, fixed=fixed, effect="aided")
    assert made.value == pytest.approx(expected()["marginal, integrated|risk difference"], abs=2e-6)
    assert made.p_value == pytest.approx(0.9565, abs=2e-3)  # the effect is as far from none as its odds ratio


def test_an_effect_that_varies_is_averaged_over_its_own_distribution() -> None:
    """scipy's dblquad over the reader's level and the reader's effect, another way than one quadrature of their sum."""
    rng = np.random.default_rng(4)
    reader, aided = np.repeat(np.arange(40), 60), np.tile([0.0, 1.0], 1200)
    level, gain = rng.normal(0.5, 0.8, 40), rng.normal(0.6, 1.1, 40)
    outcome = (rng.random(2400) < expit(level[reader] + gain[reader] * aided)).astype(float)
    fixed = {"intercept": np.ones(2400), "aided": aided}
    fit = logistic_mixed_model(
        outcome=outcome,
        fixed=fixed,
        groups={"reader": reader, "reader's help": reader},
        slopes={"reader's help": {"aided": aided}},
        convention="exact",
    )
    base, gained = (fit.fixed[name].value or 0.0 for name in ("intercept", "aided"))
    spread = {name: sd.value or 0.0 for name, sd in fit.standard_deviations.items()}
    first, second = spread["reader"], spread["reader's help|aided"]
    assert (first, second) == pytest.approx((0.8, 1.1), abs=0.4)

    def with_help(z: float, y: float) -> float:
        return float(expit(base + gained + first * y + second * z) * norm.pdf(y) * norm.pdf(z))

    without = quad(lambda y: float(expit(base + first * y) * norm.pdf(y)), -8, 8)[0]
    wanted = dblquad(with_help, -8, 8, -8, 8, epsabs=1e-7)[0] - without
    made = marginal_difference(fit, fixed=fixed, effect="aided")
    assert made.value == pytest.approx(wanted, abs=1e-6)


def test_weights_choose_what_is_averaged_over() -> None:
    fit, fixed = fitted()
    first = (sum(fixed[f"period {p}"] for p in range(2, 6)) == 0).astype(float)
    some = marginal_difference(fit, fixed=fixed, effect="aided", weights=first)
    every = marginal_difference(fit, fixed=fixed, effect="aided")
    assert some.value != every.value
    with pytest.raises(ArgumentError, match="with a sum above 0"):
        marginal_difference(fit, fixed=fixed, effect="aided", weights=np.zeros(len(first)))


def test_a_model_that_cannot_be_fitted_has_no_difference() -> None:
    fixed = {"intercept": np.ones(6), "aided": np.array([0.0, 0, 0, 1, 1, 1])}
    fit = logistic_mixed_model(outcome=np.ones(6), fixed=fixed, groups={"reader": [1, 2, 3] * 2})
    made = marginal_difference(fit, fixed=fixed, effect="aided")
    assert made.value is None
    assert made.reason == fit.reason


def test_columns_must_be_those_of_the_model() -> None:
    fit, fixed = fitted()
    with pytest.raises(ArgumentError, match="the columns of the model"):
        marginal_difference(fit, fixed=fixed, effect="help")
