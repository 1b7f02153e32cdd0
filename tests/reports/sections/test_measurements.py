"""The section on measurements says how near they come, how often there are none, and nothing without a reference."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from reports.study_fixture import toy_result

from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.facts.dataset import DatasetFacts
from ecg_eval.domain.measurements import AGREEMENT, MEASUREMENT_COLUMNS, QUANTITIES
from ecg_eval.domain.result import Figure, Note, Paragraph, StudyResult, Table
from ecg_eval.reports.figures import measurements_figure
from ecg_eval.reports.sections.measurements import Measurements
from ecg_eval.stats.estimate import Estimate


def rows(quantity: str, values: tuple[float | None, ...]) -> Iterator[Row]:
    for part, value in zip(AGREEMENT, values, strict=True):
        if value is None:
            estimate = Estimate.undefined(reason="too few", method="by hand", n=1)
        else:
            estimate = Estimate(value=value, low=value - 1, high=value + 1, method="by hand", n=3)
        yield Row(metric=QUANTITIES[quantity].metric(part), estimate=estimate)


def result(*, access: str = "open") -> StudyResult:
    made = toy_result()
    cells = [
        *(("qt_ms", 400, 390, ""), ("qt_ms", 410, 420, ""), ("qt_ms", 380, 377, "")),
        *(("pr_ms", np.nan, 160, "no steady P wave before QRS"), ("pr_ms", 150, np.nan, ""), ("pr_ms", 150, 151, "")),
    ]
    table = pd.DataFrame([(f"r{i}", "p", *c) for i, c in enumerate(cells)], columns=list(MEASUREMENT_COLUMNS))
    dataset = DatasetFacts(title="An archive", labelled_by="Two cardiologists.", access=access)
    return replace(
        made,
        measurements=table,
        evaluation=made.evaluation.and_rows([*rows("qt_ms", (1, 10, -18, 20)), *rows("pr_ms", (None,) * 4)]),
        provenance=replace(made.provenance, dataset=dataset),
    )


def test_nothing_is_said_without_a_reference() -> None:
    assert Measurements().blocks(toy_result(), language="en") == []
    assert measurements_figure(toy_result()) is None
    empty = replace(toy_result(), measurements=pd.DataFrame(columns=list(MEASUREMENT_COLUMNS)))
    assert Measurements().blocks(empty, language="en") == []


def test_the_table_the_figure_and_what_was_not_measurable() -> None:
    blocks = Measurements().blocks(result(), language="en")
    intro, table, note, unasked, figure, missing = blocks
    assert isinstance(intro, Paragraph)
    assert "(An archive; Two cardiologists)" in intro.text
    assert isinstance(table, Table)
    by_name = table.frame.set_index("Measurement")
    assert by_name.loc["QT (ms)", "Bias (95 % interval)"] == "1.00 (0.00 to 2.00)"
    assert by_name.loc["QT (ms)", "Asked of mean / SD"] == "25 / 30"
    assert "not computable" in by_name.loc["PR (ms)", "Bias (95 % interval)"]
    assert "too few" in getattr(note, "text", "")
    assert getattr(unasked, "text", "").startswith("1 more measurements of PR (ms)")
    assert isinstance(figure, Figure)
    assert figure.frame["Measurement"].tolist() == ["QT (ms)"]  # one pair makes no picture
    assert figure.svg.count("<svg") == 1
    assert isinstance(missing, Table)
    assert missing.frame.iloc[0].tolist() == ["PR (ms)", "1", "2", "no steady P wave before QRS"]


@pytest.mark.parametrize(("language", "words"), [("en", "simulated"), ("fr", "simulée")])
def test_a_simulated_reference_says_so(language: str, words: str) -> None:
    blocks = Measurements().blocks(result(access="simulated"), language=language)
    assert any(isinstance(b, Note) and words in b.text for b in blocks)


def test_nothing_to_compare_makes_no_figure() -> None:
    made = result()
    assert made.measurements is not None
    nothing = replace(made, measurements=made.measurements.assign(measured=np.nan), evaluation=toy_result().evaluation)
    assert measurements_figure(nothing) is None
    blocks = Measurements().blocks(nothing, language="en")
    assert [type(b) for b in blocks] == [Paragraph, Table]
