"""The section on explanations says which answers pass the deletion test, which do not, and who looks at one lead."""

from dataclasses import replace

import pandas as pd
import pytest
from reports.study_fixture import toy_result

from ecg_eval.domain.facts.attribution import EXPLANATION_COLUMNS
from ecg_eval.domain.result import Figure, Note, StudyResult, Table
from ecg_eval.reports.explained import explained_answers
from ecg_eval.reports.sections.explanations import Explanations

CURVES = {"fall_most": (1.0, 2.0), "fall_random": (0.1, 0.2), "fall_largest": (0.5, 1.5)}


def answer(reader: str, finding: str, area: float, above: float, leads: dict[str, float]) -> list[tuple[object, ...]]:
    def row(what: str, at: str, value: float | None, half: float | None = None) -> tuple[object, ...]:
        low, high = (None, None) if half is None or value is None else (value - half, value + half)
        reason = "" if half is not None else "all replicates are equal"
        return (reader, finding, what, at, value, low, high, 40, 38, "by hand", reason)

    return [
        row("area", "", area, 0.5),
        row("area_above_largest", "", above, 0.5),
        *(row(w, at, v, 0.1) for w, vs in CURVES.items() for at, v in zip(("0.1", "0.3"), vs, strict=True)),
        *(row("lead_share", lead, share, 0.01) for lead, share in leads.items()),
        row("likeness_shuffled", "", 0.4, 0.1),
    ]


def result() -> StudyResult:
    rows = [
        *answer("net", "AF", 2.0, 1.0, {"I": 0.05, "V1": 0.95}),
        *answer("net", "LBBB", 2.0, 0.1, {"I": 0.5, "V6": 0.5}),
        *answer("net", "1AVB", 0.2, 0.1, {"I": 0.5, "V6": 0.5}),
        ("rules", "", "area", "", None, None, None, 0, 0, "", "its answers come with no attributions"),
    ]
    return replace(toy_result(), explanations=pd.DataFrame(rows, columns=list(EXPLANATION_COLUMNS)))


def test_nothing_is_said_where_nobody_asked() -> None:
    assert Explanations().blocks(toy_result(), language="en") == []


def test_verdicts_follow_from_the_intervals() -> None:
    table = result().explanations
    assert table is not None
    verdicts = {a.finding: a.verdict for a in explained_answers(table)}
    assert verdicts == {"AF": "more", "LBBB": "no_more_than_large", "1AVB": "nothing"}


def test_each_verdict_is_said_and_one_lead_alone_is_named() -> None:
    blocks = Explanations().blocks(result(), language="en")
    text = "\n".join(b.text for b in blocks if not isinstance(b, Figure | Table))
    assert "more than the largest deflections do: Atrial fibrillation;" in text
    assert "net, Atrial fibrillation: 95 in 100 of all that moves its answers lies in lead V1 alone." in text
    assert text.count("alone.") == 1
    assert "Not explained: rules (its answers come with no attributions)." in text
    (table,) = (b for b in blocks if isinstance(b, Table))
    shown = table.frame.set_index("Finding")
    assert shown.loc["Atrial fibrillation", "Area above random (log odds, 95 % interval)"] == "+2.00 (+1.50 to +2.50)"
    assert shown.loc["Atrial fibrillation", "Leads that move it most"] == "V1 (95 in 100)"
    assert list(shown["Deleting what it points at"])[-1] == "shows nothing"
    (figure,) = (b for b in blocks if isinstance(b, Figure))
    assert "as much at random" in figure.svg
    assert len(figure.frame) == 6
    assert any(isinstance(b, Note) for b in blocks)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_word_is_there(language: str) -> None:
    blocks = Explanations().blocks(result(), language=language)
    text = "\n".join(b.text for b in blocks if not isinstance(b, Figure | Table))
    assert ("Sans explication\u00a0: rules (ses réponses viennent sans attributions)" in text) == (language == "fr")
