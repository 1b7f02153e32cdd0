"""A draw of ECGs: what is in it, and that its weights bring sums back to the archive."""

import numpy as np
import pandas as pd
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.planning.cases.case_words import CasePlan, cases_text
from ecg_eval.planning.cases.draw import CasePool, draw_cases, nearest_wanted
from ecg_eval.planning.cases.wanted import Wanted, wanted_of


def pool_of(patients: list[str], af: list[float], lbbb: list[float] | None = None, sex: str = "") -> CasePool:
    index = pd.Index([f"e{i}" for i in range(len(patients))], dtype="string", name="record_id")
    truth = pd.DataFrame({"AF": af} | ({} if lbbb is None else {"LBBB": lbbb}), index=index)
    levels = pd.DataFrame({"sex": list(sex)} if sex else {}, index=index).replace("?", pd.NA)
    return CasePool(patient_id=pd.Series(patients, index=index, dtype="string"), truth=truth, levels=levels)


def test_the_weight_is_patients_there_over_patients_drawn() -> None:
    pool = pool_of([f"p{i}" for i in range(12)], [1.0] * 4 + [0.0] * 8)
    draw = draw_cases(pool, wanted_of(["AF=2", "none=2"]), seed=1)
    assert draw.cases.groupby("sampling_stratum")["sampling_weight"].agg(["size", "mean"]).to_numpy().tolist() == [
        [2, 4 / 2],
        [2, 8 / 2],
    ]
    assert draw.cases["sampling_weight"].sum() == len(pool.truth)
    assert not draw.is_short


def test_an_ecg_stands_for_the_others_of_its_patient_and_for_patients_drawn_elsewhere() -> None:
    # p0 has an ECG with AF and two without; half of the four with AF are drawn, so p0 is left over with chance 1/2
    pool = pool_of(["p0", "p1", "p2", "p3", "p0", "p0", "p4"], [1, 1, 1, 1, 0, 0, 0])
    seen = set()
    for seed in range(40):
        draw = draw_cases(pool, wanted_of(["AF=2", "none=1"]), seed=seed)
        assert draw.cases["patient_id"].is_unique
        none = draw.cases[draw.cases["sampling_stratum"] == "none"].iloc[0]
        strata = {s.finding: s for s in draw.strata}
        if none["patient_id"] == "p0":
            # two ECGs of its own, one of two patients drawn, left over with chance 1/2
            assert none["sampling_weight"] == 2 * (2 / 1) / (1 / 2)
            assert strata["none"].n_patients == 2
        seen.add(none["patient_id"])
    assert seen == {"p0", "p4"}


def test_weighted_sums_are_those_of_the_archive_on_average() -> None:
    rng = np.random.default_rng(3)
    m, n = 80, 140
    patient = np.concatenate([np.arange(m), rng.integers(m, size=n - m)])
    af, lbbb = ((rng.random(n) < share).astype(float) for share in (0.25, 0.15))
    sex = rng.choice(["F", "M"], size=m)[patient]
    pool = pool_of([f"p{i}" for i in patient], af.tolist(), lbbb.tolist(), "".join(sex))
    wanted = wanted_of(["AF=12", "LBBB=8", "AF/sex:F=7", "none=16"])
    sums = []
    for seed in range(150):
        draw = draw_cases(pool, wanted, by=["sex"], seed=seed)
        assert draw.n_out_of_reach == 0
        weight = draw.cases["sampling_weight"].to_numpy()
        at = pool.truth.index.get_indexer(draw.cases.index)
        of_women = (sex[at] == "F") & (af[at] == 0)
        sums.append([weight.sum(), weight @ af[at], weight @ lbbb[at], weight[of_women].sum()])
    made = np.array(sums)
    true = np.array([n, af.sum(), lbbb.sum(), ((sex == "F") & (af == 0)).sum()])
    error = made.std(axis=0) / np.sqrt(len(made))
    assert (np.abs(made.mean(axis=0) - true) <= 4 * error + 1e-9).all(), (made.mean(axis=0), true, error)


def test_a_finding_counts_wherever_it_is_drawn() -> None:
    # every LBBB has AF too; LBBB is rarer for what is asked, so its ECGs lead, and count for AF
    pool = pool_of([f"p{i}" for i in range(30)], [1.0] * 20 + [0.0] * 10, [1.0] * 5 + [0.0] * 25)
    draw = draw_cases(pool, wanted_of(["AF=6", "LBBB=4"]), seed=2)
    assert [(s.finding, s.n_ecgs, s.n_drawn) for s in draw.strata] == [("LBBB", 5, 4), ("AF", 15, 2)]
    assert [(a.wanted.label, a.n_drawn) for a in draw.answered] == [("AF", 6), ("LBBB", 4)]


