"""What is worked out some findings at a time, where all at once would not fit, is what is worked out at once."""

from collections.abc import Callable

import numpy as np
import pytest

from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases import by_reader
from ecg_eval.pipeline.plugins import make
from ecg_eval.stats import packed

Maker = Callable[..., ReaderStudy]
METRICS = ("sensitivity", "specificity", "ppv", "f1", "accuracy", "matthews_correlation", "sensitivity_gap")


def table(study: ReaderStudy, *, voting: bool = False) -> "object":
    rows = [row for name in METRICS for row in make("metrics", name).rows(study, level=0.95)]
    return Evaluation.from_rows(rows).frame


@pytest.mark.parametrize("ecgs_per_patient", [1, 3])
@pytest.mark.parametrize("votes", [False, True])
def test_findings_one_after_the_other(
    make_study: Maker, monkeypatch: pytest.MonkeyPatch, ecgs_per_patient: int, votes: bool
) -> None:
    study = make_study(ecgs_per_patient=ecgs_per_patient)
    if votes:
        of_readers = {r: study.reference.table.iloc[::-1].set_axis(study.records.index) for r in ("gp1", "gp2", "gp3")}
        study = make_study(
            ecgs_per_patient=ecgs_per_patient,
            reference=ReferenceStandard(table=study.reference.table, method="m", votes=of_readers),
        )
    at_once = table(study)
    monkeypatch.setattr(by_reader, "NUMBERS_AT_ONCE", 1)
    monkeypatch.setattr(packed, "_AT_ONCE", 1)
    in_blocks = table(make_study(ecgs_per_patient=ecgs_per_patient, reference=study.reference))
    assert list(at_once.columns) == list(in_blocks.columns)
    assert len(at_once) > 50
    for column in at_once:
        if at_once[column].dtype.kind == "f":
            np.testing.assert_allclose(in_blocks[column], at_once[column], rtol=1e-12, atol=1e-15, err_msg=column)
        else:
            assert at_once[column].equals(in_blocks[column]), column


def test_a_study_of_some_findings_says_of_them_what_the_whole_says(make_study: Maker) -> None:
    study = make_study()
    part = study.about(slice(1, 2))
    assert part.findings == study.findings[1:]
    np.testing.assert_array_equal(part.cube("calls"), study.cube("calls")[:, 1:])
    np.testing.assert_array_equal(part.cube("scores"), study.cube("scores")[:, 1:])
    np.testing.assert_array_equal(part.truths(), study.truths()[1:])
    np.testing.assert_array_equal(part.arrays.given, study.arrays.given[:, 1:])
    np.testing.assert_array_equal(part.arrays.answered, study.arrays.answered[:, 1:])
    np.testing.assert_array_equal(part.says_nothing, study.says_nothing[:, 1:])
    keep = np.arange(len(study.records)) % 2 == 0
    np.testing.assert_array_equal(part.subset(keep).cube("calls"), study.subset(keep).cube("calls")[:, 1:])
    np.testing.assert_array_equal(
        study.calls_about("LBBB", [2, 0]), np.stack([study.cube("calls")[2, 1], study.cube("calls")[0, 1]], axis=1)
    )
