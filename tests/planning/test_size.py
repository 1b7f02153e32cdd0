"""Sizes against published tables, and against simulation of the study that was planned."""

import re

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError, UnknownNameError
from ecg_eval.pipeline.planning import questions_text, size_report
from ecg_eval.planning.priors import priors
from ecg_eval.planning.size import DESIGNS, counted, plan_size, size_curve
from ecg_eval.planning.size_design import (
    EITHER_WAY,
    HALF,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    SHARE_OR_ALL,
    SHARE_OR_NONE,
    Range,
    at_least,
)
from ecg_eval.planning.size_words import protocol_paragraph, size_table, table_text
from ecg_eval.reports.words import Words
from ecg_eval.stats.sample_size.mrmc import mrmc_required_cases
from ecg_eval.stats.sample_size.mrmc_components import MrmcComponents
from ecg_eval.stats.sample_size.mrmc_design import MrmcDesign

NEEDED: dict[str, dict[str, float]] = {
    "crossover": {"reader_range": 0.3, "rereading_range": 0.02},
    "two_readers": {"first": 0.9},
    "not_worse": {"ai": 0.82},
    "above_goal": {"expected": 0.9},
    "ai_alone": {"expected": 0.9},
    "auroc": {"expected": 0.7},
    "split_plot": {"reader_range": 0.2, "rereading_range": 0.02},
    "stepped_wedge": {"aided": 0.6, "icc": 0.05, "autocorrelation": 0.8},
    "ai_beside_readers": {"ai": 0.84, "reader_range": 0.2},
    "reading_time": {"ratio": 0.8, "sd_readers": 0.2, "sd_reading": 0.5},
    "another_mix": {
        **{"finding_share": 0.2, "var_n": 0.05, "var_d": 0.08, "var_nd": 0.02},
        **{"var_r": 4e-4, "var_nr": 0.06, "var_dr": 0.09, "var_rnd": 0.3},
    },
    "parallel_from_pilot": {
        **{"test_reader": 2.0040252e-4, "cov1": 3.4661371e-4, "cov2": 3.4407483e-4, "cov3": 2.3902837e-4},
        **{"error": 8.0228827e-4, "pilot_ecgs": 114, "reader": 1e-4, "readers": 20},
    },
    "from_pilot": {
        **{"test_reader": 2.0040252e-4, "cov1": 3.4661371e-4, "cov2": 3.4407483e-4, "cov3": 2.3902837e-4},
        **{"error": 8.0228827e-4, "pilot_ecgs": 114},
    },
}


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_question_is_answered_in_words_that_hold_its_numbers(design: str, language: str) -> None:
    answer = plan_size(design, **NEEDED.get(design, {}))
    paragraph = protocol_paragraph(answer, language)
    assert answer.plan.reason is None
    assert f" {answer.plan.n_total} ECG" in paragraph
    assert "{" not in paragraph
    for prior in answer.cited.values():
        assert prior.source in paragraph
    assert size_table(answer)[0]["ecgs"] == answer.plan.n_total
    assert len(size_table(answer)) > 3


def test_two_arms_meet_a_published_size() -> None:
    # Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 3rd ed., 4.2: z formula without correction;
    # R: power.prop.test(p1 = .6, p2 = .7, power = .8) gives n = 355.7 an arm
    assert plan_size("parallel", unaided=0.6, aided=0.7).plan.n_total == 2 * 356


def test_practices_that_differ_need_more_by_the_design_effect() -> None:
    alone = plan_size("parallel", unaided=0.6, aided=0.7).plan
    together = plan_size("parallel", unaided=0.6, aided=0.7, ecgs_per_practice=21, icc=0.05).plan
    assert together.design_effect == pytest.approx(2)  # 1 + (21 - 1) x 0.05
    assert alone.n_total is not None
    assert together.n_total == pytest.approx(2 * alone.n_total, abs=2)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"ratio": 1}, "other than 1"),
        ({"sd_readers": -1}, "0 or more"),
        ({"ecgs": 0}, "1 or more"),
        ({"sd_readers": 0, "sd_reading": 0}, "not both 0"),
    ],
)
def test_times_that_cannot_be_planned_are_refused(wrong: dict[str, float], match: str) -> None:
    with pytest.raises(ArgumentError, match=match):
        plan_size("reading_time", **(NEEDED["reading_time"] | wrong))


def test_no_reader_is_enough_for_no_effect() -> None:
    answer = plan_size("reading_time", ratio=0.99999, sd_readers=0.5, sd_reading=0.5)
    assert "ten million" in (answer.plan.reason or "")
    assert answer.nearest is None


