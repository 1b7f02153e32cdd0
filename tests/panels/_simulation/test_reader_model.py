"""The reader model against the formulas of signal detection theory, and against the published readers."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from ecg_eval.domain.findings import vocabulary
from ecg_eval.panels._simulation import reader_model as model

N_READERS, N_RECORDS = 300, 400


def world(expertise: str = "gp", *, reliance: float = 1.0, seed: int = 3) -> tuple[model.Readers, model.Occasions]:
    readers = model.draw_readers([expertise] * N_READERS, reliance_factor=reliance, rng=np.random.default_rng(seed))
    n = N_READERS * N_RECORDS
    occasions = model.Occasions(
        reader=np.repeat(np.arange(N_READERS), N_RECORDS),
        record=np.tile(np.arange(N_RECORDS), N_READERS),
        aided=np.zeros(n, dtype=bool),
        sharpness=np.zeros(n),
    )
    return readers, occasions


def own_evidence(truth: float, code: str = "AF", **settings: object) -> np.ndarray:
    readers, occasions = world()
    arguments = {"carry_over": 0.0, "difficulty": np.zeros(N_RECORDS), "rng": np.random.default_rng(4)} | settings
    return model.evidence(
        readers=readers, occasions=occasions, truth=np.full((N_RECORDS, 1), truth), findings=(code,), **arguments
    )[:, 0]  # type: ignore[arg-type]


@pytest.mark.parametrize("code", ["AF", "LAFB", "IMI", "some other finding"])
def test_sensitivity_and_specificity_follow_the_formula(code: str) -> None:
    """P(present) = Phi((+-d'/2 - k) / sqrt(1 + (SD d' / 2)^2 + (SD k)^2)) over readers."""
    d_prime, k = model.GP_FINDINGS.get(code, model.GP_DEFAULT)
    spread = np.sqrt(1 + (model.ABILITY_SD / 2) ** 2 + model.CRITERION_SD**2)
    for truth, sign in ((1.0, 1), (0.0, -1)):
        expected = norm.cdf((sign * d_prime / 2 - k) / spread)
        # 300 readers and 400 recordings shared by all: a standard error of about 0.015
        assert (own_evidence(truth, code) > 0).mean() == pytest.approx(expected, abs=0.05)


def test_unknown_truth_lies_between() -> None:
    present, unknown, absent = ((own_evidence(t) > 0).mean() for t in (1.0, np.nan, 0.0))
    assert absent + 0.1 < unknown < present - 0.1


def test_difficulty_brings_truth_and_untruth_together() -> None:
    hard = np.full(N_RECORDS, 3.0)
    easy = np.full(N_RECORDS, -1.0)
    gap = [(own_evidence(1.0, difficulty=d) - own_evidence(0.0, difficulty=d)).mean() for d in (hard, easy)]
    assert gap[0] < 0.5 * gap[1]


def test_noise_has_variance_1_and_its_shares() -> None:
    x = own_evidence(1.0).reshape(N_READERS, N_RECORDS)
    within = x - x.mean(axis=1, keepdims=True)
    assert within.var() == pytest.approx(1.0, abs=0.08)
    assert within.mean(axis=0).var() == pytest.approx(model.CASE_SHARE, abs=0.06)


def test_carry_over_makes_a_second_look_like_the_first() -> None:
    def correlation(carry_over: float) -> float:
        readers, once = world()
        half = len(once.reader) // 4
        twice = model.Occasions(
            reader=np.tile(once.reader[:half], 2),
            record=np.tile(once.record[:half], 2),
            aided=np.zeros(2 * half, dtype=bool),
            sharpness=np.zeros(2 * half),
        )
        x = model.evidence(
            readers=readers, occasions=twice, truth=np.zeros((N_RECORDS, 1)), difficulty=np.zeros(N_RECORDS),
            findings=("AF",), carry_over=carry_over, rng=np.random.default_rng(4),
        )[:, 0]  # fmt: skip
        return float(np.var(x[:half] - x[half:]))

    assert correlation(1.0) == pytest.approx(0.0, abs=1e-12)
    assert correlation(0.0) == pytest.approx(2 * (1 - model.CASE_SHARE - model.VIEW_SHARE), abs=0.03)


def test_advice_that_agrees_or_is_not_given_changes_nothing() -> None:
    readers, occasions = world()
    own = own_evidence(1.0)[:, None]
    for advice in (np.full(own.shape, np.nan), (own > 0).astype(float)):
        rng = np.random.default_rng(5)
        followed = model.follow_advice(own, advice, readers=readers, occasions=occasions, rng=rng)
        np.testing.assert_array_equal(followed, own)


def test_nobody_follows_without_reliance() -> None:
    readers, occasions = world(reliance=0.0)
    own = own_evidence(1.0)[:, None]
    rng = np.random.default_rng(5)
    followed = model.follow_advice(own, np.zeros(own.shape), readers=readers, occasions=occasions, rng=rng)
    np.testing.assert_array_equal(followed, own)


def test_the_sure_follow_less_than_the_unsure_and_experts_less_than_students() -> None:
    own = own_evidence(1.0)[:, None]
    rates = {}
    for expertise in model.EXPERTISE:
        readers, occasions = world(expertise)
        rng = np.random.default_rng(5)
        followed = model.follow_advice(own, np.zeros(own.shape), readers=readers, occasions=occasions, rng=rng)
        taken = (own > 0) & (followed <= 0)
        unsure, sure = own[:, 0] < 0.3, own[:, 0] > 1.5
        assert taken[unsure & (own[:, 0] > 0)].mean() > 2 * taken[sure].mean()
        rates[expertise] = taken[own > 0].mean()
    assert rates["student"] > rates["gp"] > rates["cardiologist"]


def test_times_and_confidence_are_possible() -> None:
    readers, occasions = world()
    rng = np.random.default_rng(6)
    seconds = model.reading_seconds(readers=readers, occasions=occasions, difficulty=np.zeros(N_RECORDS), rng=rng)
    assert (seconds > 0).all()
    assert seconds.mean() == pytest.approx(60, rel=0.05)
    x = own_evidence(1.0)[:, None]
    stated = model.stated_confidence(x, np.full(x.shape, np.nan), aided=occasions.aided, rng=rng)
    assert stated.min() >= 0
    assert stated.max() <= 1
    near, far = np.abs(x) < 0.2, np.abs(x) > 1.5
    assert stated[far].mean() > stated[near].mean() + 0.2


def test_every_finding_of_the_table_is_in_the_vocabulary() -> None:
    assert set(model.GP_FINDINGS) <= set(vocabulary())


def test_published_readers_are_reproduced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line of docs/rehearsal.md holds, and the page says what the script gives."""
    root = Path(__file__).parents[3]
    monkeypatch.syspath_prepend(str(root / "scripts"))
    import calibrate_simulated_gps as calibrate

    lines = calibrate.all_lines(2025)
    assert len(lines) == 22
    assert [line.figure for line in lines if not line.holds] == []
    assert calibrate.table(lines) in (root / "docs/rehearsal.md").read_text(encoding="utf-8")
