"""What every model keeps: its contract, its answer to broken recordings and unknown findings, its determinism."""

import sys
from functools import cache

import numpy as np
import pandas as pd
import pytest
from made_cohort import FINDINGS, changed, cohort, handed_over

from ecg_eval import registry
from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import ConfigError, SignalError
from ecg_eval.models._parts.loading import waveforms
from ecg_eval.pipeline.plugins import load, make
from ecg_eval.signals.features import BETWEEN_LEADS

OWN = ("age_sex", "beat_boosting", "ensemble", "prevalence", "random_convolutions", "rules", "small_network")
READS_SIGNALS = ("beat_boosting", "ensemble", "random_convolutions", "rules", "small_network")
NEEDS_MV = ("beat_boosting", "ensemble", "rules")
LEARNS = ("age_sex", "beat_boosting", "ensemble", "random_convolutions", "small_network")
ARGUMENTS: dict[str, dict[str, object]] = {"small_network": {"epochs": 10}, "ensemble": {"epochs": 4, "folds": 2}}


@pytest.fixture(autouse=True)
def few_kernels_and_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let models be quick; what is tested here does not hang on how many kernels and forests they have."""
    monkeypatch.setattr("ecg_eval.models.random_convolutions._N_KERNELS", 140)
    monkeypatch.setattr("ecg_eval.models.beat_boosting._FOLDS", 2)


def made(name: str) -> Model:
    model = make("models", name, ARGUMENTS.get(name, {}))
    assert isinstance(model, Model)
    return model


def teach(name: str, labels: pd.DataFrame) -> Model:
    recordings, _ = cohort()
    model = made(name)
    model.fit(handed_over(recordings), labels, rng=np.random.default_rng(0))
    return model


@cache
def taught(name: str) -> Model:
    return teach(name, cohort()[1])


def test_the_room_holds_these() -> None:
    assert [name for name in registry.names("models") if name in OWN] == list(OWN)
    assert all(len(registry.describe("models")[name]) > 20 for name in OWN)


@pytest.mark.parametrize("name", OWN)
def test_states_what_the_report_prints(name: str) -> None:
    cls = load("models", name)
    assert cls.trained_on == ()
    assert len(cls.needs) > 5
    assert isinstance(made(name).card(), ModelCard)


@pytest.mark.parametrize("name", OWN)
def test_untaught_it_answers_nan_of_the_right_shape(name: str) -> None:
    recordings, _ = cohort()
    answers = made(name).scores(handed_over(recordings, ["r0", "r1"]), ("AF", "no such finding"))
    assert answers.shape == (2, 2)
    assert np.isnan(answers[:, 1]).all()
    if name != "rules":
        assert np.isnan(answers).all()


@pytest.mark.parametrize("name", OWN)
def test_scores_are_probable_and_the_same_again(name: str) -> None:
    fresh, _ = cohort(24, seed=1)
    models = taught(name), teach(name, cohort()[1])
    first, again = (model.scores(handed_over(fresh), (*FINDINGS, "WPW")) for model in models)
    np.testing.assert_array_equal(first, again)
    assert first.shape == (24, 4)
    known = first[:, :3]
    assert ((known >= 0) & (known <= 1)).all()
    assert np.isnan(first[:, 3]).all()


@pytest.mark.parametrize("name", READS_SIGNALS)
def test_tells_plain_findings_apart(name: str) -> None:
    fresh, labels = cohort(48, seed=2)
    answers = taught(name).scores(handed_over(fresh), FINDINGS)
    for column, code in enumerate(FINDINGS):
        y = labels[code].to_numpy() == 1
        above = np.mean(answers[y, column][:, None] > answers[~y, column])
        assert above > (0.75 if name == "small_network" else 0.9), code


def test_boosting_says_how_sure_it_may_be() -> None:
    fresh, labels = cohort(48, seed=2)
    answers = taught("beat_boosting").scores(handed_over(fresh), FINDINGS)
    assert np.abs(answers.mean(axis=0) - labels.to_numpy().mean(axis=0)).max() < 0.12


@cache
def with_holes() -> tuple[dict[str, Recording], pd.DataFrame]:
    """Return recordings of which four cannot be read, and findings that are rare, unknown, or known in part."""
    recordings, labels = cohort()
    broken = dict(recordings)
    broken["r1"] = changed(recordings["r1"], lambda x: x[:100])
    broken["r2"] = changed(recordings["r2"], lambda x: x * np.nan)
    broken["r3"] = changed(recordings["r3"], lambda x: x[:, :2], leads=("I", "II"))
    del broken["r4"]
    holes = labels[["AF"]].assign(RARE=0.0, UNKNOWN=np.nan, ALWAYS=1.0)
    holes.iloc[-4:, 1] = 1.0
    holes.iloc[::3, 0] = np.nan
    return broken, holes


@cache
def taught_with_holes(name: str) -> Model:
    broken, holes = with_holes()
    model = made(name)
    model.fit(handed_over(broken, list(holes.index)), holes, rng=np.random.default_rng(0))
    return model


@pytest.mark.parametrize("name", LEARNS)
def test_a_finding_with_few_patients_is_not_taught_and_said(name: str) -> None:
    model = taught_with_holes(name)
    answers = model.scores(handed_over(with_holes()[0], ["r0"]), ("RARE", "UNKNOWN", "ALWAYS", "AF"))
    assert np.isnan(answers[0, :3]).all()
    assert np.isfinite(answers[0, 3])
    reasons = model.card().not_taught
    assert set(reasons) == {"RARE", "UNKNOWN", "ALWAYS"}
    assert reasons["RARE"] == "4 patients with it and 24 without; at least 5 of each are needed"


@pytest.mark.parametrize("name", LEARNS)
def test_nothing_to_teach(name: str) -> None:
    recordings, labels = cohort()
    model = teach(name, labels * np.nan)
    assert np.isnan(model.scores(handed_over(recordings, ["r0"]), FINDINGS)).all()


@pytest.mark.parametrize("name", LEARNS)
def test_unknown_labels_are_left_out(name: str) -> None:
    readable = [record for record in cohort()[0] if record not in ("r1", "r2", "r3", "r4")]
    answers = taught_with_holes(name).scores(handed_over(with_holes()[0], readable), ("AF",))
    assert np.isfinite(answers).all()


@pytest.mark.parametrize("name", READS_SIGNALS)
def test_broken_recordings_do_not_stop_the_rest(name: str) -> None:
    asked = handed_over(with_holes()[0], ["r0", "r1", "r2", "r3", "r4", "r5"])
    answers = taught_with_holes(name).scores(asked, ("AF",))
    reads_two_leads = name == "rules"  # their rhythm, not the rest
    assert np.isnan(answers).all(axis=1).tolist() == [False, True, True, not reads_two_leads, True, False]


def test_age_and_sex_do_without_the_signal() -> None:
    recordings, _ = cohort()
    strange = dict(recordings)
    strange["r0"] = changed(recordings["r0"], lambda x: x * np.nan, age_years=None, sex=None)
    del strange["r1"]
    answers = taught("age_sex").scores(handed_over(strange, ["r0", "r1", "r2"]), ("AF",))[:, 0]
    assert np.isnan(answers).tolist() == [False, True, False]


@pytest.mark.parametrize("name", NEEDS_MV)
def test_other_units_are_refused(name: str) -> None:
    recordings, labels = cohort()
    scaled = {key: changed(r, lambda x: x * 3, units="z-score") for key, r in recordings.items()}
    model = taught(name)
    with pytest.raises(SignalError, match="recording r0: units must be 'mV'; got 'z-score'"):
        model.scores(handed_over(scaled), FINDINGS)
    if name == "beat_boosting":  # most of an archive in mV: what is not is refused, whichever comes first
        some = {key: scaled[key] if key in ("r0", "r9") else r for key, r in recordings.items()}
        with pytest.raises(SignalError, match="recording r0: units must be 'mV'"):
            made(name).fit(handed_over(some), labels, rng=np.random.default_rng(0))


@pytest.mark.parametrize("name", ["beat_boosting", "ensemble"])
def test_an_archive_without_millivolts_is_measured_in_what_needs_no_unit(name: str) -> None:
    recordings, labels = cohort()
    gains = np.arange(1, 13)  # another size for each lead: what compares leads is lost
    scaled = {key: changed(r, lambda x: x * gains, units="z-score") for key, r in recordings.items()}
    model = made(name)
    model.fit(handed_over(scaled), labels, rng=np.random.default_rng(0))
    assert model.card().facts["amplitudes_in"] == "standard deviations of each lead"
    assert model.card().facts["n_features"] < taught(name).card().facts["n_features"]  # type: ignore[operator]
    fresh, truth = cohort(48, seed=2)
    answers = model.scores(handed_over(fresh), FINDINGS)  # of any unit, and the size of no lead matters
    louder = {key: changed(r, lambda x: x * gains, units="uV") for key, r in fresh.items()}
    np.testing.assert_allclose(model.scores(handed_over(louder), FINDINGS), answers, atol=0.02)
    for column, code in enumerate(FINDINGS):
        y = truth[code].to_numpy() == 1
        assert np.mean(answers[y, column][:, None] > answers[~y, column]) > 0.9, code


def test_what_beat_boosting_learns_from_scaled_leads_compares_no_leads() -> None:
    assert {"sokolow_lyon_mv", "qrs_axis_degrees", "lead_of_transition"} <= set(BETWEEN_LEADS)
    assert "V1_r_mv" not in BETWEEN_LEADS


def test_one_part_answers_alone_where_the_other_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    recordings, _ = cohort()
    model = taught("ensemble")
    both = model.scores(handed_over(recordings, ["r0", "r1"]), FINDINGS)
    shape = both.shape
    monkeypatch.setattr(model._trees, "scores", lambda *_: np.full(shape, np.nan))  # type: ignore[attr-defined]
    alone = model.scores(handed_over(recordings, ["r0", "r1"]), FINDINGS)
    assert np.isfinite(alone).all()
    assert (alone != both).all()
    assert model.card().counts["answered_by_one_part_alone"] == {"small_network": 2}


def test_an_ensemble_of_one_network_has_nothing_to_be_calibrated_on() -> None:
    with pytest.raises(ConfigError, match="folds must be 2 or more"):
        make("models", "ensemble", {"folds": 1})


@pytest.mark.parametrize("name", ["random_convolutions", "small_network"])
def test_the_unit_does_not_matter_to_networks(name: str) -> None:
    recordings, _ = cohort()
    scaled = {key: changed(r, lambda x: x * 4, units="z-score") for key, r in recordings.items()}
    model = taught(name)
    np.testing.assert_allclose(
        model.scores(handed_over(scaled, ["r0", "r1"]), FINDINGS),
        model.scores(handed_over(recordings, ["r0", "r1"]), FINDINGS),
        atol=1e-3,
    )


@pytest.mark.parametrize("name", ["random_convolutions", "small_network"])
def test_networks_hold_a_few_signals_at_a_time_and_say_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recordings, _ = cohort()
    model, held = taught(name), list[int]()
    module = sys.modules[type(model).__module__]
    whole = model.scores(handed_over(recordings, None), FINDINGS)

    def counted(part: Recordings, **words: float) -> object:
        held.append(len(part))
        return waveforms(part, **words)

    monkeypatch.setattr(module, "AT_ONCE", 40)
    monkeypatch.setattr(module, "waveforms", counted)
    in_parts = model.scores(handed_over(recordings, None), FINDINGS)
    np.testing.assert_allclose(in_parts, whole, atol=1e-6)
    assert max(held) == 40
    assert sum(held) == len(recordings)


@pytest.mark.parametrize("name", OWN)
def test_no_recordings_no_scores(name: str) -> None:
    none = handed_over({}, None)
    assert len(none) == 0
    assert taught(name).scores(none, FINDINGS).shape == (0, 3)