def test_a_margin_that_the_ai_is_expected_to_miss_names_those_that_work() -> None:
    for question in ("not_worse", "ai_beside_readers"):
        needed = {"reader_range": 0.2} if question == "ai_beside_readers" else {}
        with pytest.raises(ArgumentError, match=r"above 0\.1.* more than 0\.75"):
            plan_size(question, ai=0.7, reader=0.8, margin=0.05, **needed)


def test_ecgs_that_count_are_found_among_those_drawn() -> None:
    alone = plan_size("two_readers", first=0.9).plan
    drawn = plan_size("two_readers", first=0.9, counted_share=0.4)
    assert drawn.plan.n_positive == alone.n_total
    assert drawn.plan.n_total == int(np.ceil(alone.n_total / 0.4))
    assert f"({alone.n_total} that count and {drawn.plan.n_negative} of the other kind)" in protocol_paragraph(drawn)
    with pytest.raises(ArgumentError, match="counted_share"):
        plan_size("two_readers", first=0.9, counted_share=0)


def test_practices_stand_in_paragraph_and_table_where_there_are_any() -> None:
    wedge = plan_size("stepped_wedge", **NEEDED["stepped_wedge"])
    n = wedge.plan.n_clusters
    assert f"{2 * n} readers in {n} practices" in protocol_paragraph(wedge)
    assert f"{2 * n} lecteurs dans {n} cabinets" in protocol_paragraph(wedge, "fr")
    assert table_text(wedge).splitlines()[0].split() == ["plan", "readers", "practices", "ECGs", "power"]
    alone, shared = plan_size("parallel"), plan_size("parallel", ecgs_per_practice=20, icc=0.05)
    assert "practices" not in protocol_paragraph(alone).split("This needs")[1]
    assert f"{shared.plan.n_total} ECGs in {shared.plan.n_clusters} practices" in protocol_paragraph(shared)


def test_the_table_speaks_french() -> None:
    lines = size_report("crossover", ["reader_range=0.3", "rereading_range=0.02"], "fr").table.splitlines()
    assert lines[0].split() == ["plan", "lecteurs", "ECG", "puissance"]
    assert lines[1].startswith("comme demandé")
    assert any(line.startswith("16 lecteurs") for line in lines)
    assert "0,800" in lines[1]
    assert any(line.startswith("4 lecteurs") and line.split()[-2:] == ["-", "-"] for line in lines)


ENGLISH = {
    *("the", "of", "and", "with", "without", "for", "to", "in", "is", "are", "at"),
    *("more", "than", "from", "when", "most", "readers", "cases", "reach"),
}


# values with which a question has no size
BEYOND_REACH: dict[str, dict[str, float]] = {
    "crossover": {"readers": 6, "reader_range": 0.3, "rereading_range": 0.02},
    "reading_time": {**NEEDED["reading_time"], "ratio": 0.999999},
    "stepped_wedge": {**NEEDED["stepped_wedge"], "unaided": 0.7, "aided": 0.701},
    "above_goal": {"expected": 0.8001, "goal": 0.8},
}
QUICK = ("crossover", "reading_time")  # to look for the nearest plan of


def english_in(text: str) -> set[str]:
    return ENGLISH & set(re.findall(r"[^\W\d_]+", text.lower()))


def in_french(design: str, values: dict[str, float]) -> str:
    report = size_report(design, [f"{name}={value}" for name, value in values.items()], "fr")
    text = "\n".join([report.paragraph, report.table, *(str(row["reason"] or "") for row in report.rows)])
    for prior in report.answer.cited.values():
        text = text.replace(prior.source, "")
    return text


@pytest.mark.parametrize("design", DESIGNS)
def test_no_english_is_left_in_french(design: str) -> None:
    text = in_french(design, NEEDED.get(design, {}))
    if design in QUICK:
        text += in_french(design, BEYOND_REACH[design])
    assert not english_in(text)
    assert not re.search(r"\d\.\d", text)


@pytest.mark.parametrize("design", [name for name in BEYOND_REACH if name not in QUICK])
def test_a_reason_for_no_size_is_known_in_french(design: str) -> None:
    values = {name: value.default for name, value in DESIGNS[design].values.items()} | BEYOND_REACH[design]
    reason = DESIGNS[design].solve(values).reason
    assert reason is not None
    assert not english_in(Words("fr").phrase(reason))


