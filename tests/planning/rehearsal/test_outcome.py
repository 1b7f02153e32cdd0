"""What a rehearsal says, from verdicts and tables counted by hand."""

import numpy as np
import pandas as pd

from ecg_eval.planning.rehearsal.outcome import Trouble, Verdict, case_troubles, number_troubles, questions_of

nan = float("nan")


def verdict(value: float, low: float, high: float, is_found: bool | None, reason: str = "") -> Verdict:
    of = {"metric": "m", "reader": "gp (mean of 4)", "arm": "", "compared_with": "", "finding": "AF"}
    return Verdict(**of, value=value, low=low, high=high, is_found=is_found, reason=reason)


def test_a_question_is_counted_over_all_studies() -> None:
    studies = [
        [verdict(0.2, 0.1, 0.3, is_found=True)],
        [verdict(0.1, -0.1, 0.3, is_found=False)],
        [verdict(0.3, nan, nan, is_found=False, reason="few")],
        [verdict(nan, nan, nan, is_found=False, reason="none")],
    ]
    (one,) = questions_of(studies)
    assert (one.n_studies, one.n_values, one.n_intervals, one.n_found) == (4, 3, 2, 1)
    assert one.mean is not None
    assert one.width is not None
    assert np.isclose([one.mean, one.width], [0.2, 0.3]).all()
    assert one.reason == "few"


def test_a_number_that_nothing_is_tested_on_has_no_power() -> None:
    (one,) = questions_of([[verdict(0.8, 0.7, 0.9, is_found=None)]])
    assert one.n_found is None


def test_a_finding_of_few_ecgs_is_named_on_both_sides() -> None:
    truth = pd.DataFrame({"AF": [1] * 9 + [0] * 20, "SR": [1] * 20 + [0] * 8 + [nan], "LBBB": [1] * 12 + [0] * 17})
    assert list(case_troubles(truth)) == [
        Trouble(kind="few_with", what="AF", count=9, of=29),
        Trouble(kind="few_without", what="SR", count=8, of=29),
    ]


def test_what_has_no_value_or_interval_and_large_families_are_counted() -> None:
    evaluation = pd.DataFrame(
        {
            "value": [nan, nan, 0.5, 0.5, *[0.1] * 3],
            "low": [nan, nan, nan, 0.4, *[0.0] * 3],
            "reason": ["none", "none", "two readers", "", "", "", ""],
            "family": ["", "", "", "", "a: programs", "a: programs", "b: programs"],
            "family_size": pd.array([None, None, None, None, 21, 21, 20], dtype="Int64"),
        }
    )
    assert list(number_troubles(evaluation)) == [
        Trouble(kind="not_computable", what="none", count=2, of=7),
        Trouble(kind="no_interval", what="two readers", count=1, of=7),
        Trouble(kind="large_family", what="a: programs", count=21),
    ]
