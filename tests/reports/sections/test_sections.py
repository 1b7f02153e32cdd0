"""What each section says of a study whose numbers are known."""

from dataclasses import replace

import pandas as pd
import pytest
from reports.study_fixture import bare, metric_facts, toy_result

from ecg_eval import registry
from ecg_eval.domain.evaluation import Evaluation, Row
from ecg_eval.domain.facts.screening import FlawCount, QualityFacts, QualityPolicy
from ecg_eval.domain.result import Block, Figure, Listing, Note, Paragraph, StudyResult, Table, left_out_table
from ecg_eval.pipeline.plugins import load
from ecg_eval.reports.reasons import Footnote
from ecg_eval.reports.sections.answer import Answer
from ecg_eval.stats.estimate import Estimate


def said(name: str, result: StudyResult, language: str = "en") -> list[Block]:
    blocks: list[Block] = load("sections", name)().blocks(result, language=language)
    return blocks


def text(blocks: list[Block]) -> str:
    return "\n".join(b.text for b in blocks if isinstance(b, Paragraph | Note))


def tables(blocks: list[Block]) -> dict[str, pd.DataFrame]:
    return {b.caption: b.frame for b in blocks if isinstance(b, Table)}


@pytest.mark.parametrize("name", registry.names("sections"))
def test_sections_keep_their_contract(name: str) -> None:
    section = load("sections", name)
    assert section.name == name
    assert set(section.title) == {"en", "fr"}
    for language in ("en", "fr"):
        for block in said(name, toy_result(), language):
            if isinstance(block, Table | Figure):
                assert not block.frame.isna().any(axis=None)
                assert (block.frame.astype(str) != "").all(axis=None), "an empty cell says nothing"


# --- answer ---


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "scored the one that shows it higher"), ("fr", "donne le score le plus haut au premier")],
)
def test_answer_ranks_where_nobody_called_anything(language: str, words: str) -> None:
    result = toy_result()
    frame = result.evaluation.frame
    scores_alone = replace(result, evaluation=Evaluation(frame[frame["metric"] == "auroc"]))
    assert words in text(said("answer", scores_alone, language))


@pytest.mark.parametrize(
    ("language", "words"), [("en", "averaged over both findings ("), ("fr", "les deux anomalies (")]
)
def test_two_findings_are_both(language: str, words: str) -> None:
    result = toy_result()
    asked, frame = result.study.findings[:2], result.evaluation.frame
    readings = result.study.readings
    read = readings[readings["finding"].isin(asked).to_numpy()].reset_index(drop=True)
    kept = frame[frame["finding"].isin([*asked, "macro"]).to_numpy()].assign(finding=frame["finding"])
    two = replace(result, study=replace(result.study, readings=read, findings=asked), evaluation=Evaluation(kept))
    assert words in text(said("answer", two, language))


def test_what_is_measured_is_no_column_of_the_findings() -> None:
    result = toy_result()
    frame = result.evaluation.frame
    bias = Row(metric="pr_bias_ms", estimate=Estimate(value=4.0, method="bias", n=9, level=0.95))
    more = replace(result, evaluation=Evaluation(pd.concat([frame, Evaluation.from_rows([bias]).frame])))
    assert tables(said("study_flow", more)).keys() == tables(said("study_flow", result)).keys()
    for caption, table in tables(said("study_flow", more)).items():
        assert list(table.columns) == list(tables(said("study_flow", result))[caption].columns)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_readers_stand_one_a_line_and_are_the_paragraph_in_parts(language: str) -> None:
    (reading,) = (b for b in Answer().blocks(toy_result(), language=language) if isinstance(b, Listing))
    assert "beat_features" in reading.items[0]
    assert len(reading.items) == 2
    assert reading.lead.endswith(":")
    at = [reading.text.index(part) for part in (reading.lead.rstrip(": \u00a0\u202f"), *reading.items)]
    assert at == sorted(at)


