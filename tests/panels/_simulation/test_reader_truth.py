"""The closed form of what simulated readers would be measured at, against paper and against readings."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from ecg_eval.panels._simulation.reader_model import (
    CASE_SHARE,
    VIEW_SHARE,
    Occasions,
    Readers,
    draw_readers,
    evidence,
    follow_advice,
)
from ecg_eval.panels._simulation.reader_truth import Shown, both_present, long_run

SHOWN = {"AF": Shown(0.15, 0.95, 0.97), "LVH": Shown(0.20, 0.75, 0.88)}
THERE = np.array([[0.0, 0.0], [1.0, 1.0]])


def readers(n: int, *, reliance: float = 1.0) -> Readers:
    return draw_readers(["gp"] * n, reliance_factor=reliance, rng=np.random.default_rng(3))


def test_without_advice_it_is_signal_detection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without difficulty, sensitivity is Phi(d'/2 - k): 2.25 and 0.28 for AF, shifted for each reader."""
    monkeypatch.setattr("ecg_eval.panels._simulation.reader_truth.DIFFICULTY_SD", 0.0)
    some = readers(5)
    run = long_run(some, SHOWN, carry_over=0.1)
    af = np.arange(2)[:, None, None] == 0
    expected = norm.cdf((2.25 + some.ability) / 2 - 0.28 - some.criterion)
    np.testing.assert_allclose(run.mean(run.unaided, THERE * af), expected, atol=1e-6)


def test_nobody_who_takes_no_advice_changes() -> None:
    run = long_run(readers(4, reliance=0.0), SHOWN, carry_over=0.1)
    np.testing.assert_allclose(run.aided, run.unaided, atol=1e-12)
    # yet the second look is not the first: some readings turn
    assert (run.mean(run.unaided - run.both) > 0.02).all()


def test_the_chances_of_all_ecgs_add_up() -> None:
    run = long_run(readers(2), SHOWN, carry_over=0.1, groups=(0.0, 0.5))
    np.testing.assert_allclose(run.weight.sum(axis=(0, 2, 3)), 1.0)
    np.testing.assert_allclose(run.mean(np.ones_like(run.unaided)), 1.0)


def test_two_readers_share_the_recording_s_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both say "present" with the bivariate normal's chance, correlation 0.35."""
    monkeypatch.setattr("ecg_eval.panels._simulation.reader_truth.DIFFICULTY_SD", 0.0)
    some = readers(2)
    found = both_present(some, {"AF": Shown(1.0, 1.0, 1.0)}, aided=False)[0]
    z = (2.25 + some.ability) / 2 - 0.28 - some.criterion
    together = multivariate_normal([0, 0], [[1, CASE_SHARE], [CASE_SHARE, 1]]).cdf(z)
    assert found[0, 1] == pytest.approx(together, abs=1e-4)
    np.testing.assert_allclose(np.diag(found), norm.cdf(z), atol=1e-5)


@pytest.mark.parametrize("carry_over", [0.0, 0.6])
def test_equals_a_large_simulation(carry_over: float) -> None:
    """60,000 ECGs of each truth and advice, read by three readers: within four standard errors in every cell."""
    n, some, rng = 60_000, readers(3), np.random.default_rng(8)
    truth = np.repeat([0.0, 0.0, 1.0, 1.0], n)[:, None]
    advice = np.tile(np.repeat([0.0, 1.0], n), 2)[:, None]
    reader, record = np.repeat(np.arange(3), 8 * n), np.tile(np.arange(4 * n), 6)
    aided = np.tile(np.repeat([False, True], 4 * n), 3)
    occasions = Occasions(reader=reader, record=record, aided=aided, sharpness=np.zeros(len(reader)))
    own = evidence(
        readers=some,
        occasions=occasions,
        truth=truth,
        difficulty=0.5 * rng.normal(size=4 * n),
        findings=("AF",),
        carry_over=carry_over,
        rng=rng,
    )
    seen = np.where(aided[:, None], advice[record], np.nan)
    said = follow_advice(own, seen, readers=some, occasions=occasions, rng=rng) > 0
    right = (said == (truth[record] > 0)).reshape(3, 2, 2, 2, n)
    run = long_run(some, {"AF": Shown(0.5, 0.5, 0.5)}, carry_over=carry_over)
    for found, expected in (
        (right[:, 0], run.unaided[:, 0, 0]),
        (right[:, 1], run.aided[:, 0, 0]),
        (right[:, 0] & right[:, 1], run.both[:, 0, 0]),
    ):
        share = found.mean(axis=-1)
        error = np.sqrt(share * (1 - share) / n)
        assert (np.abs(share - expected) < 4 * error).all()
    assert CASE_SHARE + VIEW_SHARE < 1
