"""The whole study, repeated: the analysis finds the effect that was put in, and none where there is none."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm

from ecg_eval.pipeline.plugins import load
from ecg_eval.pipeline.study.evaluate import evaluate_study

ERROR = 0.001  # chance that a test below fails although all is well, for each quantity


@pytest.fixture
def rehearse(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))
    import rehearse

    return rehearse


def test_a_rehearsed_study_is_analysed_as_every_run_is(rehearse) -> None:
    """The rehearsal leaves out what it does not need; what is left is what ``evaluate_study`` gives, to the bit."""
    given, _ = rehearse.study(rehearse.Design(n_readers=5, n_records=96), seed=3)
    names = ("aid_effect_accuracy", "harmful_switch", "sensitivity_gap", "cohen_kappa")
    metrics = [load("metrics", name)() for name in names]
    from ecg_eval.config.schema import Subgroups

    frame = evaluate_study(
        given, metrics, seed=1, n_resamples=rehearse.N_RESAMPLES, subgroups=Subgroups(by=("sex",), minimum_n=1)
    ).frame
    found = rehearse.estimates(given, names[:2]) | rehearse.of_sensitivity(given)
    found |= rehearse.of_agreement(given, seed=1)
    group = frame["reader"].str.contains("mean of") & (frame["arm"].isin(["unaided", "aided", "aided - unaided"]))
    places = {
        "aid_effect_accuracy": group & (frame["finding"] == "pooled") & (frame["metric"] == "aid_effect_accuracy"),
        "harmful_switch": group & (frame["finding"] == "pooled") & (frame["metric"] == "harmful_switch"),
        rehearse.GAP: group
        & (frame["metric"] == "sensitivity_gap")
        & (frame["finding"] == "AF")
        & (frame["arm"] == "unaided")
        & (frame["subgroup"] == "sex=F"),
        "cohen_kappa": group
        & (frame["metric"] == "cohen_kappa")
        & (frame["finding"] == "AF")
        & (frame["arm"] == "unaided"),
    }
    for quantity, place in places.items():
        (row,) = frame[place].itertuples()
        expected = (float(row.value), float(row.low), float(row.high))
        got = found[quantity]
        assert (got.value, got.low, got.high) == pytest.approx(expected, abs=1e-12), quantity


def test_recovery_is_counted_against_the_truth(rehearse) -> None:
    found = pd.DataFrame({"value": [0.1, 0.2, 0.3], "low": [0.0, 0.15, 0.25], "high": [0.2, 0.25, 0.35]})
    found["quantity"], found["own_true"] = "q", np.nan
    true = pd.DataFrame({"true": [0.1], "true_error": [0.0]}, index=["q"])
    row = rehearse.recovered(found, true).loc["q"]
    assert (row["n_covered"], row["n_found"]) == (1, 2)
    assert row["mean"] == pytest.approx(0.2)
    assert row["bias_in_se"] == pytest.approx(0.1 / (0.1 / np.sqrt(3)))
    unsure = rehearse.recovered(found, true.assign(true_error=0.1)).loc["q"]
    assert unsure["bias_in_se"] == pytest.approx(0.1 / np.hypot(0.1 / np.sqrt(3), 0.1))
    own = rehearse.recovered(found.assign(own_true=[0.1, 0.2, 0.4]), true).loc["q"]
    assert own["n_covered"] == 2


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hundred_studies_recover_what_was_put_in(rehearse) -> None:
    """Bounds are those that intervals of true coverage 95 %, and estimates without bias, pass but for chance."""
    n = 200
    asked = (*rehearse.METRICS, rehearse.GAP, *rehearse.OWN)
    found = rehearse.repeated(range(n), partial(rehearse.one, design=rehearse.Design(), what=asked))
    table = rehearse.recovered(found, rehearse.population(1.0))
    assert len(table) == 12
    covered = table["n_covered"].dropna()
    assert len(covered) == 11
    assert (covered >= binom.ppf(ERROR, n, 0.95)).all(), table
    assert (table["bias_in_se"].abs() <= norm.ppf(1 - ERROR / 2)).all(), table


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hundred_studies_without_an_effect_find_none(rehearse) -> None:
    n = 200
    design = rehearse.Design(reliance=0.0)
    found = rehearse.repeated(
        range(100_000, 100_000 + n), partial(rehearse.one, design=design, what=rehearse.EFFECT_NAMES)
    )
    nothing = pd.DataFrame({"true": 0.0, "true_error": 0.0}, index=list(rehearse.EFFECT_NAMES))
    table = rehearse.recovered(found, nothing)
    assert (table["n_found"] <= binom.ppf(1 - ERROR, n, 0.05)).all(), table
    assert (table["bias_in_se"].abs() <= norm.ppf(1 - ERROR / 2)).all(), table
