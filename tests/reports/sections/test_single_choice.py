"""Who takes which class for which: tables counted by hand from twelve ECGs, three classes, two GPs and a model."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from reports.study_fixture import toy_result

from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.domain.reading import readers_table, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.result import Block, Figure, Paragraph, StudyResult, Table
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.pipeline.plugins import load
from ecg_eval.reports.reasons import Footnote

CLASSES = ("AF", "LBBB", "1AVB")
TRUTH = "AAAABBBBCCCC?"  # the last ECG has two classes
# "." is no answer, "-" none of the classes, "+" two of them
CHOSEN = {"gp1": "AAABBBBCCCC-A", "gp2": "AAB.BBAACC+CA", "net": "ABBBBBBBCCCCA"}
_HAS = {"A": 0, "B": 1, "C": 2}


def _result(chosen: dict[str, str] = CHOSEN) -> StudyResult:
    ids = [f"e{i:02d}" for i in range(len(TRUTH))]
    table = np.array([[c == k or (c == "?" and k in "AB") for k in "ABC"] for c in TRUTH], dtype=float)
    rows = [
        {
            "record_id": record,
            "reader_id": reader,
            "finding": finding,
            "reading": "present" if word == "ABC"[i] or (word == "+" and i) else "absent",
        }
        for reader, words in chosen.items()
        for record, word in zip(ids, words, strict=True)
        if word != "."
        for i, finding in enumerate(CLASSES)
    ]
    readers = pd.DataFrame({"reader_id": list(chosen), "kind": ["model" if r == "net" else "gp" for r in chosen]})
    records = pd.DataFrame({"patient_id": ids}, index=pd.Index(ids, name="record_id"))
    made = ReaderStudy(
        records=records,
        readers=readers_table(readers),
        readings=readings_table(pd.DataFrame(rows)),
        reference=ReferenceStandard(
            table=pd.DataFrame(table, index=records.index, columns=list(CLASSES)), method="by hand"
        ),
        findings=CLASSES,
    )
    toy = toy_result()
    return replace(toy, study=made, provenance=replace(toy.provenance, exclusive=(CLASSES,)))


def said(result: StudyResult, language: str = "en") -> list[Block]:
    blocks: list[Block] = load("sections", "single_choice")().blocks(result, language=language)
    return blocks


def counts(blocks: list[Block]) -> dict[tuple[str, str], list[str]]:
    """Return the cells of the table behind the picture by reader and true class, without the columns that name them."""
    frame = next(b.frame for b in blocks if isinstance(b, Figure))
    return {(row[0], row[1]): list(row[2:]) for row in frame.itertuples(index=False, name=None)}


def test_choices_are_counted_by_true_class() -> None:
    cells = counts(said(_result()))
    # AF, LBBB, 1AVB, then none or several, then no answer
    assert cells["gp1", "Atrial fibrillation"] == ["3", "1", "0", "0", "0"]
    assert cells["gp1", "Left bundle branch block, complete"] == ["0", "3", "1", "0", "0"]
    assert cells["gp1", "First-degree AV block"] == ["0", "0", "3", "1", "0"]
    assert cells["gp2", "Atrial fibrillation"] == ["2", "1", "0", "0", "1"]
    assert cells["gp2", "First-degree AV block"] == ["0", "0", "3", "1", "0"]
    assert cells["net", "Atrial fibrillation"] == ["1", "3", "0", "0", "0"]
    group = next(name for name, _ in cells if name == "2 GPs")
    assert cells[group, "Atrial fibrillation"] == ["5", "2", "0", "0", "1"]
    assert cells[group, "Left bundle branch block, complete"] == ["2", "5", "1", "0", "0"]


def test_summary_names_the_most_frequent_mistake() -> None:
    frame = next(b.frame for b in said(_result()) if isinstance(b, Table))
    rows = {row[0]: row[1:] for row in frame.itertuples(index=False, name=None)}
    assert rows["net"][0] == "9 of 12"
    assert "Atrial fibrillation taken for Left bundle branch block, complete: 3 of 4" in rows["net"][1]
    assert rows["gp2"][0] == "7 of 11"
    # equal ones are all named, never the first of them alone
    assert rows["gp1"][1].count("1 of 4") == 2


def test_what_stands_in_no_table_is_said() -> None:
    notes = " ".join(b.text for b in said(_result()) if isinstance(b, Paragraph | Footnote))
    assert "1 ECG is left out" in notes
    assert "not exactly one" in notes


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_cell_is_empty_and_the_picture_has_words(language: str) -> None:
    for block in said(_result(), language):
        if isinstance(block, Table | Figure):
            assert (block.frame.astype(str) != "").all(axis=None)
        if isinstance(block, Figure):
            assert "<svg" in block.svg
            assert block.alt


def test_nothing_is_said_without_a_single_choice_or_a_truth() -> None:
    result = _result()
    assert said(replace(result, provenance=replace(result.provenance, exclusive=()))) == []
    unknown = replace(result.study.reference, table=result.study.reference.table * np.nan)
    blocks = said(replace(result, study=replace(result.study, reference=unknown)))
    assert not any(isinstance(b, Table | Figure) for b in blocks)
    assert "no ECG" in " ".join(b.text for b in blocks if isinstance(b, Paragraph))


def test_a_reader_without_calls_is_named() -> None:
    result = _result()
    silent = result.study.readings.copy()
    is_net = silent["reader_id"] == "net"
    silent["score"] = silent["score"].mask(is_net, np.where(silent["reading"] == "present", 0.9, 0.1))
    silent["reading"] = silent["reading"].mask(is_net)
    blocks = said(replace(result, study=replace(result.study, readings=silent)))
    assert ("net", "Atrial fibrillation") not in counts(blocks)
    assert "net" in " ".join(b.text for b in blocks if isinstance(b, Footnote))


@pytest.mark.parametrize(("language", "mean"), [("en", "0.76 ("), ("fr", "0,76 (")])
def test_the_mean_over_readers_stands_beside_the_counts(language: str, mean: str) -> None:
    result = _result()
    metric = load("metrics", "class_accuracy")(findings=CLASSES)
    evaluation = Evaluation.from_rows(metric.rows(result.study, level=0.95))
    provenance = replace(result.provenance, metrics={metric.name: metric.facts()})
    asked = replace(result, evaluation=evaluation, provenance=provenance)
    frame = next(b.frame for b in said(asked, language) if isinstance(b, Table))
    group = frame.iloc[1]
    assert group.iloc[2].startswith(mean)  # of 9 of 11 and 7 of 10 that have one class chosen
    elsewhere = replace(provenance, metrics={metric.name: replace(metric.facts(), classes=("AF", "LBBB"))})
    other = next(b.frame for b in said(replace(asked, provenance=elsewhere), language) if isinstance(b, Table))
    assert other.shape[1] == frame.shape[1] - 1  # the accuracy of other classes says nothing here
