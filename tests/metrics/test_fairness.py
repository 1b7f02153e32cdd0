"""For whom: gaps between groups of patients, intersections, and what is too small to say."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from conftest import study_frames

import ecg_eval
from ecg_eval.domain.evaluation import Row, single_rows
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ArgumentError
from ecg_eval.pipeline.plugins import make
from ecg_eval.pipeline.study.evaluate import subgroup_values
from ecg_eval.reports.words import Words

Maker = Callable[..., ReaderStudy]


def rows(name: str, study: ReaderStudy, **arguments: object) -> list[Row]:
    return list(single_rows(make("metrics", name, arguments).rows(study, level=0.95)))


def test_the_widest_gap_names_the_worst_group(make_study: Maker) -> None:
    study = make_study(n_records=120)
    found = rows("equal_opportunity_gap", study)
    assert {r.subgroup for r in found} == {"between groups=sex"}
    row = next(r for r in found if r.reader == "gp1" and r.arm == "unaided" and r.finding == "AF")
    truth, call = study.truth("AF"), study.calls("gp1", "unaided", "AF")
    shares = [call[(truth == 1) & (study.records["sex"] == s).to_numpy()].mean() for s in ("F", "M")]
    assert row.estimate.value == pytest.approx(abs(shares[0] - shares[1]))
    worst = "FM"[int(np.argmin(shares))]
    assert f"sensitivity from {min(shares):.2f} ({worst})" in row.estimate.method
    odds = next(r for r in rows("equalised_odds_gap", study) if r.reader == "gp1" and r.finding == "AF")
    assert "false alarms from" in odds.estimate.method
    calls = next(r for r in rows("call_rate_gap", study) if r.reader == "gp1" and r.finding == "AF")
    assert "calls from" in calls.estimate.method


def test_groups_that_are_too_small_are_named_and_left_out(make_study: Maker) -> None:
    study = make_study(n_records=120)
    bands = pd.DataFrame({"age": subgroup_values(study.records, "age", (35, 60))})
    some = make_study(n_records=120, subgroups=bands, subgroup_minimum_n=8)
    row = next(r for r in rows("equal_opportunity_gap", some) if r.reader == "gp1" and r.finding == "AF")
    assert "too few ECGs of 0-34" in row.estimate.method
    none = make_study(n_records=120, subgroups=bands, subgroup_minimum_n=100)
    assert {r.estimate.value for r in rows("equalised_odds_gap", none)} == {None}
    assert rows("equalised_odds_gap", make_study(subgroups=None)) == []


@pytest.mark.parametrize("name", ["ppv_gap", "accuracy_gap", "auroc_gap", "calibration_gap"])
def test_a_gap_is_the_number_of_one_side_less_that_of_the_other(name: str, make_study: Maker) -> None:
    of = {"calibration_gap": "mean_excess"}.get(name, name.removesuffix("_gap"))
    study = make_study(n_records=120)
    found = rows(name, study)
    women = (study.records["sex"] == "F").to_numpy()
    sides = [rows(of, study.subset(side)) for side in (women, ~women)]
    row = next(r for r in found if r.reader == "model" and r.finding == "AF" and r.subgroup == "sex=F")
    values = [next(r for r in side if r.reader == "model" and r.finding == "AF").estimate.value for side in sides]
    assert row.estimate.value == pytest.approx(values[0] - values[1])
    assert row.estimate.low < row.estimate.value < row.estimate.high  # type: ignore[operator]


def test_the_mean_excess_of_probabilities(make_study: Maker) -> None:
    study = make_study(ecgs_per_patient=3)
    e = next(r for r in rows("mean_excess", study) if r.finding == "AF").estimate
    score = study.scores("model", "unaided", "AF")
    assert e.value == pytest.approx((score - study.truth("AF")).mean())
    assert e.n_clusters == 20
    scaled = make_study(readings=study.readings.assign(score=study.readings["score"] * 9))
    assert next(r for r in rows("mean_excess", scaled) if r.finding == "AF").estimate.value is None
    nothing = np.full(60, np.nan)
    assert make("metrics", "mean_excess", {}).estimate(nothing, nothing, None, 0.95).n == 0


def test_intersections_of_two_ways_to_divide_the_ecgs() -> None:
    readings, readers, truth = study_frames(120)
    records = pd.DataFrame(
        {
            "record_id": truth.index,
            "patient_id": truth.index,
            "sex": ["F", "M"] * 60,
            "age_years": np.linspace(30, 90, 120),
        }
    )
    both = {"by": ["age x sex"], "minimum_n": 5, "age_bands_years": [60]}
    asked = ["sensitivity", "sensitivity_gap", "equal_opportunity_gap", {"name": "aid_effect_over_strata", "by": "sex"}]
    given = {"readers": readers, "records": records, "metrics": asked, "resamples": 100}
    result = ecg_eval.evaluate(readings, truth, subgroups=both, **given)
    parts = set(result.frame["subgroup"])
    assert {"age x sex=0-59, F", "age x sex=60+, M", "between groups=age x sex", "sex=F"} <= parts
    assert "women" in result.report(language="en")
    assert Words("fr").subgroup("age x sex=60+, F") == "âge 60+ ans, femmes"
    assert "ge 60+ ans, femmes" in result.report(language="fr")
    with pytest.raises(ArgumentError, match="Did you mean 'sex'"):
        ecg_eval.evaluate(readings, truth, readers=readers, records=records, subgroups=["age x sexe"])
