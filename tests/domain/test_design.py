"""The design is recognised from the readings of every simulated design, and each breach is counted and named."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.design import ANALYSES, Design, design_of, first_of
from ecg_eval.domain.oddities import oddities
from ecg_eval.domain.reading import readers_table, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.panels._simulation.designs import assignments
from ecg_eval.stats.allotment.designs import DESIGNS

PRACTICES = np.array([0, 0, 1, 1, 2, 2, 3, 3])
N = 80
IDS = [f"e{i:03d}" for i in range(N)]
Change = Callable[[pd.DataFrame], pd.DataFrame]


def study(design: str, change: Change = lambda plan: plan, *, declared: str = "auto", seed: int = 3) -> ReaderStudy:
    rng = np.random.default_rng(seed)
    plan = change(assignments(design, practices=PRACTICES, n_records=N, aided=True, rng=rng))
    readings = pd.DataFrame(
        {
            "record_id": np.array(IDS)[plan["record"]],
            "reader_id": [f"gp{r}" for r in plan["reader"]],
            "finding": "AF",
            "reading": "present",
            "arm": np.where(plan["aided"], "aided", "unaided"),
            "period": plan["period"],
            "position": plan["position"],
            "ai_reading": plan.get("shown", pd.Series(np.where(plan["aided"], "present", None), index=plan.index)),
        }
    )
    readers = pd.DataFrame(
        {"reader_id": [f"gp{i}" for i in range(8)], "kind": "gp", "practice_id": [f"p{p}" for p in PRACTICES]}
    )
    truth = pd.DataFrame({"AF": np.tile([0.0, 1.0], N // 2)}, index=pd.Index(IDS, dtype="string", name="record_id"))
    return ReaderStudy(
        records=pd.DataFrame({"patient_id": IDS}, index=truth.index),
        readers=readers_table(readers),
        readings=readings_table(readings),
        reference=ReferenceStandard(table=truth, method="made"),
        findings=("AF",),
        declared_design=declared,
    )


def kinds(design: Design) -> dict[str, int]:
    return {
        kind: sum(b.kind == kind for b in design.breaches) for kind in dict.fromkeys(b.kind for b in design.breaches)
    }


@pytest.mark.parametrize("name", DESIGNS)
def test_every_simulated_design_is_recognised_without_a_breach(name: str) -> None:
    found = design_of(study(name))
    assert found.name == found.recognised == name
    assert found.breaches == ()
    assert found.analysis == ANALYSES[name]


@pytest.mark.parametrize("name", DESIGNS)
def test_a_tenth_of_the_readings_missing_changes_nothing(name: str) -> None:
    rng = np.random.default_rng(1)
    found = design_of(study(name, lambda plan: plan[rng.random(len(plan)) > 0.08]))
    assert found.recognised == name


def test_readers_with_their_own_ecgs_are_nested() -> None:
    def own(plan: pd.DataFrame) -> pd.DataFrame:
        return plan[plan["record"] % 8 == plan["reader"]]

    assert design_of(study("crossed", own)).name == "nested"


def test_many_ecgs_read_in_one_arm_only_are_incomplete() -> None:
    def part(plan: pd.DataFrame) -> pd.DataFrame:
        return plan[~plan["aided"] | (plan["record"] < N // 2)]

    assert design_of(study("crossed", part)).name == "incomplete"


def test_one_arm_is_no_design_of_help() -> None:
    found = design_of(study("crossed", lambda plan: plan[~plan["aided"]]))
    assert (found.name, found.analysis, found.breaches) == ("one_arm", "", ())


def test_nobody_is_no_design_either() -> None:
    made = study("crossed")
    machines = made.readers.assign(kind="model")
    found = design_of(dataclasses.replace(made, readers=machines))
    assert (found.name, found.breaches) == ("one_arm", ())
    assert found.blocks.tolist() == [0] * 8


def test_blocks_are_those_of_common_ecgs() -> None:
    made = study("split_plot")
    blocks = design_of(made).blocks
    first = first_of(made, "position")
    for i, (one, _) in enumerate(made.reader_arms):
        for j, (other, _) in enumerate(made.reader_arms):
            common = (~np.isnan(first[i]) & ~np.isnan(first[j])).any()
            places = [int(str(reader)[2:]) for reader in (one, other)]
            assert common == (blocks[places[0]] == blocks[places[1]])


def test_a_declared_design_is_followed_where_the_readings_allow_it() -> None:
    followed = design_of(study("half_and_half", declared="half_and_half"))
    assert followed.breaches == ()
    other = design_of(study("crossover", declared="crossed"))
    assert (other.name, other.recognised) == ("crossed", "crossover")
    assert kinds(other)["design_not_declared"] == 1
    impossible = design_of(study("parallel", declared="crossover"))
    assert impossible.name == "parallel"
    assert impossible.breaches[0].detail == "crossover / parallel"


def test_ai_shown_in_the_unaided_arm_is_named() -> None:
    def leak(plan: pd.DataFrame) -> pd.DataFrame:
        shown = plan["aided"] | ((plan["reader"] == 2) & (plan["record"] < 3))
        return plan.assign(shown=np.where(shown, "absent", None))

    (breach,) = design_of(study("crossover", leak)).breaches
    assert (breach.kind, breach.reader, breach.count, breach.of) == ("ai_shown_unaided", "gp2", 3, N)
    (odd,) = [o for o in oddities(study("crossover", leak)) if o.kind == "ai_shown_unaided"]
    assert odd.records == ("e000", "e001", "e002")


def test_no_washout_is_named() -> None:
    def hurried(plan: pd.DataFrame) -> pd.DataFrame:
        return plan.assign(period=plan["period"].mask((plan["reader"] == 1) & (plan["record"] < 5), 1))

    found = design_of(study("crossed", hurried))
    (breach,) = [b for b in found.breaches if b.kind == "no_washout"]
    assert (breach.reader, breach.count) == ("gp1", 5)


def test_an_order_that_is_not_balanced_is_named() -> None:
    def aided_first(plan: pd.DataFrame) -> pd.DataFrame:
        return plan.assign(period=np.where(plan["reader"] == 4, 2 - plan["aided"], plan["period"]))

    (breach,) = design_of(study("crossover", aided_first)).breaches
    assert (breach.kind, breach.reader, breach.count, breach.of) == ("order_unbalanced", "gp4", N, N)


def test_parallel_arms_of_different_size_are_named() -> None:
    found = design_of(study("parallel", lambda plan: plan[plan["aided"] | (plan["reader"].isin([0, 1, 2, 3]))]))
    assert "arms_uneven" in kinds(found) or found.breaches == ()
    one = design_of(study("parallel", lambda plan: plan.assign(aided=plan["reader"] < 2)))
    assert kinds(one) == {"arms_uneven": 1}


def test_a_wedge_out_of_step_is_named() -> None:
    def early(plan: pd.DataFrame) -> pd.DataFrame:
        at = plan["period"].eq(plan["period"].where(plan["aided"]).groupby(plan["reader"]).transform("min") - 1)
        return plan.assign(aided=plan["aided"] | ((plan["reader"] == 0) & at))

    assert kinds(design_of(study("stepped_wedge", early))) == {"crossed_apart": 1}

    def back(plan: pd.DataFrame) -> pd.DataFrame:
        first = int(plan.loc[plan["aided"] & (plan["period"] == 2), "reader"].iloc[0])
        return plan.assign(aided=plan["aided"] & ~((plan["reader"] == first) & (plan["period"] == 5)))

    assert kinds(design_of(study("stepped_wedge", back))) == {"help_taken_back": 1}

    def mixed(plan: pd.DataFrame) -> pd.DataFrame:
        first = int(plan.loc[plan["aided"] & (plan["period"] == 2), "reader"].iloc[0])
        one = (plan["reader"] == first) & (plan["position"] == 1) & (plan["period"] == 2)
        return plan.assign(aided=plan["aided"] & ~one)

    (breach,) = design_of(study("stepped_wedge", mixed)).breaches
    assert (breach.kind, breach.count, breach.of) == ("mixed_period", 1, N)


def test_help_that_comes_for_everybody_at_once_is_named() -> None:
    def at_once(plan: pd.DataFrame) -> pd.DataFrame:
        return plan.assign(period=1 + plan["aided"])

    assert kinds(design_of(study("half_and_half", at_once))) == {"help_with_period": 1}