def test_answer_names_what_is_simulated_first_and_then_each_reader_with_its_own_numbers() -> None:
    told = [b.text for b in said("answer", toy_result()) if isinstance(b, Paragraph)]
    reading, comparison, aid = told
    assert reading.startswith("In this simulated study, averaged over all 3 findings (Atrial fibrillation; Left bundle")
    assert ": beat_features recognised, of every 100 ECGs that show the finding, " in reading
    assert "; the 4 simulated readers on average recognised " in reading
    assert "prevalence" not in reading, "a floor is no contestant"
    assert "taught on this archive and perhaps on these recordings, which flatters it" in reading
    assert "respectively" not in reading
    assert comparison.startswith("Beside the 4 simulated readers on average, beat_features recognised ")
    assert "clear difference" in comparison or "does not settle" in comparison
    assert aid.startswith("With the AI's help, on the 120 ECGs read both ways by the 4 simulated readers on average, ")
    assert "and by −21" in aid


def test_answer_gives_its_numbers_with_intervals() -> None:
    frame = next(iter(tables(said("answer", toy_result())).values()))
    assert list(frame["Reader"])[:1] == ["beat_features"]
    assert list(frame.iloc[0, 1:3]) == ["120", "3"], "ECGs read and findings averaged"
    assert frame.iloc[0, 3].endswith(")")
    assert frame.iloc[0, -1] == "this reader, on other such ECGs"


def test_answer_without_help_says_so() -> None:
    assert "Nobody read both with and without" in text(said("answer", toy_result(aided=False)))


def test_answer_without_a_reference_speaks_of_agreement() -> None:
    words = text(said("answer", toy_result(known=False)))
    assert "4 simulated readers agreed with one another with a mean kappa of" in words
    assert "; beat_features agreed with 4 simulated readers with a mean kappa of" in words
    assert "There is no reference standard" in words
    assert "cannot be computed" in words


def test_answer_names_readers_who_judge_themselves() -> None:
    words = text(said("answer", toy_result(kind="gp", formed_by=("gp_01", "gp_02"))))
    assert "Not independent: gp_01 and gp_02" in words
    assert not words.startswith("In this simulated")


def test_answer_for_one_finding_names_it() -> None:
    assert ", for Atrial fibrillation, on 119 ECGs: beat_features" in text(
        said("answer", toy_result(findings=("AF",), overall=False))
    )


def test_answer_gives_a_range_where_many_have_no_group() -> None:
    result = toy_result(n_readers=5)
    frame = result.evaluation.frame
    single = replace(result, evaluation=Evaluation(frame[~frame["reader"].str.contains(" of ", regex=False)]))
    words = text(said("answer", single))
    assert "5 simulated readers, one by one, recognised between " in words
    assert "depending on the reader (n = 5)" in words


def test_a_range_counts_the_people_of_readers_that_are_several() -> None:
    result = toy_result(n_readers=5, kind="gp")
    frame = result.evaluation.frame
    study = replace(result.study, readers=result.study.readers.assign(n_people=[1, 1, 1, 1, 1, 2, 2]))
    single = replace(
        result, study=study, evaluation=Evaluation(frame[~frame["reader"].str.contains(" of ", regex=False)])
    )
    assert "5 human readers (7 people), one by one, recognised between " in text(said("answer", single))


def test_answer_counts_what_is_rare_and_names_it() -> None:
    words = text(said("answer", toy_result(n_records=20)))
    assert "Fewer than 10 ECGs show Atrial fibrillation (" in words
    assert "estimates cannot be computed" in words
    first = next(b.text for b in said("answer", toy_result(n_records=20)) if isinstance(b, Paragraph))
    assert "of every 100" not in first, "below ten ECGs there are counts and no percentage"
    assert "beat_features recognised " in first
    assert " findings that these ECGs show" in first


def test_answer_to_nothing_says_nothing_could_be_computed() -> None:
    nothing = replace(toy_result(aided=False), evaluation=Evaluation.from_rows([]))
    assert "nothing could be computed" in text(said("answer", nothing))


