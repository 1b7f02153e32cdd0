"""Limb leads that break their relations, and the change in the file that is named for it."""

import numpy as np
import pytest
from made_ecg import Heart

from ecg_eval.signals import lead_relations
from ecg_eval.signals.quality import examine
from ecg_eval.signals.quality_kinds import EXPECTED_LEADS, LIMB_LEADS

LEADS = EXPECTED_LEADS


@pytest.fixture
def good() -> np.ndarray:
    """An ECG whose limb leads keep their relations exactly, rounded to 1 microvolt."""
    signal, _ = Heart(noise_mv=0.0).record(np.random.default_rng(3))
    return np.round(signal, 3)


def said(signal: np.ndarray, leads: tuple[str, ...] = LEADS) -> str | None:
    told = [f for f in examine(signal=signal, leads=leads, sampling_rate_hz=500) if f.kind == "limb_leads"]
    return told[0].detail if told else None


def test_relations_that_are_kept_are_not_mentioned(good: np.ndarray) -> None:
    assert said(good) is None
    few = [0, 3, 5]
    assert said(good[:, few], tuple(LEADS[i] for i in few)) is None


@pytest.mark.parametrize(
    "pair", [(LEADS[i], LEADS[j]) for i in range(6) for j in range(i + 1, 6)] + [("III", "V4"), ("aVF", "V1")]
)
def test_channels_that_changed_places_are_named(good: np.ndarray, pair: tuple[str, str]) -> None:
    i, j = (LEADS.index(lead) for lead in pair)
    good[:, [i, j]] = good[:, [j, i]]
    assert said(good) == f"{pair[0]} and {pair[1]} have probably changed places in the file"


@pytest.mark.parametrize("lead", LIMB_LEADS)
def test_an_inverted_or_scaled_lead_is_named(good: np.ndarray, lead: str) -> None:
    inverted, doubled = good.copy(), good.copy()
    inverted[:, LEADS.index(lead)] *= -1
    doubled[:, LEADS.index(lead)] *= 2
    assert said(inverted) == f"{lead} is probably inverted"
    assert said(doubled) == f"{lead} is probably 2 times its size"


def test_a_lead_that_is_something_else_is_named(good: np.ndarray) -> None:
    good[:, 2] = np.random.default_rng(0).normal(0, 0.3, len(good))
    assert said(good) == "III does not fit the others"


def test_what_cannot_be_told_apart_is_not_told_apart(good: np.ndarray) -> None:
    """With I, II and III alone, II and I exchanged look like III inverted."""
    bipolar = good[:, :3]
    bipolar[:, 2] *= -1
    assert said(bipolar, LEADS[:3]) == "I and II have probably changed places in the file or III is probably inverted"


def test_disturbances_that_nothing_restores_are_not_explained(good: np.ndarray) -> None:
    good[:, :6] += np.random.default_rng(0).normal(0, 0.1, (len(good), 6))
    assert said(good) == ""


def test_missing_samples_are_left_out_of_the_comparison(good: np.ndarray) -> None:
    good[100:400, 2] = np.nan
    assert said(good) is None


@pytest.mark.parametrize("seed", range(12))
def test_which_rival_leaves_less_by_chance_does_not_change_the_words(good: np.ndarray, seed: int) -> None:
    """Rounding leaves now one rival the smaller residual and now the other; both are named, in one order."""
    bipolar = good[:, :3] + np.random.default_rng(seed).uniform(-0.0005, 0.0005, (len(good), 3))
    bipolar[:, 2] *= -1
    assert said(bipolar, LEADS[:3]) == "I and II have probably changed places in the file or III is probably inverted"


def test_sums_over_samples_do_not_depend_on_their_order() -> None:
    """Float32 sums do, by 1e-7 and more, and processors add in different orders."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(12, 5000)).astype(np.float32) + np.float32(3)
    products = lead_relations._products(x)
    assert lead_relations._products(x[:, rng.permutation(5000)]) == pytest.approx(products, abs=1e-13)
