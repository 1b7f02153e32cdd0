"""Linear mixed models on balanced data, by analysis of variance; lme4's values: own/13-linear-mixed-model-times."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mixed.linear import linear_mixed_model

RNG = np.random.default_rng(5)
READERS, ECGS = 6, 20
READER, ECG = np.repeat(np.arange(READERS), ECGS), np.tile(np.arange(ECGS), READERS)
Y = 3 + RNG.normal(0, 0.5, READERS)[READER] + RNG.normal(0, 0.3, ECGS)[ECG] + RNG.normal(0, 0.4, READERS * ECGS)
ONES = np.ones(Y.size)


def test_balanced_data_are_the_mean_squares() -> None:
    """One observation a cell: variances by equating mean squares, and the error of the mean that goes with them."""
    table = Y.reshape(READERS, ECGS)
    ms_reader = ECGS * table.mean(axis=1).var(ddof=1)
    ms_ecg = READERS * table.mean(axis=0).var(ddof=1)
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    ms_rest = (rest**2).sum() / ((READERS - 1) * (ECGS - 1))
    fit = linear_mixed_model(outcome=Y, fixed={"mean": ONES}, groups={"reader": READER, "ECG": ECG})
    assert fit.variances["reader"] == pytest.approx((ms_reader - ms_rest) / ECGS, rel=1e-4)
    assert fit.variances["ECG"] == pytest.approx((ms_ecg - ms_rest) / READERS, rel=1e-4)
    assert fit.variances["residual"] == pytest.approx(ms_rest, rel=1e-4)
    mean = fit.fixed["mean"]
    assert mean.value == pytest.approx(table.mean())
    variance = (ms_reader + ms_ecg - ms_rest) / (READERS * ECGS)
    assert mean.standard_error == pytest.approx(variance**0.5, rel=1e-4)
    parts = ms_reader**2 / (READERS - 1) + ms_ecg**2 / (ECGS - 1) + ms_rest**2 / ((READERS - 1) * (ECGS - 1))
    assert mean.df == pytest.approx((ms_reader + ms_ecg - ms_rest) ** 2 / parts, rel=1e-3)  # Satterthwaite 1946


def test_a_paired_t_test_is_the_model_with_readers_at_random() -> None:
    first, second = RNG.normal(0, 1, 9), RNG.normal(0.5, 1, 9)
    shared = RNG.normal(0, 2, 9)
    y, arm, who = np.r_[first + shared, second + shared], np.repeat([0.0, 1.0], 9), np.tile(np.arange(9), 2)
    arm_of = linear_mixed_model(outcome=y, fixed={"mean": np.ones(18), "arm": arm}, groups={"reader": who}).fixed["arm"]
    d = second - first
    assert arm_of.value == pytest.approx(d.mean())
    assert arm_of.standard_error == pytest.approx(d.std(ddof=1) / 3, rel=1e-4)
    assert arm_of.df == pytest.approx(8, rel=1e-3)


def test_rows_may_be_shuffled_and_missing() -> None:
    order = RNG.permutation(Y.size)
    y = np.r_[Y[order], np.nan]
    more = {"reader": np.r_[READER[order], 99], "ECG": np.r_[ECG[order], 99]}
    first = linear_mixed_model(outcome=Y, fixed={"mean": ONES}, groups={"reader": READER, "ECG": ECG})
    again = linear_mixed_model(outcome=y, fixed={"mean": np.ones(Y.size + 1)}, groups=more)
    assert again.n == Y.size
    assert again.fixed["mean"].low == pytest.approx(first.fixed["mean"].low, rel=1e-5)


def test_no_spread_is_named() -> None:
    y = RNG.normal(0, 1, 40) - np.repeat(RNG.normal(0, 1, 20), 2) * 0
    y = y - np.repeat(y.reshape(20, 2).mean(axis=1), 2)  # pairs cancel: a spread between groups would be negative
    fit = linear_mixed_model(outcome=y, fixed={"mean": np.ones(40)}, groups={"pair": np.repeat(np.arange(20), 2)})
    assert fit.singular == ("pair",)
    assert fit.share("pair") == 0
    assert fit.share("nobody") is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"groups": {"reader": np.zeros(120)}}, "reader has a single level"),
        ({"groups": {"reading": np.arange(120)}}, "a level of reading of its own"),
        ({"fixed": {"a": ONES, "b": 2 * ONES}}, "collinear"),
        ({"outcome": ONES}, "nothing that varies"),
        ({"outcome": np.r_[1.0, np.full(119, np.nan)]}, "no more observations"),
    ],
)
def test_what_cannot_be_fitted_has_a_reason(changes: dict[str, object], reason: str) -> None:
    given = {"outcome": Y, "fixed": {"mean": ONES}, "groups": {"reader": READER}} | changes
    fit = linear_mixed_model(**given)  # type: ignore[arg-type]
    assert reason in (fit.reason or "")
    assert fit.log_likelihood is None
    assert all(e.value is None for e in fit.fixed.values())
    assert fit.ratio(next(iter(fit.fixed))).value is None


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"outcome": Y[None]}, "one-dimensional"),
        ({"fixed": {}}, "at least one"),
        ({"likelihood": "rml"}, "reml or ml"),
        ({"slopes": {"raeder": ONES}}, "random terms among reader"),
        ({"groups": {"reader": READER[:3]}}, "as outcome"),
        ({"fixed": {"mean": ONES * np.nan}}, "finite"),
    ],
)
def test_bad_arguments_are_refused(changes: dict[str, object], match: str) -> None:
    given = {"outcome": Y, "fixed": {"mean": ONES}, "groups": {"reader": READER}} | changes
    with pytest.raises(ArgumentError, match=match):
        linear_mixed_model(**given)  # type: ignore[arg-type]


def test_only_what_was_fitted_has_a_ratio() -> None:
    fit = linear_mixed_model(outcome=Y, fixed={"mean": ONES}, groups={"reader": READER})
    assert fit.ratio("mean").value == pytest.approx(np.exp(fit.fixed["mean"].value))
    with pytest.raises(ArgumentError, match="one of mean"):
        fit.ratio("arm")


@pytest.mark.slow
def test_the_effect_of_help_is_held_for_readers_like_these() -> None:
    """300 crossovers of 6 readers whose own effects vary; three Monte-Carlo errors of 95 % are 3.8 %."""
    rng, held = np.random.default_rng(77), 0
    who, ecg, arm = np.repeat(np.arange(6), 40), np.tile(np.repeat(np.arange(20), 2), 6), np.tile([0.0, 1.0], 120)
    for _ in range(300):
        own, level, hard = rng.normal(0, 0.15, 6), rng.normal(0, 0.3, 6), rng.normal(0, 0.2, 20)
        y = level[who] + hard[ecg] + (own[who] - 0.2) * arm + rng.normal(0, 0.4, who.size)
        fit = linear_mixed_model(
            outcome=y,
            fixed={"mean": np.ones(who.size), "arm": arm},
            groups={"reader": who, "help": who, "ECG": ecg},
            slopes={"help": arm},
        )
        e = fit.fixed["arm"]
        held += e.low <= -0.2 <= e.high  # type: ignore[operator]
    assert held / 300 >= 0.95 - 0.038
