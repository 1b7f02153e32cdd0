from dataclasses import replace

import pandas as pd
from reports.study_fixture import bare, toy_result

from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.reports.view import Party, look

MANY = "simulated (mean of 8)"


def test_parties_stand_machines_first_then_groups_then_people() -> None:
    view = look(toy_result(), "en")
    parties = view.parties(["sensitivity"])
    assert [p.reader for p in parties[:2]] == ["beat_features", "prevalence"]
    assert parties[2] == Party("simulated (mean of 4)", "unaided", is_group=True)
    assert parties[3] == Party("simulated (mean of 4)", "aided", is_group=True)
    assert parties[4] == Party("gp_01", "unaided")
    assert len(parties) == 2 + 2 + 8


def test_people_stand_back_behind_their_group_only_when_they_are_many() -> None:
    few = look(toy_result(), "en")
    assert few.few(few.parties(["sensitivity"])) == few.parties(["sensitivity"])
    many = look(toy_result(n_readers=8), "en")
    assert {p.reader for p in many.few(many.parties(["sensitivity"]))} == {"beat_features", "prevalence", MANY}


def test_a_machine_that_says_the_same_of_everybody_is_trivial() -> None:
    view = look(toy_result(), "en")
    assert view.is_trivial("prevalence")
    assert not view.is_trivial("beat_features")
    assert not view.is_trivial("gp_01")


def test_pairs_prefer_machines_groups_and_contestants() -> None:
    assert look(toy_result(), "en").pairs(["sensitivity_difference"]) == [("beat_features", "simulated (mean of 4)")]
    pairs = look(toy_result(overall=False), "en").pairs(["sensitivity_difference"])
    assert pairs == [("beat_features", f"gp_0{i}") for i in (1, 2, 3, 4)]


def test_pairs_of_people_alone_are_kept() -> None:
    result = toy_result(overall=False)
    frame = result.evaluation.frame
    people = frame[frame["reader"].str.startswith("gp_")]
    view = look(replace(result, evaluation=Evaluation(people)), "en")
    assert ("gp_01", "gp_02") in view.pairs(["sensitivity_difference"])


def test_overall_is_the_mean_or_the_only_finding() -> None:
    assert look(toy_result(), "en").overall == "macro"
    alone = toy_result(findings=("AF",))
    frame = alone.evaluation.frame
    only = replace(alone, evaluation=Evaluation(frame[frame["finding"] != "macro"]))
    assert look(only, "en").overall == "AF"


def test_metrics_are_known_without_provenance() -> None:
    view = look(bare(toy_result()), "en")
    assert "sensitivity" in view.metrics
    assert view.answering("reading") == []
    assert view.simulated


def test_findings_of_metrics_begin_with_their_means() -> None:
    view = look(toy_result(), "en")
    assert view.findings_of(["aid_effect_sensitivity"])[:3] == ["macro", "pooled", "AF"]
    assert view.findings_of(["aid_effect_sensitivity"], head=False)[0] == "AF"
    assert view.findings_of(["prevalence"]) == ["AF", "LBBB", "1AVB"]


def test_readers_are_named_or_counted() -> None:
    view = look(toy_result(), "en")
    people = [p for p in view.parties(["sensitivity"]) if view.is_human(p.reader)]
    assert view.rolled(people) == ["4 simulated readers"]
    assert view.rolled(people, at_most=4) == ["gp_01", "gp_02", "gp_03", "gp_04"]


def test_one_view_serves_all_sections_of_a_page() -> None:
    result = toy_result()
    assert look(result, "en") is look(result, "en")


def test_an_empty_evaluation_has_nothing_to_show() -> None:
    result = replace(toy_result(), evaluation=Evaluation.from_rows([]))
    view = look(result, "fr")
    assert view.rows == []
    assert view.level_percent == "95"
    assert isinstance(view.result.evaluation.frame, pd.DataFrame)


def test_ids_are_verbatim_whatever_they_look_like() -> None:
    result = toy_result(n_readers=2)
    names = {"gp_01": "PGY2 (3)", "gp_02": "all gp (7)"}
    study = result.study
    readings = study.readings.assign(reader_id=study.readings["reader_id"].astype("string").replace(names))
    renamed = replace(study, readings=readings, readers=study.readers.rename(index=names))
    frame = result.evaluation.frame.assign(
        reader=result.evaluation.frame["reader"].astype("string").replace(names),
        compared_with=result.evaluation.frame["compared_with"].astype("string").replace(names),
    )
    view = look(replace(result, study=renamed, evaluation=Evaluation(frame)), "en")
    for name in names.values():
        assert view.reader(name) == view.reader(name, form="sentence") == view.reader(name, form="plain") == name
    assert view.reader("simulated (mean of 2)", form="sentence") == "the 2 simulated readers on average"
    teams = replace(
        renamed, readers=renamed.readers.assign(n_people=pd.array([2] * len(renamed.readers), dtype="Int64"))
    )
    named = look(replace(result, study=teams), "en").reader("simulated (mean of 2)", form="sentence")
    assert named == "the 2 teams (simulated readers, 4 people) on average"
    assert view.members("simulated (mean of 2)", "aided - unaided") == list(names.values())
