"""The effect of help in designs where nobody reads an ECG both ways: the arithmetic, the rows, and reasons."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ecg_eval import registry
from ecg_eval.domain.evaluation import MACRO, POOLED, Row, single_rows
from ecg_eval.domain.reading import AIDED, readers_table, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.long_form import LongForm
from ecg_eval.panels._simulation.designs import assignments
from ecg_eval.pipeline.plugins import make
from ecg_eval.stats.estimate import NO_COUNT

EFFECTS = ("aid_effect_sensitivity", "aid_effect_specificity", "aid_effect_accuracy")
N = 120
IDS = [f"e{i:03d}" for i in range(N)]


def study(design: str, *, seed: int = 4, adjust_for: tuple[str, ...] = (), **changes: object) -> ReaderStudy:
    """Return eight readers in four practices who read better with help; two findings."""
    rng = np.random.default_rng(seed)
    practices = np.repeat(np.arange(4), 2)
    plan = assignments(design, practices=practices, n_records=N, aided=True, rng=rng)
    truth = pd.DataFrame(
        {f: (rng.random(N) < 0.4).astype(float) for f in ("AF", "LBBB")},
        index=pd.Index(IDS, dtype="string", name="record_id"),
    )
    parts = []
    for finding in truth.columns:
        t = truth[finding].to_numpy()[plan["record"]]
        right = rng.random(len(plan)) < np.where(plan["aided"], 0.85, 0.7)
        parts.append(
            pd.DataFrame(
                {
                    "record_id": np.array(IDS)[plan["record"]],
                    "reader_id": [f"gp{r}" for r in plan["reader"]],
                    "finding": finding,
                    "reading": np.where(np.where(right, t, 1 - t) == 1, "present", "absent"),
                    "arm": np.where(plan["aided"], "aided", "unaided"),
                    "period": plan["period"],
                    "position": plan["position"],
                    "ai_reading": np.where(plan["aided"], np.where(t == 1, "present", "absent"), None),
                }
            )
        )
    readers = pd.DataFrame(
        {
            "reader_id": [f"gp{i}" for i in range(8)],
            "kind": "gp",
            "practice_id": [f"p{p}" for p in practices],
            "years_experience": np.arange(8.0),
        }
    )
    made = {
        "records": pd.DataFrame({"patient_id": IDS}, index=truth.index),
        "readers": readers_table(readers),
        "readings": readings_table(pd.concat(parts)),
        "reference": ReferenceStandard(table=truth, method="made"),
        "findings": ("AF", "LBBB"),
        "adjust_for": adjust_for,
    }
    return ReaderStudy(**(made | changes))  # type: ignore[arg-type]


def rows(name: str, of: ReaderStudy) -> list[Row]:
    return list(single_rows(make("metrics", name).rows(of, level=0.95)))


def the_group(found: list[Row], finding: str) -> Row:
    (row,) = [r for r in found if r.is_group and r.finding == finding and not r.subgroup]
    return row


@pytest.mark.parametrize("design", ["parallel", "half_and_half", "stepped_wedge", "split_plot", "sequential"])
@pytest.mark.parametrize("name", EFFECTS)
def test_every_design_gives_value_interval_and_p_for_the_mean_reader(design: str, name: str) -> None:
    found = rows(name, study(design))
    for finding in ("AF", "LBBB", MACRO, POOLED):
        e = the_group(found, finding).estimate
        assert e.reason is None
        assert None not in {e.value, e.low, e.high, e.p_value, e.standard_error}
        assert e.low < e.value < e.high
    assert the_group(found, POOLED).estimate.low > -0.05  # help is worth 0.15


def test_parallel_arms_are_a_difference_of_means() -> None:
    made = study("parallel")
    found = rows("aid_effect_sensitivity", made)
    assert all(row.is_group for row in found)  # nobody has both arms, so that nobody has an effect
    sensitivity = rows("sensitivity", made)
    means = {
        arm: np.mean([r.estimate.value for r in sensitivity if r.arm == arm and r.finding == "AF" and not r.is_group])
        for arm in ("aided", "unaided")
    }
    assert the_group(found, "AF").estimate.value == pytest.approx(means["aided"] - means["unaided"])
    of_both = [the_group(found, f).estimate.value for f in ("AF", "LBBB")]
    assert the_group(found, MACRO).estimate.value == pytest.approx(np.mean(of_both))
    assert the_group(found, "AF").n_readers == 8


def test_half_and_half_is_each_readers_own_difference() -> None:
    made = study("half_and_half")
    found = rows("aid_effect_sensitivity", made)
    sensitivity = {
        (r.reader, r.arm): r.estimate.value for r in rows("sensitivity", made) if r.finding == "AF" and not r.subgroup
    }
    own = {r.reader: r.estimate for r in found if r.finding == "AF" and not r.is_group}
    assert len(own) == 8
    for reader, estimate in own.items():
        assert estimate.value == pytest.approx(sensitivity[reader, "aided"] - sensitivity[reader, "unaided"])
        assert "other ECGs of the same reader" in estimate.method
    assert the_group(found, "AF").estimate.value == pytest.approx(np.mean([e.value for e in own.values()]))


def test_a_stepped_wedge_is_adjusted_for_period_and_practice() -> None:
    found = rows("aid_effect_accuracy", study("stepped_wedge"))
    method = the_group(found, POOLED).estimate.method
    assert "adjusted for period and practice" in method
    assert "marginal difference in probability" in method
    own = [r.estimate.method for r in found if not r.is_group]
    assert own
    assert all("not adjusted for period" in words for words in own)


def test_help_that_differs_between_readers_and_ecgs_widens_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    made = study("stepped_wedge")
    readings = made.readings.copy()
    misled = (readings["arm"] == "aided") & readings["record_id"].str.endswith(("3", "7"))
    misled &= readings["reader_id"].isin(["gp0", "gp1", "gp2", "gp3", "gp4"])
    truth = made.reference.table.melt(ignore_index=False, var_name="finding", value_name="truth").reset_index()
    asked = readings[["record_id", "finding"]].astype(str)
    shown = asked.merge(truth.astype({"record_id": str}), how="left")["truth"].to_numpy()
    wrong = np.where(shown == 1, "absent", "present")
    readings["reading"] = np.where(misled, wrong, readings["reading"].astype(str))
    readings["reading"] = readings["reading"].astype(made.readings["reading"].dtype)
    effect = the_group(rows("aid_effect_accuracy", replace(made, readings=readings)), POOLED).estimate
    assert "random effects of practice, reader, ECG, reader's help, ECG's help, random readers" in effect.method
    monkeypatch.setattr(LongForm, "with_varying_help", lambda _self, groups, _among=(): (groups, []))
    fixed = the_group(rows("aid_effect_accuracy", replace(made, readings=readings)), POOLED).estimate
    assert effect.standard_error > 1.15 * fixed.standard_error  # type: ignore[operator]


@pytest.mark.parametrize("word", ["period", "practice", "position", "experience"])
def test_any_design_may_be_adjusted(word: str) -> None:
    found = rows("aid_effect_accuracy", study("crossover", adjust_for=(word,)))
    e = the_group(found, POOLED).estimate
    assert f"adjusted for {word}" in e.method
    assert e.value == pytest.approx(0.15, abs=0.06)
    assert [r for r in found if not r.is_group and r.finding == "AF"]  # each reader's own stands beside it


def test_where_the_ai_was_right_is_known_of_ecgs_that_others_were_shown() -> None:
    found = rows("aid_effect_ai_right", study("half_and_half"))
    assert the_group(found, POOLED).estimate.value is not None
    wrong = the_group(rows("aid_effect_ai_wrong", study("half_and_half")), POOLED).estimate
    assert wrong.value is None
    assert wrong.reason


def test_what_no_design_can_tell_is_a_row_with_its_reason() -> None:
    found = rows("harmful_switch", study("parallel"))
    assert {r.estimate.reason for r in found} == {"no reader read the same ECG both with and without help"}
    assert {r.finding for r in found} == {"AF", "LBBB", POOLED}


def test_one_arm_alone_has_no_rows() -> None:
    made = study("parallel")
    alone = made.readings[(made.readings["arm"] == AIDED).to_numpy()]
    assert rows("aid_effect_sensitivity", study("parallel", readings=alone)) == []


def test_too_few_or_one_sided_readings_have_a_reason() -> None:
    made = study("stepped_wedge")
    no_af = made.reference.table.assign(AF=0.0)
    found = rows("aid_effect_sensitivity", study("stepped_wedge", reference=ReferenceStandard(table=no_af, method="m")))
    assert the_group(found, "AF").estimate.reason == "fewer than 10 readings concern this number"
    right = made.readings.assign(
        reading=pd.Categorical(["present"] * len(made.readings), made.readings["reading"].cat.categories)
    )
    found = rows("aid_effect_sensitivity", study("stepped_wedge", readings=right))
    assert the_group(found, "AF").estimate.reason == "all these readings are right"


def test_order_and_names_change_nothing() -> None:
    for design in ("parallel", "half_and_half", "stepped_wedge"):
        made = study(design)
        shuffled = made.readings.sample(frac=1, random_state=2).reset_index(drop=True)
        one, other = (rows("aid_effect_accuracy", s) for s in (made, study(design, readings=shuffled)))
        assert [r.estimate.value for r in one] == pytest.approx([r.estimate.value for r in other], abs=1e-6)


@pytest.mark.parametrize("design", ["crossover", "parallel", "half_and_half", "stepped_wedge"])
def test_a_row_of_a_group_counts_its_readers(design: str) -> None:
    made = study(design)
    of_groups = [r for name in registry.names("metrics") for r in rows(name, made) if r.is_group]
    assert len({r.metric for r in of_groups}) > 10
    assert {r.metric for r in of_groups if NO_COUNT in (r.n_readers, r.n_people)} == set()