def test_answer_tells_a_change_whose_arms_are_unknown() -> None:
    result = toy_result()
    frame = result.evaluation.frame
    own = (frame["metric"] == "sensitivity") & (frame["arm"] == "aided")
    words = text(said("answer", replace(result, evaluation=Evaluation(frame[~own]))))
    assert "changed by +" in words


def test_answer_without_a_split_of_right_and_wrong_leaves_it_out() -> None:
    result = toy_result()
    frame = result.evaluation.frame
    kept = frame[frame["metric"] != "aid_effect_ai_wrong"]
    assert "where the AI was right" not in text(said("answer", replace(result, evaluation=Evaluation(kept))))


def test_answer_without_intervals_claims_no_clear_difference() -> None:
    result = toy_result()
    frame = result.evaluation.frame.copy()
    frame[["low", "high"]] = pd.NA
    frame["reason"] = frame["reason"].where(frame["reason"] != "", "no resamples were drawn")
    blocks = said("answer", replace(result, evaluation=Evaluation(frame)))
    assert "clear difference" not in text(blocks)
    assert next(iter(tables(blocks).values())).iloc[0, 3].endswith("(no interval)")


def test_answer_with_trivial_machines_alone_still_names_them() -> None:
    result = toy_result()
    frame = result.evaluation.frame
    floor = replace(result, evaluation=Evaluation(frame[frame["reader"] != "beat_features"]))
    assert "prevalence recognised, of every 100 ECGs that show the finding, 0 " in text(said("answer", floor))


# --- study flow ---


def test_flow_tells_records_readers_answers_and_reference() -> None:
    blocks = said("study_flow", toy_result())
    found = tables(blocks)
    flow = next(b for b in blocks if isinstance(b, Figure))
    assert flow.caption == "From the archive to the recordings read"
    assert list(flow.frame["Recordings"]) == ["620", "132", "120"]
    readers = found["Who read, and every answer given"]
    assert readers["Uncertain"].astype(int).sum() == 1
    assert readers["Refer"].astype(int).sum() == 2
    assert '"uncertain" (n = 1) counts as absent and "refer" (n = 2) as present' in text(blocks)
    truth = found["What the reference says: recordings by finding"]
    assert list(truth["Unknown"]) == ["1", "0", "0"]
    assert "(" in truth["Prevalence"].iloc[0]


def test_flow_counts_many_readers_together() -> None:
    readers = tables(said("study_flow", toy_result(n_readers=8)))["Who read, and every answer given"]
    assert list(readers["Reader"]) == ["beat_features", "prevalence", "8 readers", "8 readers"]


def test_flow_describes_readers_and_warns_of_dependence() -> None:
    result = toy_result(kind="gp", formed_by=("gp_02",))
    readers = result.study.readers.assign(description=pd.NA)
    readers.loc["gp_01", "description"] = "two people who read half each"
    blocks = said("study_flow", replace(result, study=replace(result.study, readers=readers)))
    assert tables(blocks)["About the readers"].to_numpy().tolist() == [["gp_01", "two people who read half each"]]
    assert any(isinstance(b, Note) and "gp_02 took part in forming the reference" in b.text for b in blocks)


def test_flow_says_when_a_reader_s_own_vote_is_left_out() -> None:
    result = toy_result(kind="gp")
    reference = result.study.reference
    votes = dict.fromkeys(("gp_01", "gp_02", "gp_03"), reference.table)
    voted = replace(reference, votes=votes, formed_by=tuple(votes), agreement="kappa 0.6")
    blocks = said("study_flow", replace(result, study=replace(result.study, reference=voted)))
    assert "own vote is left out" in text(blocks)
    assert "Agreement behind it: kappa 0.6" in text(blocks)
    assert not any(isinstance(b, Note) for b in blocks)


