"""Whom numbers in the population stand for: shares that are met, and what cannot be."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pytest
from conftest import study_frames

import ecg_eval
from ecg_eval.config.load import make_config
from ecg_eval.config.schema import TargetPopulation
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ConfigError, EcgEvalError, ProblemsError, ReadingsError
from ecg_eval.pipeline.study.evaluate import subgroup_values
from ecg_eval.pipeline.study.population import standing_for

Maker = Callable[..., ReaderStudy]
VALUES = partial(subgroup_values, age_bands_years=(65,))


def weights(study: ReaderStudy, **target: object) -> np.ndarray:
    made = standing_for(study, TargetPopulation(**({"source": "a survey"} | target)), VALUES)  # type: ignore[arg-type]
    assert made.population == "a survey"
    assert made.sampling_weight is not None
    return made.sampling_weight


def test_every_stratum_gets_its_share(make_study: Maker) -> None:
    study = make_study()
    by_age = weights(study, by="age", shares={"0-64": 0.9, "65+": 0.1})
    old = (study.records["age_years"] >= 65).to_numpy()
    assert by_age[old].sum() == pytest.approx(0.1)
    assert by_age.sum() == pytest.approx(1)
    by_truth = weights(study, by="AF", shares={"present": 0.068, "absent": 0.932})
    assert by_truth[study.truth("AF") == 1].sum() == pytest.approx(0.068)
    none = weights(study, by="sex", shares={"F": 1, "M": 0})
    assert none[(study.records["sex"] == "M").to_numpy()].tolist() == [0.0] * 30


def test_ecgs_of_a_stratum_keep_the_ratios_of_their_weights(make_study: Maker) -> None:
    study = make_study()
    drawn = study.standing_for(np.linspace(1, 2, 60), None, "")
    weight = weights(drawn, by="sex", shares={"F": 0.5, "M": 0.5})
    female = (study.records["sex"] == "F").to_numpy()
    assert weight[female] == pytest.approx(0.5 * np.linspace(1, 2, 60)[female] / np.linspace(1, 2, 60)[female].sum())


def test_without_a_target_the_records_own_weights_are_read(make_study: Maker) -> None:
    study = make_study()
    assert standing_for(study, None, VALUES) is study
    records = study.records.assign(sampling_weight=[" 2", None, *["1"] * 58])
    made = standing_for(make_study(records=records), None, VALUES).sampling_weight
    assert made is not None
    assert made[0] == 2
    assert np.isnan(made[1])
    for wrong in ("many", "-1", "inf"):
        records = study.records.assign(sampling_weight=[wrong, *["1"] * 59])
        with pytest.raises(ReadingsError, match="sampling_weight of record r000"):
            standing_for(make_study(records=records), None, VALUES)


@pytest.mark.parametrize(
    ("target", "match"),
    [
        ({"by": "sxe", "shares": {"F": 0.5, "M": 0.5}}, "Did you mean 'sex'"),
        ({"by": "sex", "shares": {"F": 0.5, "male": 0.5}}, "one that records have in 'sex'"),
        ({"by": "age", "shares": {"0-64": 1.0, "other": 0.0}}, "given for each value of 'age'"),
    ],
)
def test_shares_that_no_record_has_are_refused(target: dict[str, object], match: str, make_study: Maker) -> None:
    with pytest.raises(ConfigError, match=match):
        weights(make_study(), **target)


def test_from_python_and_from_a_configuration() -> None:
    readings, readers, truth = study_frames()
    mix = {"by": "AF", "shares": {"present": 0.1, "absent": 0.9}, "source": "a survey"}
    asked = ["ppv", "ppv_in_population"]
    result = ecg_eval.evaluate(readings, truth, readers=readers, metrics=asked, target_population=mix, resamples=100)
    frame = result.frame[(result.frame["finding"] == "AF") & (result.frame["arm"] == "unaided")]
    values = frame[frame["reader"] == "gp1"].set_index("metric")["value"]
    assert values["ppv_in_population"] < values["ppv"]
    assert "weighted to a survey" in result.report(language="en")
    assert "pondéré vers a survey" in result.report(language="fr")
    with pytest.raises(ProblemsError, match="Did you mean 'shares'"):
        ecg_eval.evaluate(readings, truth, readers=readers, target_population={**mix, "share": 1})
    base = {"name": "x", "dataset": "code_test", "findings": ["AF"], "models": ["prevalence"]}
    with pytest.raises(ProblemsError, match=r"these sum to 0\.5"):
        make_config(base | {"target_population": {**mix, "shares": {"present": 0.1, "absent": 0.4}}})


def test_a_table_of_ecgs_may_hold_the_weights(tmp_path: object) -> None:
    from pathlib import Path

    from ecg_eval.pipeline.plugins import make

    path = Path(str(tmp_path)) / "truth.csv"
    pd.DataFrame(
        {"record_id": ["a", "b"], "AF": [1, 0], "sampling_weight": [1, 9.5], "sampling_stratum": ["rare", "common"]}
    ).to_csv(path, index=False)
    records = make("datasets", "study_table", {"path": path}).records()
    assert records["sampling_weight"].tolist() == [1.0, 9.5]
    assert records["sampling_stratum"].tolist() == ["rare", "common"]
    path.write_text("record_id,AF,sampling_weight\na,1,heavy\n", encoding="utf-8")
    dataset = make("datasets", "study_table", {"path": path})
    assert any("sampling_weight" in str(problem) for problem in dataset.problems())
    assert issubclass(ConfigError, EcgEvalError)
