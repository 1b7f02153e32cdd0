"""The whole study, repeated: the analysis finds the effect that was put in, and none where there is none."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def rehearse(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))
    import rehearse

    return rehearse


def test_a_study_s_plain_figures_are_those_of_its_evaluation(rehearse) -> None:
    """The population's truth is computed apart from the metrics' own means: both agree on one study."""
    given = rehearse.study(6, 120, 100, reliance=1.0, seed=3)
    plain = rehearse._plain(given)
    found = rehearse.estimates(given, rehearse.METRICS[:3], seed=1)
    for metric in rehearse.METRICS[:3]:
        assert float(found.loc[metric, "value"]) == pytest.approx(plain[metric], abs=1e-9)


def test_coverage_is_counted_against_the_truth(rehearse) -> None:
    found = pd.DataFrame({"metric": "m", "value": [0.1, 0.2, 0.3], "low": [0.0, 0.15, 0.25], "high": [0.2, 0.25, 0.35]})
    row = rehearse.coverage(found, pd.Series({"m": 0.1})).loc["m"]
    assert row["coverage"] == pytest.approx(1 / 3)
    assert row["mean"] == pytest.approx(0.2)
    assert row["bias_in_se"] == pytest.approx(0.1 / (0.1 / np.sqrt(3)))
    assert row["found"] == pytest.approx(2 / 3)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hundred_studies_cover_the_effect_and_find_none_where_none_is(rehearse) -> None:
    metrics = (*rehearse.METRICS[:3], "beneficial_switch", "harmful_switch")
    true = rehearse.population(1.0)
    effect = rehearse.coverage(rehearse.repeated(200, metrics, reliance=1.0), true)
    # of 200 intervals that cover at 95 %, fewer than 180 do so in one case of 1,500
    assert (effect["coverage"] >= 0.90).all(), effect
    assert (effect["bias_in_se"].abs() < 4).all(), effect
    none = rehearse.repeated(200, metrics[:3], reliance=0.0)
    null = rehearse.coverage(none, pd.Series(dict.fromkeys(metrics[:3], 0.0)))
    assert (null["coverage"] >= 0.90).all(), null