def test_flow_of_a_study_without_readings_or_words() -> None:
    result = bare(toy_result())
    study = replace(result.study, readings=result.study.readings.iloc[:0])
    assert "Who read, and every answer given" not in tables(said("study_flow", replace(result, study=study)))


# --- accuracy ---


def test_accuracy_gives_the_mean_first_and_then_each_finding() -> None:
    found = tables(said("accuracy", toy_result()))
    captions = list(found)
    assert captions[0] == "Mean over 3 findings"
    assert captions[1].startswith("How well scores sort the ECGs, mean")
    assert captions[2].startswith("Atrial fibrillation: shown by ")
    assert found[captions[0]]["Sensitivity"].str.contains(r"\(\d\.\d\d to \d\.\d\d\d?\)").any()


def test_accuracy_says_why_a_cell_is_empty_and_who_is_not_there() -> None:
    blocks = said("accuracy", toy_result())
    found = tables(blocks)
    mean = found["Mean over 3 findings"]
    assert "not computable [1]" in set(mean["LR+"])
    assert "[1] Cannot be computed: a finding has no value." in text(blocks)
    assert "Not in the table: 4 simulated readers (cannot be computed: a finding has no value)." in text(blocks)


def test_accuracy_says_that_a_ratio_is_infinite() -> None:
    result = toy_result()
    frame = result.evaluation.frame.copy()
    ratios = frame["metric"].eq("positive_likelihood_ratio") & frame["finding"].eq("AF") & frame["value"].notna()
    frame.loc[ratios, ["value", "high"]] = pd.NA
    frame.loc[ratios, "low"] = 4.147
    frame.loc[ratios, "reason"] = "no call of this kind is wrong, so that the ratio is infinite"
    blocks = said("accuracy", replace(result, evaluation=Evaluation(frame)))
    cells = next(f for caption, f in tables(blocks).items() if caption.startswith("Atrial"))["LR+"]
    assert cells.str.startswith("infinite (4.15 or more)").any()
    assert "] No call of this kind is wrong, so that the ratio is infinite." in text(blocks)


def test_accuracy_lets_groups_stand_for_many_readers() -> None:
    blocks = said("accuracy", toy_result(n_readers=8))
    found = tables(blocks)
    finding = next(frame for caption, frame in found.items() if caption.startswith("Atrial"))
    assert len(finding) == 4
    assert "each reader's own numbers are in evaluation.csv" in text(blocks)


def test_accuracy_without_truth_says_why() -> None:
    result = toy_result(known=False)
    frame = result.evaluation.frame.copy()
    frame[["value", "low", "high"]] = pd.NA
    frame["reason"] = "the truth of no record is known"
    blocks = said("accuracy", replace(result, evaluation=Evaluation(frame)))
    assert [type(b) for b in blocks] == [Note]
    assert "the truth of no record is known" in text(blocks)


def test_accuracy_by_subgroup_names_the_small_ones() -> None:
    blocks = said("accuracy", toy_result())
    frame = tables(blocks)["By subgroup, averaged over findings"]
    assert list(frame["Subgroup"]) == ["Women", "Ward=3"]
    assert "Too little to estimate: men (the subgroup has fewer than 20 records)." in text(blocks)


def test_accuracy_of_one_reader_and_finding_has_no_mean() -> None:
    assert not any(c.startswith("Mean") for c in tables(said("accuracy", toy_result(findings=("AF",), overall=False))))


def test_accuracy_has_nothing_to_say_of_metrics_that_nothing_is_known_of() -> None:
    assert said("accuracy", bare(toy_result())) == []


