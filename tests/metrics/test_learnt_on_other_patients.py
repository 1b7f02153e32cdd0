"""What a map would gain and which answers a probability leaves open: parts of the patients, subgroups, reasons."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from ecg_eval.domain.evaluation import Row, single_rows
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.patients.conformal_sets import LEARNT
from ecg_eval.metrics.bases.patients.parts import patient_parts
from ecg_eval.pipeline.plugins import make
from ecg_eval.stats.probability.conformal import fit_conformal_sets
from ecg_eval.stats.probability.recalibration_gain import recalibration_gain
from ecg_eval.stats.proportion.proportions import single_proportion

Maker = Callable[..., ReaderStudy]


def rows(name: str, study: ReaderStudy, **arguments: object) -> dict[str, Row]:
    made = single_rows(make("metrics", name, arguments).rows(study, level=0.95))
    return {row.subgroup: row for row in made if (row.reader, row.finding) == ("model", "AF")}


def test_patients_are_dealt_evenly_and_whole_and_in_any_order(make_study: Maker) -> None:
    study = make_study(ecgs_per_patient=3)
    parts = patient_parts(study, 5)
    assert np.bincount(parts).tolist() == [12] * 5
    assert all(len(set(parts[study.patients == p])) == 1 for p in range(study.n_patients))
    turned = study.subset(np.ones(60, dtype=bool))
    turned = replace(turned, records=study.records[::-1])
    assert patient_parts(turned, 5).tolist() == parts[::-1].tolist()


@pytest.mark.parametrize("repeated", [1, 3])
def test_the_gain_is_its_kernel(repeated: int, make_study: Maker) -> None:
    study = make_study(ecgs_per_patient=repeated, n_records=120)
    wanted = recalibration_gain(
        truth=study.truth("AF"),
        probability=study.scores("model", "unaided", "AF"),
        part=patient_parts(study, 4),
        kind="isotonic",
        cluster=study.cluster,
    )
    assert rows("recalibration_gain", study, map="isotonic", n_parts=4)[""].estimate == wanted
    assert wanted.low is not None
    few = rows("recalibration_gain", study, n_parts=500)[""].estimate
    assert few.reason == "there are fewer patients than parts to learn from"


def test_each_half_is_judged_by_the_limits_of_the_other_and_so_are_subgroups(make_study: Maker) -> None:
    study = make_study(n_records=120)
    truth, p = study.truth("AF").astype(int), study.scores("model", "unaided", "AF")
    pairs, half = np.column_stack([1 - p, p]), patient_parts(study, 2)
    sets = np.empty((120, 2), dtype=bool)
    for one in (0, 1):
        taught = half != one
        made = fit_conformal_sets(truth=truth[taught], probability=pairs[taught], miscoverage=0.2, by_class=True)
        sets[half == one] = made(pairs[half == one])
    women = (study.records["sex"] == "F").to_numpy()
    of = {"": np.ones(120, dtype=bool), "sex=F": women, "sex=M": ~women}
    events = {"conformal_coverage": sets[np.arange(120), truth], "conformal_single_answer": sets.sum(axis=1) == 1}
    for name, event in events.items():
        got = rows(name, study, confidence=0.8)
        assert set(got) == set(of)
        for subgroup, inside in of.items():
            wanted = single_proportion(n_events=int(event[inside].sum()), n=int(inside.sum()))
            e = got[subgroup].estimate
            assert (e.value, e.low, e.high, e.n) == (wanted.value, wanted.low, wanted.high, wanted.n)
            assert e.method == f"Wilson; sets that aim at 80 %, with and without the finding apart; {LEARNT}"


def test_where_too_few_teach_it_is_said(make_study: Maker) -> None:
    study = make_study(n_records=20)
    both_open = rows("conformal_coverage", study, confidence=0.99)[""].estimate
    assert both_open.value == 1
    assert both_open.method.endswith("too few ECGs teach one answer, which then is in every set")
    one_patient = replace(study, records=study.records.assign(patient_id="p1"))
    assert "in one half" in str(rows("conformal_coverage", one_patient)[""].estimate.reason)