@pytest.mark.parametrize("design", QUICK)
def test_why_there_is_no_size_is_said_in_both_languages(design: str) -> None:
    settings = [f"{name}={value}" for name, value in BEYOND_REACH[design].items()]
    english, french = (size_report(design, settings, language) for language in ("en", "fr"))
    reason = english.answer.plan.reason
    assert reason is not None
    assert english.table.endswith(f"\n{reason[0].upper()}{reason[1:]}.")
    assert french.table.splitlines()[-1].lower() == f"{french.rows[0]['reason']}.".lower()


@pytest.mark.parametrize("design", ["two_readers", "agreement", "stepped_wedge"])
def test_the_curve_is_the_same_question_asked_again(design: str) -> None:
    answer = plan_size(design, **NEEDED.get(design, {}))
    curve = size_curve(answer)
    for choice, sizes in curve.lines.items():
        for at, size in list(zip(curve.x, sizes, strict=True))[::4]:
            changed = {curve.along: at} | ({curve.choice: choice} if curve.choice else {})
            assert counted(plan_size(design, **(NEEDED.get(design, {}) | changed)).plan, curve.answer) == size


def test_more_readers_are_not_readers_who_are_more_alike() -> None:
    """A range of 0.3 among 12 readers is 0.3 x 4.0855 / 3.2585 among 30 (Harter 1960), hence the same answer."""
    as_twelve = plan_size("crossover", readers=30, reader_range=0.3, range_readers=12, rereading_range=0.02).plan
    wider = 0.3 * 4.0855 / 3.2585
    as_thirty = plan_size("crossover", readers=30, reader_range=wider, range_readers=30, rereading_range=0.02).plan
    assert as_twelve.n_positive_exact == pytest.approx(as_thirty.n_positive_exact, rel=1e-3)


def test_a_plan_that_cannot_work_names_the_nearest_that_does() -> None:
    answer = plan_size("crossover", readers=6, reader_range=0.3, rereading_range=0.02)
    assert answer.plan.reason is not None
    assert answer.nearest is not None
    name, n, near = answer.nearest
    assert (name, n) == ("readers", int(n))
    assert near.reason is None
    assert plan_size("crossover", readers=n - 1, reader_range=0.3, rereading_range=0.02).plan.reason is not None
    assert f"{n} readers, {near.n_total} ECGs" in protocol_paragraph(answer)
    assert f"{n} lecteurs, {near.n_total} ECG" in protocol_paragraph(answer, "fr")


def test_a_size_beyond_reach_names_a_power_or_says_never() -> None:
    near = plan_size("above_goal", expected=0.807, goal=0.80)
    assert near.nearest is not None
    assert near.nearest.name == "power"
    assert 0.1 < near.nearest.value < 0.8
    never = plan_size("above_goal", expected=0.8001, goal=0.80)
    assert never.nearest is None
    assert "no other number of readers or power" in protocol_paragraph(never)


def test_losses_are_added_to_what_the_study_starts_with() -> None:
    answer = plan_size("above_goal", expected=0.9, lost_ecgs=0.1, uncertain=0.05)
    assert answer.plan.n_total is not None
    assert answer.plan.n_recruited == int(np.ceil(answer.plan.n_total / 0.9 / 0.95))
    assert f"starts with {answer.plan.n_recruited} ECGs" in protocol_paragraph(answer)


def test_settings_are_read_as_numbers_words_or_published_values() -> None:
    report = size_report("crossover", ["reader_range=0.3", "rereading_range=.02", "expected=cook_physician_accuracy"])
    assert report.answer.values["expected"] == 0.685
    assert "Cook et al." in report.paragraph
    assert re.search(r"as asked +12 +\d+ +0\.800", report.table)