def test_accuracy_shows_measures_that_have_no_place_of_their_own() -> None:
    result = toy_result()
    seconds = Estimate(value=61.5, method="median", n=120, reason="no interval is made for it here")
    rows = [
        Row(metric="reading_time", reader="gp_01", reader_kind="simulated", arm=arm, estimate=seconds)
        for arm in ("unaided", "aided")
    ]
    more = pd.concat([result.evaluation.frame, Evaluation.from_rows(rows).frame], ignore_index=True)
    metrics = {**result.provenance.metrics, "reading_time": metric_facts("description", "reading_time")}
    timed = replace(result, evaluation=Evaluation(more), provenance=replace(result.provenance, metrics=metrics))
    blocks = said("accuracy", timed)
    frame = tables(blocks)["Further measures"]
    assert frame.to_numpy().tolist() == [["gp_01, unaided", "61.5 [1]"], ["gp_01, aided", "61.5 [1]"]]
    alone = replace(timed, evaluation=Evaluation.from_rows([replace(rows[0], finding="AF")]))
    assert tables(said("accuracy", alone))["Further measures"]["Finding"].iloc[0] == "Atrial fibrillation"


# --- roc ---


def test_roc_is_left_out_without_truth() -> None:
    result = toy_result(known=False)
    assert said("roc", replace(result, evaluation=Evaluation.from_rows([]))) == []
    assert [type(b) for b in said("roc", toy_result())] == [Paragraph, Figure]


# --- agreement ---


def test_agreement_sets_machines_beside_people() -> None:
    blocks = said("agreement", toy_result())
    assert sum(isinstance(b, Figure) for b in blocks) == 2
    found = tables(blocks)
    means = found["Mean over findings: agreement among people, and of machines with people; mean over pairs of readers"]
    assert list(means["Between"]) == [
        "4 simulated readers among one another, unaided",
        "beat_features with 4 simulated readers, unaided",
        "prevalence with 4 simulated readers, unaided",
        "4 simulated readers among one another, aided",
    ]
    assert "4 simulated readers together: agreement within the whole group" in found


def test_agreement_shows_pairs_of_contestants_where_pairs_are_many() -> None:
    found = tables(said("agreement", toy_result()))
    assert "Mean over findings: pair by pair" in found
    many = tables(said("agreement", toy_result(n_readers=7, findings=("AF", "LBBB"))))
    caption = next(c for c in many if "all " in c and "pairs are in evaluation.csv" in c)
    assert set(many[caption]["Readers"]) == {f"beat_features and gp_0{i}" for i in range(1, 8)}


def test_agreement_of_groups_alone() -> None:
    result = toy_result()
    frame = result.evaluation.frame
    alone = replace(result, evaluation=Evaluation(frame[frame["metric"] == "fleiss_kappa"]))
    assert len(tables(said("agreement", alone))) == 1
    assert said("agreement", replace(result, evaluation=Evaluation.from_rows([]))) == []


# --- differences ---


def test_differences_by_pair_and_by_finding() -> None:
    blocks = said("differences", toy_result())
    assert sum(isinstance(b, Figure) for b in blocks) == 2
    frame = tables(blocks)["Differences, the first reader minus the second"]
    assert frame["Readers"].iloc[0] == "beat_features − 4 simulated readers (mean)"
    assert frame["Estimate"].iloc[0][0] in "+−"
    assert "Planned" in frame


def test_differences_without_groups_show_the_strongest() -> None:
    blocks = said("differences", toy_result(overall=False))
    found = tables(blocks)
    strongest = found["Differences with the strongest evidence, the first reader minus the second"]
    assert len(strongest) < 16
    assert f"These are {len(strongest)} of 24" in text(blocks)
    ends = strongest["Estimate"].str.replace("\u2212", "-").str.extract(r"\((\S+) to (\S+)\)").astype(float)
    assert (ends[0] * ends[1] > 0).all(), "what does not leave zero out is no evidence"
    tests = next(frame for caption, frame in found.items() if caption.startswith("Tests"))
    assert set(tests["Measure"]) == {"McNemar"}
    assert "p, adjusted" not in tests
    assert "[1]" not in tests["Estimate"].iloc[0]


def test_differences_of_one_finding_and_of_nothing() -> None:
    assert "Finding" not in next(
        iter(tables(said("differences", toy_result(findings=("AF",), overall=False))).values())
    )
    assert said("differences", bare(toy_result())) == []


