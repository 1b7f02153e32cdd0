"""A number that tells findings apart on a broken set, and nothing on a sound one."""

import numpy as np
import pytest
from made_cohort import changed, cohort, handed_over

from ecg_eval.errors import ConfigError
from ecg_eval.models.shortcut import Shortcut


def auroc(scores: np.ndarray, y: np.ndarray) -> float:
    with_it, without = scores[y == 1][:, None], scores[y == 0]
    return float(np.mean(with_it > without) + np.mean(with_it == without) / 2)


@pytest.mark.parametrize("number", ["signal_sd", "duration_s", "missing_share"])
def test_it_solves_a_set_in_which_cases_came_from_other_files(number: str) -> None:
    recordings, labels = cohort()
    fresh, truth = cohort(24, seed=1)

    def other_files(several: dict, is_case: np.ndarray) -> dict:  # type: ignore[type-arg]
        ways = {
            "signal_sd": lambda x: x * 5,
            "duration_s": lambda x: x[:800],
            "missing_share": lambda x: np.where(np.arange(len(x))[:, None] < 50, np.nan, x),
        }
        return {k: changed(r, ways[number]) if c else r for (k, r), c in zip(several.items(), is_case, strict=True)}

    model = Shortcut(number)
    taught = other_files(recordings, labels["AF"].to_numpy() == 1)
    model.fit(handed_over(taught), labels[["AF"]], rng=np.random.default_rng(0))
    y = truth["AF"].to_numpy()
    assert auroc(model.scores(handed_over(other_files(fresh, y == 1)), ["AF"])[:, 0], y) > 0.95
    assert model.card().facts == {"number": number}


def test_shares_by_hand() -> None:
    recordings, labels = cohort(40)
    rates = {
        k: changed(r, lambda x: x, sampling_rate_hz=500.0 if i < 20 else 250.0)
        for i, (k, r) in enumerate(recordings.items())
    }
    labels = labels.assign(X=[1.0] * 15 + [0.0] * 20 + [1.0] * 5)
    model = Shortcut("sampling_rate_hz")
    model.fit(handed_over(rates), labels[["X"]], rng=np.random.default_rng(0))
    answers = model.scores(handed_over(rates, ["r0", "r39", "no such record"]), ["X", "AF"])
    np.testing.assert_allclose(answers[:, 0], [15.5 / 21, 5.5 / 21, np.nan])
    assert np.isnan(answers[:, 1]).all()


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="one of signal_sd"):
        Shortcut("heart_rat")
