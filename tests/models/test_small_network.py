from pathlib import Path

import numpy as np
import pytest
from made_cohort import FINDINGS, cohort, handed_over

from ecg_eval.errors import InputFileError
from ecg_eval.models.small_network import SmallNetwork


@pytest.fixture(scope="module")
def network() -> SmallNetwork:
    recordings, labels = cohort()
    model = SmallNetwork(epochs=1)
    model.fit(handed_over(recordings), labels, rng=np.random.default_rng(0))
    return model


def test_stored_weights_give_the_same_scores(network: SmallNetwork, tmp_path: Path) -> None:
    recordings, _ = cohort()
    network.save(tmp_path / "weights.npz")
    again = SmallNetwork.restore(tmp_path / "weights.npz")
    some = handed_over(recordings, ["r0", "r1", "r2"])
    np.testing.assert_array_equal(again.scores(some, FINDINGS), network.scores(some, FINDINGS))
    assert again.card().facts["n_parameters"] == network.card().facts["n_parameters"]


def test_networks_of_several_folds_are_calibrated_and_stored(tmp_path: Path) -> None:
    recordings, labels = cohort()
    model = SmallNetwork(epochs=6, folds=3)
    model.fit(handed_over(recordings), labels, rng=np.random.default_rng(0))
    outside = model.outside["SBRAD"]
    probability = 1 / (1 + np.exp(-outside))
    assert outside.shape == (48,)
    assert probability.mean() == pytest.approx(0.25, abs=0.03)  # Platt's sigmoid keeps the share
    model.save(tmp_path / "weights.npz")
    again = SmallNetwork.restore(tmp_path / "weights.npz")
    some = handed_over(recordings, ["r0", "r1", "r2"])
    np.testing.assert_array_equal(again.scores(some, FINDINGS), model.scores(some, FINDINGS))
    assert again.card().facts["calibrated"] is True


def test_stored_weights_hold_no_code(network: SmallNetwork, tmp_path: Path) -> None:
    network.save(tmp_path / "weights.npz")
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as stored:
        assert all(stored[name].dtype != object for name in stored.files)


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="trained before it is saved"):
        SmallNetwork().save(tmp_path / "none.npz")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    (tmp_path / "text.npz").write_text("no zip")
    for name in ("absent.npz", "other.npz", "text.npz"):
        with pytest.raises(InputFileError, match="weights written by small_network"):
            SmallNetwork.restore(tmp_path / name)


def test_training_leaves_the_callers_random_state_and_threads_alone() -> None:
    import torch

    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    recordings, labels = cohort()
    SmallNetwork(epochs=1).fit(handed_over(recordings), labels, rng=np.random.default_rng(0))
    assert torch.rand(1) == expected
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("epochs", [1, 2, 3])  # 48 recordings are two steps an epoch
def test_few_steps_train_as_well_as_many(epochs: int) -> None:
    recordings, labels = cohort()
    model = SmallNetwork(epochs=epochs)
    model.fit(handed_over(recordings), labels, rng=np.random.default_rng(0))
    assert np.isfinite(model.scores(handed_over(recordings, ["r0"]), FINDINGS)).any()