def test_differences_without_p_are_ranked_by_their_intervals() -> None:
    result = toy_result(overall=False)
    frame = result.evaluation.frame.copy()
    frame[["p_value", "p_adjusted"]] = pd.NA
    shown = next(iter(tables(said("differences", replace(result, evaluation=Evaluation(frame)))).values()))
    assert "p" not in shown
    sizes = shown["Estimate"].str.extract(r"^[+−]?(\d\.\d+)")[0].astype(float)
    assert sizes.is_monotonic_decreasing


# --- aid ---


def test_aid_shows_right_and_wrong_reader_by_reader() -> None:
    blocks = said("aid", toy_result())
    assert sum(isinstance(b, Figure) for b in blocks) == 2  # slopes and effects
    found = tables(blocks)
    everybody = next(iter(found.values()))
    assert list(everybody["Reader"]) == ["4 simulated readers (mean)", "gp_01", "gp_02", "gp_03", "gp_04"]
    assert everybody["AI wrong"].iloc[0].startswith("−0.21")
    assert not everybody["Put wrong"].iloc[0].startswith("+")
    assert "4 simulated readers (mean), finding by finding" in found


def test_aid_of_one_finding_has_no_second_table() -> None:
    assert len(tables(said("aid", toy_result(findings=("AF",))))) == 1


def test_aid_that_cannot_be_computed_says_why() -> None:
    result = toy_result()
    frame = result.evaluation.frame.copy()
    frame[["value", "low", "high"]] = pd.NA
    frame["reason"] = "no such ECG was read both ways"
    blocks = said("aid", replace(result, evaluation=Evaluation(frame)))
    assert [type(b) for b in blocks] == [Note]
    assert said("aid", toy_result(aided=False)) == []


# --- left out ---


def test_left_out_is_counted_and_named_up_to_a_limit() -> None:
    frame = tables(said("left_out", toy_result()))["Left out, by reason"]
    assert list(frame["Number"]) == ["12", "1"]
    assert frame["Which"].iloc[0].endswith("x7 and 4 more")
    assert frame["Which"].iloc[1] == "r001 (gp_01)"
    assert "13 records or readings" in text(said("left_out", toy_result()))


def test_left_out_of_nothing_says_so() -> None:
    assert text(said("left_out", bare(toy_result()))).startswith(
        "Nothing that was given was left out. ECGs that were not read"
    )


def test_left_out_of_a_whole_reader() -> None:
    result = replace(toy_result(), left_out=left_out_table([("", "gp_09", "readings", "no reading")]))
    assert tables(said("left_out", result))["Left out, by reason"]["Which"].iloc[0] == "gp_09"


# --- methods ---


def test_methods_state_question_method_source_and_caveat() -> None:
    blocks = said("methods", toy_result())
    frame = next(iter(tables(blocks).values())).set_index("Measure")
    assert frame.loc["Sensitivity", "Question"] == "What does sensitivity answer?"
    assert "Wilson." in frame.loc["Sensitivity", "Method"]
    assert "1,000 resamples, drawn once by patient" in text(blocks)
    assert "Adjusted p-values: Holm" in text(blocks)
    assert "estimates were named by the analysis plan" in text(blocks)


def test_methods_name_each_method_once() -> None:
    frame = next(iter(tables(said("methods", toy_result(overall=False))).values())).set_index("Measure")
    assert (
        frame.loc["Cohen's kappa", "Method"].count("mean over") + frame.loc["Cohen's kappa", "Method"].count("Mean")
        <= 3
    )
    assert "exploratory" in text(said("methods", toy_result(overall=False)))


def test_methods_of_an_empty_evaluation() -> None:
    assert said("methods", replace(bare(toy_result()), evaluation=Evaluation.from_rows([]))) == []


# --- provenance ---


