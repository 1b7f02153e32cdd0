"""Components of a pilot, from the reader-study kernels to the plan."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from ecg_eval.stats.mrmc.u_statistics import u_statistics
from ecg_eval.stats.sample_size.case_mix import CaseMixComponents, case_mix_power, case_mix_required_cases
from ecg_eval.stats.sample_size.mrmc import mrmc_power
from ecg_eval.stats.sample_size.mrmc_components import MrmcComponents
from ecg_eval.stats.sample_size.mrmc_design import MrmcDesign

PILOT = Path(__file__).parents[2] / "oracles" / "own" / "11-sample-size" / "pilot.csv"
SIZE = {"n_readers": 8, "n_positive": 48, "n_negative": 72}


@pytest.fixture(scope="module")
def reads() -> dict[str, np.ndarray]:
    table = pd.read_csv(PILOT)
    columns = {"reader": "reader_id", "modality": "modality", "case": "ecg_id", "truth": "truth", "score": "score"}
    return {name: table[column].to_numpy() for name, column in columns.items()}


def test_plan_at_the_pilots_size_has_the_pilots_standard_error(reads: dict[str, np.ndarray]) -> None:
    result = obuchowski_rockette(**reads)
    difference = result.differences[0].estimate
    components = MrmcComponents.from_analysis(result=result, n_cases=120)
    assert components.reader == result.components.reader
    assert components.test_reader > 0  # otherwise the analysis does not truncate as planning does
    plan = mrmc_power(components=components, n_readers=8, n_cases=120, design=MrmcDesign(effect=0.05))
    assert plan.noncentrality == pytest.approx((0.05 / difference.standard_error) ** 2, rel=1e-9)
    assert plan.df_denominator == pytest.approx(difference.df, rel=1e-9)


def test_analysis_without_random_cases_has_no_components(reads: dict[str, np.ndarray]) -> None:
    fixed = obuchowski_rockette(**reads, cases="fixed")
    with pytest.raises(ArgumentError, match="random cases"):
        MrmcComponents.from_analysis(result=fixed, n_cases=120)


def test_case_mix_at_the_pilots_size_is_the_analysis(reads: dict[str, np.ndarray]) -> None:
    result = u_statistics(**reads)
    parts = CaseMixComponents.from_analysis(result=result, first="aided", second="unaided")
    found = result.difference("aided", "unaided")
    assert parts.variance(**SIZE) == pytest.approx(found.variance, rel=1e-9)
    assert parts.df(**SIZE) == pytest.approx(found.df, rel=1e-9)
    one = CaseMixComponents.from_analysis(result=result, first="aided")
    assert one.variance(**SIZE) == pytest.approx(result.average("aided").variance, rel=1e-9)


def test_case_mix_power_agrees_with_obuchowski_rockette_in_the_pilots_mix(reads: dict[str, np.ndarray]) -> None:
    parts = CaseMixComponents.from_analysis(result=u_statistics(**reads), first="aided", second="unaided")
    components = MrmcComponents.from_analysis(result=obuchowski_rockette(**reads), n_cases=120)
    mixed = case_mix_power(components=parts, **SIZE, effect=0.05)
    scaled = mrmc_power(components=components, n_readers=8, n_cases=120, design=MrmcDesign(effect=0.05))
    assert mixed.power == pytest.approx(scaled.power, abs=0.005)


def test_readers_estimated_not_to_differ_promise_nothing() -> None:
    below = CaseMixComponents(n=-0.01, d=0.004, nd=0.003, r=-0.001, nr=0.02, dr=0.02, rnd=0.08)
    at = CaseMixComponents(n=0.0, d=0.004, nd=0.003, r=0.0, nr=0.02, dr=0.02, rnd=0.08)
    assert below.variance(**SIZE) == at.variance(**SIZE)
    assert below.df(**SIZE) == at.df(**SIZE)


def test_case_mix_margin_and_reasons() -> None:
    parts = CaseMixComponents(n=0.004, d=0.004, nd=0.003, r=0.001, nr=0.02, dr=0.02, rnd=0.08)
    size = {"n_readers": 8, "n_positive": 50, "n_negative": 100}
    plan = case_mix_power(components=parts, **size, effect=0.0, margin=0.05, alpha=0.025)
    mirrored = case_mix_power(components=parts, **size, effect=0.05)
    assert plan.power == pytest.approx(mirrored.power, abs=1e-3)
    assert plan.n_total == 150
    assert "non-inferiority" in plan.sentence
    none = CaseMixComponents(n=0.0, d=0.0, nd=-1.0, r=0.0, nr=0.0, dr=0.0, rnd=0.0)
    assert case_mix_power(components=none, **size, effect=0.05).reason is not None
    with pytest.raises(ArgumentError, match="margin"):
        case_mix_power(components=parts, **size, effect=-0.1, margin=0.05)
    with pytest.raises(ArgumentError, match="n_positive"):
        case_mix_power(components=parts, n_readers=8, n_positive=1, n_negative=5, effect=0.1)


def test_the_least_size_of_another_mix_is_the_first_that_reaches_the_power(reads: dict[str, np.ndarray]) -> None:
    parts = CaseMixComponents.from_analysis(result=u_statistics(**reads), first="aided", second="unaided")
    asked = {"components": parts, "n_readers": 12, "effect": 0.03}
    for share in (0.1, 0.5):
        plan = case_mix_required_cases(**asked, positive_share=share)
        assert plan.power is not None
        assert plan.n_total is not None
        assert plan.n_positive == round(share * plan.n_total)
        total = plan.n_total - 1
        n_positive = round(share * total)
        less = case_mix_power(**asked, n_positive=n_positive, n_negative=total - n_positive)
        assert less.power is not None
        assert less.power < 0.8 <= plan.power
    rare, common = (case_mix_required_cases(**asked, positive_share=share).n_total for share in (0.1, 0.5))
    assert rare is not None
    assert common is not None
    assert rare > common  # few ECGs with the finding say little
    few = case_mix_required_cases(components=parts, n_readers=2, effect=0.001, positive_share=0.5)
    assert few.reason is not None
    assert "2 readers reach at most" in few.reason
    none = CaseMixComponents(n=0.0, d=0.0, nd=-1.0, r=0.0, nr=0.0, dr=0.0, rnd=0.0)
    assert "no variance" in str(
        case_mix_required_cases(components=none, n_readers=4, effect=0.1, positive_share=0.5).reason
    )


def test_case_mix_refuses_proportions(reads: dict[str, np.ndarray]) -> None:
    calls = {**reads, "score": (reads["score"] > 50).astype(float)}
    result = u_statistics(**calls, figure_of_merit="sensitivity")
    with pytest.raises(ArgumentError, match="pairs of cases"):
        CaseMixComponents.from_analysis(result=result, first="aided", second="unaided")
