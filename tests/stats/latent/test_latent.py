"""Truth from votes: what can be done on paper, what is recovered from simulated readers, and what cannot be said."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.latent import latent_accuracy as kernel
from ecg_eval.stats.latent.dawid_skene import dawid_skene
from ecg_eval.stats.latent.latent_accuracy import NO_NAMES, NOBODY, TOO_FEW, latent_accuracy
from ecg_eval.stats.latent.votes import count_votes

NAN = np.nan


def simulated(seed: int, n: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Return truth and answers of five readers: sensitivities 0.6 to 0.9, specificities 0.95 to 0.8."""
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.25
    sensitivity, specificity = np.linspace(0.6, 0.9, 5), np.linspace(0.95, 0.8, 5)
    says_yes = np.where(truth[:, None], sensitivity, 1 - specificity)
    answers = (rng.random((n, 5)) < says_yes).astype(float)
    answers[rng.random((n, 5)) < 0.1] = NAN
    return truth.astype(float), answers


def test_readers_who_all_agree_are_right() -> None:
    fit = dawid_skene(answers=[[1, 1, 1], [0, 0, 0], [0, 0, 0], [NAN, NAN, NAN]])
    assert fit.label == pytest.approx([1, 0, 0, NAN], nan_ok=True)
    assert fit.prevalence == pytest.approx([2 / 3, 1 / 3])
    assert fit.confusion == pytest.approx(np.broadcast_to(np.eye(2), (3, 2, 2)))
    assert fit.converged


def test_simulated_readers_are_recovered() -> None:
    truth, answers = simulated(1)
    found = latent_accuracy(answers=answers)
    assert found.prevalence.value == pytest.approx(0.25, abs=0.03)
    assert [e.value for e in found.sensitivity] == pytest.approx(np.linspace(0.6, 0.9, 5), abs=0.05)
    assert [e.value for e in found.specificity] == pytest.approx(np.linspace(0.95, 0.8, 5), abs=0.05)
    assert ((found.posterior > 0.5) == truth).mean() > 0.9
    assert found.prevalence.low is None
    assert found.prevalence.reason


def test_a_batch_of_resamples_is_each_of_them_by_itself() -> None:
    _, answers = simulated(2, n=60)
    weights = np.random.default_rng(5).multinomial(60, np.full(60, 1 / 60), size=4).astype(float)
    batch = dawid_skene(answers=answers, weights=weights)
    for i, row in enumerate(weights):
        one = dawid_skene(answers=np.repeat(answers, row.astype(int), axis=0))
        assert batch.prevalence[i] == pytest.approx(one.prevalence, abs=1e-6)
        assert batch.confusion[i] == pytest.approx(one.confusion, abs=1e-5)
        assert batch.log_likelihood[i] == pytest.approx(one.log_likelihood, abs=1e-6)


def test_intervals_come_from_resamples_of_patients() -> None:
    _, answers = simulated(3, n=200)
    weights = np.random.default_rng(6).multinomial(200, np.full(200, 1 / 200), size=60)
    found = latent_accuracy(answers=answers, weights=weights, n_clusters=200)
    for e in (found.prevalence, *found.sensitivity, *found.specificity):
        assert e.low is not None
        assert e.high is not None
        assert e.value is not None
        assert e.low < e.value < e.high
        assert e.n_clusters == 200


def test_readers_and_cases_in_another_order_say_the_same() -> None:
    _, answers = simulated(4, n=80)
    rng = np.random.default_rng(1)
    cases, readers = rng.permutation(80), rng.permutation(5)
    one, other = dawid_skene(answers=answers), dawid_skene(answers=answers[cases][:, readers])
    assert other.posterior == pytest.approx(one.posterior[cases], abs=1e-7)
    assert other.confusion == pytest.approx(one.confusion[readers], abs=1e-7)


def test_a_finding_that_nobody_calls_is_nowhere_and_has_no_sensitivity() -> None:
    found = latent_accuracy(answers=np.zeros((20, 4)), weights=np.ones((60, 20)))
    assert found.prevalence.value == 0
    assert found.sensitivity[0].reason == NOBODY
    assert found.specificity[0].value == 1
    assert found.posterior == pytest.approx(np.zeros(20))


def test_two_readers_or_readers_by_chance_are_reasons() -> None:
    two = latent_accuracy(answers=[[1, 1, NAN], [0, 1, NAN]])
    assert two.reason == two.prevalence.reason == two.sensitivity[0].reason == TOO_FEW
    always = np.tile([1.0, 0.0, 0.0], (12, 1))
    found = latent_accuracy(answers=always)
    assert found.reason == found.specificity[2].reason == NO_NAMES
    assert np.isnan(found.posterior).all()


def test_resamples_in_which_classes_have_no_names_are_not_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    _, answers = simulated(7, n=40)
    has_names = iter([True, *[False] * 10, *[True] * 60])
    monkeypatch.setattr(kernel, "_has_names", lambda confusion: next(has_names))
    found = latent_accuracy(answers=answers, weights=np.ones((70, 40)))
    assert found.prevalence.n_unusable == found.sensitivity[2].n_unusable == 10


def test_search_without_end_is_no_answer() -> None:
    _, answers = simulated(8, n=60)
    assert not dawid_skene(answers=answers, max_iterations=2).converged


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: dawid_skene(answers=[[NAN, NAN]]),
        lambda: dawid_skene(answers=[[0, 2]]),
        lambda: dawid_skene(answers=[0, 1]),
        lambda: dawid_skene(answers=[[0, 1]], n_classes=1),
        lambda: dawid_skene(answers=[[0, 1]], weights=[1, 2]),
        lambda: latent_accuracy(answers=[0, 1]),
    ],
)
def test_what_makes_no_sense_is_refused(wrong) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ArgumentError):
        wrong()


def test_votes_of_a_tie_name_those_that_lead() -> None:
    votes = count_votes(answers=[[0, 2, 2, 0], [1, NAN, NAN, NAN], [NAN] * 4], n_classes=3)
    assert votes.leading.tolist() == [[True, False, True], [False, True, False], [False, False, False]]
    assert votes.is_tied.tolist() == [True, False, False]
    assert votes.majority == pytest.approx([NAN, 1, NAN], nan_ok=True)
    assert votes.shares[1].tolist() == [0, 1, 0]
    assert np.isnan(votes.shares[2]).all()