def test_provenance_names_data_models_thresholds_and_versions() -> None:
    blocks = said("provenance_page", toy_result())
    found = tables(blocks)
    assert "Apache-2.0" in set(found["Dataset"]["Value"])
    assert found["Digests that identify the data"]["SHA-256"].iloc[0] == "abababababababab…"
    assert "rate: 0.1" in found["Models"]["Facts"].iloc[0]
    assert "taught" not in found["Models"]["Facts"].iloc[0]
    thresholds = next(frame for caption, frame in found.items() if caption.startswith("Thresholds"))
    assert thresholds["Threshold"].iloc[-1] == "no threshold separates anything, so that nothing is called"
    assert any("rule: largest Youden index" in caption for caption in found)
    assert any(isinstance(b, Note) and "beat_features (synthetic)" in b.text for b in blocks)


def test_provenance_with_several_rules_has_a_column_for_them() -> None:
    result = toy_result()
    first, *others = result.provenance.thresholds
    thresholds = (replace(first, rule="fixed at 0.5"), *others)
    changed = replace(result.provenance, thresholds=thresholds)
    found = tables(said("provenance_page", replace(result, provenance=changed)))
    frame = next(f for caption, f in found.items() if caption.startswith("Thresholds"))
    assert "Rule" in frame


def test_provenance_names_the_scores_that_stand_at_a_threshold() -> None:
    result = toy_result()
    first, second, *others = result.provenance.thresholds
    near = (replace(first, near=("7", "12")), replace(second, near=tuple(map(str, range(8)))))
    changed = replace(result.provenance, thresholds=(*near, *others))
    found = tables(said("provenance_page", replace(result, provenance=changed)))
    frame = next(f for caption, f in found.items() if caption.startswith("Thresholds"))
    column = frame["Scores within 0.000001 of it, whose call another machine may turn"].tolist()
    assert column[:2] == ["2 (7, 12)", "8 (0, 1, 2, 3, 4…)"]
    assert set(column[2:]) == {"0"}


def test_models_whose_thresholds_rest_on_the_same_few_ecgs_are_named_together() -> None:
    result = toy_result()
    few = [replace(t, n_positive=n) for t, n in zip(result.provenance.thresholds[:2], (3, 7), strict=True)]
    other = [replace(t, reader="another") for t in few]
    third = [replace(few[0], reader="third", n_positive=4)]
    changed = replace(result.provenance, thresholds=(*few, *other, *third))
    note = next(b.text for b in said("answer", replace(result, provenance=changed)) if isinstance(b, Note))
    assert note.count("were chosen on fewer than 10 ECGs") == 2
    assert "The thresholds of beat_features and another for" in note
    assert "The thresholds of third for" in note


def test_provenance_of_nothing_promises_only_what_holds() -> None:
    assert [type(b) for b in said("provenance_page", bare(toy_result()))] == [Paragraph]


def test_flow_prints_the_flaws_and_the_policy_of_the_quality_gate() -> None:
    quality = QualityFacts(
        examined=500,
        kept=400,
        kept_with_flag=95,
        excluded=5,
        unreadable=1,
        flaws=(FlawCount(action="flag", kind="clipped", records=95),),
        policy=QualityPolicy(
            actions={"no_signal": "exclude", "clipped": "flag", "short": "off"},
            limits={"limb_mv": 0.005, "flat_s": 1.0},
        ),
    )
    result = toy_result()
    blocks = said("study_flow", replace(result, provenance=replace(result.provenance, quality=quality)))
    assert "of 500 recordings examined, 400 were kept without a flag, 95 kept with a flag and 5 left out" in text(
        blocks
    )
    table = tables(blocks)["Flaws of the signals (a recording may have several)"]
    assert table.to_numpy().tolist() == [["Lead clipped", "kept, with a flag", "95"]]
    policy = next(b.text for b in blocks if isinstance(b, Footnote))
    assert policy == (
        "Left out: No lead carries a signal. Kept, with a flag: Lead clipped. "
        "Not looked for: Shorter than it should be. Limits: limb_mv 0.005, flat_s 1."
    )