@pytest.mark.parametrize(
    ("question", "settings", "error", "words"),
    [
        ("crossing", [], UnknownNameError, "question must be one of"),
        ("auroc", ["expectd=0.7"], UnknownNameError, "Did you mean 'expected'"),
        ("auroc", [], ArgumentError, "expected must be given"),
        ("crossover", [], ArgumentError, "reader_range, rereading_range must be given"),
        ("auroc", ["expected"], ArgumentError, "name=value"),
        ("auroc", ["expected=high"], ArgumentError, "a number, or the name of a published value"),
        ("precision", ["metric=kappa"], ArgumentError, "sensitivity, specificity or auroc"),
        ("precision", ["metric=auroc"], ArgumentError, "sensitivity"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_words(
    question: str, settings: list[str], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        size_report(question, settings)


def test_another_language_is_refused() -> None:
    with pytest.raises(ArgumentError, match="en or fr"):
        size_report("parallel", [], "de")


def test_published_values_lie_in_their_intervals_and_have_a_source() -> None:
    for prior in priors().values():
        assert prior.source
        assert prior.what_fr
        assert prior.low is None or prior.high is None or prior.low <= prior.value <= prior.high
        assert prior.name in questions_text()


def test_half_of_the_readers_with_help_is_the_plan_of_readers_nested_in_arms() -> None:
    asked = NEEDED["parallel_from_pilot"]
    answer = plan_size("parallel_from_pilot", **asked, effect=0.08, metric="auroc")
    parts = {name: asked[name] for name in ("test_reader", "cov1", "cov2", "cov3", "error", "reader")}
    components = MrmcComponents(**parts, n_cases=114)
    design = MrmcDesign(effect=0.08, design="parallel_readers")
    kernel = mrmc_required_cases(components=components, n_readers=10, design=design)  # in each arm
    assert (answer.plan.n_total, answer.plan.n_readers) == (kernel.n_total, 20)
    assert "half without" in protocol_paragraph(answer)
    # readers who differ decide where nobody reads both ways, and only there
    both_ways = {name: value for name, value in asked.items() if name != "reader"}
    wider = plan_size("parallel_from_pilot", **(asked | {"reader": 4e-4}), effect=0.08, metric="auroc").plan
    crossed = plan_size("from_pilot", **both_ways, effect=0.08, metric="auroc").plan
    assert crossed.n_total < answer.plan.n_total < wider.n_total


def test_the_list_of_questions_speaks_french() -> None:
    english, french = questions_text(), questions_text("fr")
    assert len(english.splitlines()) == len(french.splitlines())
    text = french
    for prior in priors().values():
        text = text.replace(prior.source, "")
    for design in DESIGNS.values():
        text = text.replace(f"{design.name}\u00a0:", "")
        for name, value in design.values.items():
            assert f"  {name + '=':<20} {value.what}" in english
            assert f"  {name + '=':<20} {value.what_fr}" in french
            # what is typed is the same in either language
            text = text.replace(f"{name}=", "").replace(f"[{value.default}]", "")
    assert not english_in(text)
    assert "2 ou plus, entier [12]" in french
    assert "[to be given]" in english
    assert "[à donner]" in french


@pytest.mark.parametrize(
    ("within", "english", "french", "inside", "outside"),
    [
        (SHARE, "in (0, 1)", "dans ]0 ; 1[", [0.1, 0.99], {0: None, 1: None, -2: None, 1.5: None}),
        (SHARE_OR_NONE, "in [0, 1)", "dans [0 ; 1[", [0, 0.5], {-0.1: 0, 1: None}),
        (SHARE_OR_ALL, "in (0, 1]", "dans ]0 ; 1]", [0.5, 1], {0: None, 1.2: 1}),
        (EITHER_WAY, "in [-1, 1]", "dans [-1 ; 1]", [-1, 0, 1], {-1.1: -1, 2: 1}),
        (HALF, "in (0, 0.5)", "dans ]0 ; 0,5[", [0.3], {0.5: None}),
        (at_least(2), "2 or more, whole", "2 ou plus, entier", [2, 30], {1: 2, 2.5: 2, -3: 2}),
        (POSITIVE, "above 0", "plus de 0", [0.1, 1e9], {0: None, float("nan"): None}),
        (NOT_NEGATIVE, "0 or more", "0 ou plus", [0, 7.5], {-1: 0, float("inf"): None}),
    ],
)
def test_a_range_says_what_it_holds_and_what_is_nearest(
    within: Range, english: str, french: str, inside: list[float], outside: dict[float, float | None]
) -> None:
    assert (within.text(), within.text("fr")) == (english, french)
    assert all(within.holds(value) for value in inside)
    for value, near in outside.items():
        assert not within.holds(value)
        assert within.nearest(value) == near
        assert near is None or within.holds(near)


def test_a_pilot_s_components_meet_the_power_of_another_program() -> None:
    # the Van Dyke pilot; RJafroc 2.1.3, SsPowerGivenJK(dataset02, FOM = "Wilcoxon", J = 6, K = 251, effectSize = 0.05),
    # gives a power of 0.892281989391561
    answer = plan_size("from_pilot", **NEEDED["from_pilot"], metric="auroc", readers=6, effect=0.05, power=0.89228)
    assert answer.plan.n_total == 251
    assert answer.plan.power == pytest.approx(0.892281989391561, abs=1e-6)
    counted = {"readers": 6, "effect": 0.05, "power": 0.89228, "counted_share": 0.25}
    plan = plan_size("from_pilot", **NEEDED["from_pilot"], **counted).plan
    assert (plan.n_total, plan.n_positive, plan.n_negative) == (1004, 251, 753)
