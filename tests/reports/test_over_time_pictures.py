"""Learning, fatigue and carry-over: the pictures' tables against counts made by hand."""

import numpy as np
import pandas as pd
import pytest

import ecg_eval
from ecg_eval.domain.result import Figure, StudyResult
from ecg_eval.reports.build import render_report
from ecg_eval.reports.sections.questions import Questions

N = 60


ASKED = ("learning", "fatigue", "carry_over")


def crossover(*, right_in: dict[tuple[int, str], float]) -> StudyResult:
    """Return the study of two readers who read half of the ECGs with help first; shares by period and arm."""
    parts, rng = [], np.random.default_rng(4)
    for reader in ("gp1", "gp2"):
        for arm in ("unaided", "aided"):
            for period in (1, 2):
                record = np.arange(N) + (N if (arm == "aided") == (period == 1) else 0)
                right = rng.permutation(N) < round(N * right_in[period, arm])
                part = {"record_id": record, "reader_id": reader, "arm": arm, "period": period, "reading": 1 - right}
                position = np.arange(N) * 2 + (arm == "aided") + 1
                parts.append(pd.DataFrame(part | {"position": position, "finding": "AF"}))
    readings = pd.concat(parts, ignore_index=True)
    truth = pd.DataFrame({"record_id": np.arange(2 * N), "AF": 0.0})
    return ecg_eval.evaluate(readings, truth, readers={"gp1": "gp", "gp2": "gp"}, metrics=ASKED, resamples=50).result


def drawn(result: StudyResult) -> list[Figure]:
    return [block for block in Questions().blocks(result, language="en") if isinstance(block, Figure)]


@pytest.fixture(scope="module")
def pictures() -> dict[str, Figure]:
    share = {(1, "unaided"): 0.5, (2, "unaided"): 0.75, (1, "aided"): 0.75, (2, "aided"): 0.9}
    made = drawn(crossover(right_in=share))
    names = ("learning", "learning of readers", "fatigue", "fatigue of readers", "carry-over", "carry-over of readers")
    return dict(zip(names, made, strict=True))


def test_the_name_of_a_question_leads_to_its_rows() -> None:
    result = crossover(right_in=dict.fromkeys([(p, a) for p in (1, 2) for a in ("unaided", "aided")], 0.75))
    page = render_report(result, sections=[Questions()], beside={"appendix": "appendix.en.html"})
    assert [m for m in ASKED if f'<p><a href="appendix.en.html#metric={m}">' not in page] == []
    assert "</a>. " in page


def test_learning_is_drawn_by_the_number_of_the_sitting_with_intervals(pictures: dict[str, Figure]) -> None:
    frame = pictures["learning"].frame
    assert frame["Sitting"].tolist() == ["1", "2", "1", "2"]
    shares = frame["Share of right readings"].str.split(" ").str[0]
    assert dict(zip(zip(frame["Line"], frame["Sitting"], strict=True), shares, strict=True)) == {
        ("unaided", "1"): "0.50",
        ("unaided", "2"): "0.75",
        ("aided", "1"): "0.75",
        ("aided", "2"): "0.90",
    }
    assert frame["Share of right readings"].str.contains(r"\(0\.\d+ to 0?\.?\d").all()
    assert "95 % intervals" in pictures["learning"].caption


def test_carry_over_is_drawn_by_sequence(pictures: dict[str, Figure]) -> None:
    frame = pictures["carry-over"].frame
    shares = frame["Share of right readings"].str.split(" ").str[0].tolist()
    assert frame["Line"].tolist() == ["first without help, then with"] * 2 + ["first with help, then without"] * 2
    assert frame["Reading of the ECG"].tolist() == ["first", "second"] * 2
    assert shares == ["0.50", "0.90", "0.75", "0.75"]
    assert frame["Readings"].tolist() == ["120"] * 4


def test_every_reader_is_drawn_under_the_group(pictures: dict[str, Figure]) -> None:
    for name in ("learning of readers", "fatigue of readers", "carry-over of readers"):
        assert pictures[name].frame["Reader"].tolist()[1:] == ["gp1", "gp2"]
        assert "All findings together" not in pictures[name].svg
