"""Sizes against published tables, and against simulation of the study that was planned."""

import re

import numpy as np
import pytest
from scipy import stats

from ecg_eval.errors import ArgumentError, UnknownNameError
from ecg_eval.pipeline.planning import questions_text, size_report
from ecg_eval.planning.priors import priors
from ecg_eval.planning.size import DESIGNS, plan_size
from ecg_eval.planning.size_words import protocol_paragraph, size_table

NEEDED: dict[str, dict[str, float]] = {
    "crossover": {"reader_range": 0.3, "rereading_range": 0.02},
    "two_readers": {"first": 0.9},
    "not_worse": {"ai": 0.82},
    "above_goal": {"expected": 0.9},
    "ai_alone": {"expected": 0.9},
    "auroc": {"expected": 0.7},
}
N_STUDIES = 2_000
# the larger of 3 points and three Monte-Carlo errors, which are 2.7 points at a power of 0.8
NEAR = 0.03


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


def test_two_readers_have_the_power_that_was_planned() -> None:
    answer = plan_size("two_readers", first=0.9, second=0.8)
    n, power = answer.plan.n_total, answer.plan.power
    rng = np.random.default_rng(1)
    first, second = rng.random((N_STUDIES, n)) < 0.9, rng.random((N_STUDIES, n)) < 0.8
    only_first, only_second = (first & ~second).sum(axis=1), (~first & second).sum(axis=1)
    statistic = (only_first - only_second) ** 2 / np.maximum(only_first + only_second, 1)
    assert np.mean(stats.chi2.sf(statistic, 1) <= 0.05) == pytest.approx(power, abs=NEAR)


def test_two_arms_have_the_power_that_was_planned() -> None:
    answer = plan_size("parallel", unaided=0.6, aided=0.7)
    n = (answer.plan.n_total or 0) // 2
    rng = np.random.default_rng(2)
    shares = rng.binomial(n, [[0.6], [0.7]], size=(2, N_STUDIES)) / n
    pooled = shares.mean(axis=0)
    z = (shares[1] - shares[0]) / np.sqrt(2 * pooled * (1 - pooled) / n)
    assert np.mean(np.abs(z) >= stats.norm.isf(0.025)) == pytest.approx(0.8, abs=NEAR)


def test_a_goal_is_exceeded_as_often_as_was_planned() -> None:
    answer = plan_size("above_goal", expected=0.9, goal=0.8)
    n, power = answer.plan.n_total, answer.plan.power
    right = np.random.default_rng(3).binomial(n, 0.9, size=N_STUDIES)
    assert np.mean(stats.binom.sf(right - 1, n, 0.8) <= 0.025) == pytest.approx(power, abs=NEAR)


def test_scores_rank_better_than_chance_as_often_as_was_planned() -> None:
    answer = plan_size("auroc", expected=0.75)
    n = answer.plan.n_positive
    shift = np.sqrt(2) * stats.norm.ppf(0.75)  # of a binormal AUROC of 0.75
    rng = np.random.default_rng(4)
    positive, negative = rng.normal(shift, 1, (N_STUDIES, n)), rng.normal(0, 1, (N_STUDIES, n))
    p = stats.mannwhitneyu(positive, negative, axis=1, method="asymptotic").pvalue
    assert np.mean(p <= 0.05) == pytest.approx(answer.plan.power, abs=NEAR)


def test_a_crossover_has_the_power_that_was_planned() -> None:
    """Readers' sensitivities, drawn with the variances and correlations assumed; t test of their differences."""
    answer = plan_size("crossover", readers=12, expected=0.8, effect=0.08, reader_range=0.2, rereading_range=0.0001)
    n, j = int(answer.plan.n_positive or 0), 12
    rng = np.random.default_rng(5)
    sd = 0.2 / 3.2585  # Harter 1960: mean range of 12 normal values, 3.2585 standard deviations
    common = rng.normal(0, sd * np.sqrt(0.8), (N_STUDIES, j, 1))
    own = rng.normal(0, sd * np.sqrt(0.2), (N_STUDIES, j, 2))
    true = np.array([0.8, 0.88]) + common + own
    # sampling of ECGs: V / n, correlated by 0.47 within a reader, 0.3 between readers in either arm
    case, size = np.sqrt(0.8 * 0.2 / n), (N_STUDIES, j, 2)
    all_share = rng.normal(size=(N_STUDIES, 1, 1)) * np.sqrt(0.3)
    reader_share = rng.normal(size=(N_STUDIES, j, 1)) * np.sqrt(0.17)
    seen = true + case * (all_share + reader_share + rng.normal(size=size) * np.sqrt(0.53))
    difference = seen[..., 1] - seen[..., 0]
    t = difference.mean(axis=1) / (difference.std(axis=1, ddof=1) / np.sqrt(j))
    assert np.mean(np.abs(t) >= stats.t.isf(0.025, j - 1)) == pytest.approx(0.8, abs=NEAR)


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
    label, near = answer.nearest
    n = int(label.split()[0])
    assert near.reason is None
    assert plan_size("crossover", readers=n - 1, reader_range=0.3, rereading_range=0.02).plan.reason is not None
    assert f"{n} readers, {near.n_total} ECGs" in protocol_paragraph(answer)
    assert f"{n} lecteurs, {near.n_total} ECG" in protocol_paragraph(answer, "fr")


def test_a_size_beyond_reach_names_a_power_or_says_never() -> None:
    near = plan_size("above_goal", expected=0.807, goal=0.80)
    assert near.nearest is not None
    assert near.nearest[0].startswith("power 0.")
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