def test_levels_are_spread_evenly_and_met_where_asked_for() -> None:
    pool = pool_of([f"p{i}" for i in range(40)], [1.0] * 20 + [0.0] * 20, sex="F" * 3 + "M" * 16 + "?" + "FM" * 10)
    draw = draw_cases(pool, wanted_of(["AF=9", "none/sex:F=6", "none/sex:M=2"]), by=["sex"], seed=2)
    assert {s.label: s.n_drawn for s in draw.strata} == {
        "AF, sex unknown": 1,
        "AF, sex F": 3,
        "AF, sex M": 5,
        "none, sex F": 6,
        "none, sex M": 2,
    }


def test_too_few_are_drawn_as_far_as_they_go_and_the_nearest_plan_works() -> None:
    pool = pool_of(["p0", "p1", "p0", "p2", "p3"], [1, 1, 0, 0, 0], [0, 0, 1, 0, 0])
    wanted = wanted_of(["AF=4", "LBBB=1", "none=2"])
    draw = draw_cases(pool, wanted, seed=1)
    af, lbbb, none = draw.answered
    assert (af.n_eligible, af.n_drawn, af.n_short) == (2, 2, 2)
    # the only patient with LBBB was drawn for AF, and could not but be
    assert (lbbb.n_eligible, lbbb.n_drawn, lbbb.n_taken) == (1, 0, 1)
    assert none.n_short == 0
    assert draw.n_out_of_reach == 1
    near = nearest_wanted(pool, wanted, draw, seed=1)
    assert near == (Wanted("AF", 2), Wanted("none", 2))
    assert not draw_cases(pool, near, seed=1).is_short


def test_more_strata_than_ecgs_are_refused_with_the_nearest_plan() -> None:
    pool = pool_of([f"p{i}" for i in range(8)], [1.0] * 4 + [0.0] * 4, sex="FMFMFMF?")
    with pytest.raises(ArgumentError, match=r"none must be 3 or more.*got 2\. The nearest.*none=3, or without --by"):
        draw_cases(pool, wanted_of(["AF=2", "none=2"]), by=["sex"], seed=1)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ([], "--want must be given once or more"),
        (["AF"], "FINDING=NUMBER"),
        (["AF=0"], "the number 1 or more"),
        (["AF=2", "AF=3"], "--want AF must be asked for once"),
    ],
)
def test_what_cannot_be_wanted_is_refused(texts: list[str], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        wanted_of(texts)


def test_a_level_that_nobody_has_is_refused_with_those_there_are() -> None:
    pool = pool_of(["p0", "p1"], [1, 0], sex="FM")
    with pytest.raises(ArgumentError, match=r"got 'W'. Known: F, M"):
        draw_cases(pool, wanted_of(["AF/sex:W=1"]), seed=1)


def test_the_text_says_what_is_short_and_what_the_weights_do_not_stand_for() -> None:
    pool = pool_of(["p0", "p1", "p0", "p2", "p3"], [1, 1, 0, 0, 0], [0, 0, 1, 0, 0])
    wanted = wanted_of(["AF=4", "LBBB=1"])
    draw = draw_cases(pool, wanted, seed=1)
    near = nearest_wanted(pool, wanted, draw, seed=1)
    plan = CasePlan(draw=draw, n_ecgs=3, n_patients=2, seed=1, nearest=near)
    english, french = cases_text(plan), cases_text(plan, "fr")
    assert "Too few: AF, 2 of 4 lacking.\n" in english
    assert "Trop peu : LBBB, il en manque 1 sur 1.\n" in french
    again = ["ecg-eval", "plan", "cases", "my cohort", "--seed", "1"]
    assert "works: ecg-eval plan cases 'my cohort' --seed 1 --want AF=2\n" in cases_text(plan, again=again)
    assert "The nearest plan that works: --want AF=2\n" in english
    assert "certain to be drawn: 1; the weights do not stand for those" in english
    assert "specificity rests on those alone" in english
    assert "de ces patients, tirés avec un autre ECG : 1" in french
    assert "Le plan le plus proche qui convient : --want AF=2\n" in french
    with pytest.raises(ArgumentError, match="en or fr"):
        cases_text(plan, "de")
