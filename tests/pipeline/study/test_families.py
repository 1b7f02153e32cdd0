"""A family is the question asked; what the plan named comes first; floors and doctors beside doctors count apart."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ecg_eval.config.schema import Primary, Subgroups
from ecg_eval.domain.evaluation import MACRO, Evaluation, Row
from ecg_eval.domain.reading import readers_table, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.pipeline.plugins import make
from ecg_eval.pipeline.study.evaluate import evaluate_study
from ecg_eval.pipeline.study.families import PRIMARY, adjusted, marked
from ecg_eval.stats.estimate import Estimate

Maker = Callable[..., ReaderStudy]
AI = "sensitivity_difference: programs against readers one by one, all findings"


def with_floor(make_study: Maker) -> ReaderStudy:
    """Return three GPs, a model, a second model and a floor that never calls anything."""
    study = make_study()
    own = study.readings[study.readings["reader_id"] == "model"]
    more = [own.assign(reader_id="other"), own.assign(reader_id="floor", reading="absent")]
    readers = pd.concat(
        [
            study.readers.reset_index(),
            pd.DataFrame({"reader_id": ["other", "floor"], "kind": "model", "is_floor": [False, True]}),
        ]
    )
    return make_study(
        readings=readings_table(pd.concat([study.readings, *more]).astype({"reader_id": "string"})),
        readers=readers_table(readers),
    )


def table(study: ReaderStudy, *, primary: tuple[Primary, ...] = (), family: str = "metric") -> pd.DataFrame:
    metrics = [make("metrics", "sensitivity_difference", {"pairs": "all"}), make("metrics", "aid_effect_accuracy", {})]
    found = evaluate_study(study, metrics, seed=1, n_resamples=100, primary=primary, family=family)  # type: ignore[arg-type]
    return found.frame


def holm(p: pd.Series) -> np.ndarray:
    order = np.argsort(p.to_numpy(dtype=float))
    ranked = np.minimum(1, np.maximum.accumulate(p.to_numpy(dtype=float)[order] * np.arange(len(p), 0, -1)))
    back = np.empty(len(p))
    back[order] = ranked
    return back


def test_programs_against_readers_are_one_family_without_the_floor(make_study: Maker) -> None:
    frame = table(with_floor(make_study))
    tested = frame[frame["p_value"].notna()]
    floor = (tested["reader"] == "floor") | (tested["compared_with"] == "floor")
    assert floor.any()
    assert (tested[floor]["family"] == "").all()
    assert tested[floor]["p_adjusted"].isna().all()
    own = tested[tested["family"] == AI]
    assert set(own["reader"]) == {"model", "other"}
    assert set(own["compared_with"]) == {"gp1", "gp2", "gp3"}
    assert own["family_size"].tolist() == [len(own)] * len(own)
    np.testing.assert_allclose(own["p_adjusted"].to_numpy(dtype=float), holm(own["p_value"]))
    others = set(tested[~floor]["family"]) - {AI}
    assert "sensitivity_difference: readers with one another, all findings" in others
    assert not frame[frame["p_value"].isna()]["family_size"].notna().any()


def test_finding_by_finding_where_the_configuration_says_so(make_study: Maker) -> None:
    frame = table(with_floor(make_study), family="finding")
    own = frame[frame["family"] == AI.replace("all findings", "AF")]
    assert set(own["finding"]) == {"AF"}
    assert (own["family_size"] == 6).all()


def test_the_primary_comes_first_and_is_a_gate(make_study: Maker) -> None:
    study = with_floor(make_study)
    named = Primary(metric="sensitivity_difference", reader="model", compared_with="gp1", finding="AF")
    frame = table(study, primary=(named,))
    planned = frame[frame["pre_specified"]]
    assert planned[["reader", "compared_with", "finding", "arm"]].to_numpy().tolist() == [
        ["model", "gp1", "AF", "unaided"]
    ]
    assert planned["family"].tolist() == [PRIMARY]
    assert planned["p_adjusted"].tolist() == planned["p_value"].tolist()
    own = frame[(frame["family"] == AI)]
    assert len(own) == (table(study)["family"] == AI).sum() - 1
    expected = np.maximum(holm(own["p_value"]), float(planned["p_value"].iloc[0]))
    np.testing.assert_allclose(own["p_adjusted"].to_numpy(dtype=float), expected)


def test_a_plan_without_a_reader_means_the_mean_over_readers(make_study: Maker) -> None:
    frame = table(make_study(), primary=(Primary(metric="aid_effect_accuracy"),))
    assert frame[frame["pre_specified"]][["reader", "finding"]].to_numpy().tolist() == [["gp (mean of 3)", MACRO]]


def test_a_plan_of_readers_without_a_mean_names_them_all(make_study: Maker) -> None:
    named = Primary(metric="mcnemar", finding="AF", arm="unaided")
    rows = [
        Row(metric="mcnemar", reader="m", compared_with=who, arm="unaided", finding="AF", estimate=estimate)
        for who, estimate in (("a", estimate_with(0.01)), ("b", estimate_with(0.5)))
    ]
    frame = marked(Evaluation.from_rows([*rows, rows[0].within("sex=F")]).frame, [named])
    assert frame["pre_specified"].tolist() == [True, True, False]


def test_a_finding_called_macro_is_not_the_mean(make_study: Maker) -> None:
    rows = [
        Row(metric="f1", reader="m", finding=MACRO, combined=combined, estimate=estimate_with(0.2))
        for combined in ("", MACRO)
    ]
    frame = marked(Evaluation.from_rows(rows).frame, [Primary(metric="f1", reader="m", finding=MACRO)])
    assert frame["pre_specified"].tolist() == [False, True]


def test_every_kind_of_sides_is_a_question_of_its_own(make_study: Maker) -> None:
    study = with_floor(make_study)
    sides = [("gp1", "", False), ("gp (mean of 3)", "", True), ("model", "", False), ("model", "other", False)]
    sides += [("model", "gp (mean of 3)", True), ("model", "gp1", False), ("gp1", "gp2", False), ("g", "g", True)]
    rows = [
        Row(metric="x", reader=a, compared_with=b, is_group=group, finding="AF", estimate=estimate_with(0.01))
        for a, b, group in sides
    ]
    frame = adjusted(Evaluation.from_rows(rows).frame, study)
    assert frame["family"].nunique() == len(sides)
    assert (frame["p_adjusted"] == frame["p_value"]).all()


def test_subgroups_are_families_of_their_own_and_small_denominators_are_no_numbers(make_study: Maker) -> None:
    study = make_study()
    few = evaluate_study(
        study,
        [make("metrics", "sensitivity", {})],
        seed=1,
        n_resamples=100,
        subgroups=Subgroups(by=("sex",), minimum_n=12),
    ).frame
    inside = few[few["subgroup"] != ""]
    assert (inside[inside["value"].notna()]["n"] >= 12).all()
    hidden = inside[inside["reason"].str.contains("fewer than 12")]
    assert len(hidden)
    assert hidden[["value", "low", "high"]].isna().all().all()


def test_a_metric_that_minds_no_minimum_is_held_to_it(make_study: Maker) -> None:
    truth = make_study().reference.table.copy()
    truth.iloc[5:] = np.nan
    study = make_study(reference=ReferenceStandard(table=truth, method="m"))
    frame = evaluate_study(
        study,
        [make("metrics", "prevalence", {})],
        seed=1,
        n_resamples=100,
        subgroups=Subgroups(by=("sex",), minimum_n=12),
    ).frame
    inside = frame[frame["subgroup"] != ""]
    assert set(inside["reason"]) == {"the number rests on fewer than 12 records of the subgroup"}
    assert inside[["value", "low", "high"]].isna().all().all()
    assert frame[frame["subgroup"] == ""]["value"].notna().all()


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"metric": "sensitivity_difference", "reader": "model", "compared_with": "gp1", "finding": "AF"}, (2, 1)),
        ({"metric": "aid_effect_accuracy", "reader": "gp1", "finding": "AF"}, (1, 1)),
        ({"metric": "aid_effect_accuracy", "reader": "gp (mean of 3)", "finding": "AF"}, (3, 3)),
    ],
)
def test_every_number_says_of_how_many_readers_and_people_it_is(
    make_study: Maker, where: dict[str, str], expected: tuple[int, int]
) -> None:
    frame = table(make_study())
    row = frame[(frame[list(where)] == pd.Series(where)).all(axis=1)].iloc[0]
    assert (row["n_readers"], row["n_people"]) == expected


def estimate_with(p: float) -> Estimate:
    return Estimate(value=0.1, low=0.0, high=0.2, method="m", n=30, p_value=p)
