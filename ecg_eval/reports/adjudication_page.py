"""The page of an adjudication: which truths changed, and how the main numbers moved."""

import pandas as pd

from ecg_eval.domain.facts.adjudication import AdjudicationFacts, MovedNumber
from ecg_eval.domain.result import Block, Note, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.build import page_of, parts_of, script
from ecg_eval.reports.reasons import Footnote
from ecg_eval.reports.view import View, look


def render_adjudication(result: StudyResult, facts: AdjudicationFacts, *, language: str = "en") -> str:
    """Return the page.

    Parameters
    ----------
    result : StudyResult
        With the new truth.
    facts : AdjudicationFacts
    language : str
        "en" or "fr".
    """
    view = look(result, language)
    words = view.words
    chosen: list[tuple[str, str, list[Block]]] = [
        ("answers", words("adjudication.answers"), _answers(view, facts)),
        ("truths", words("adjudication.truths"), _truths(view, facts)),
        ("numbers", words("adjudication.numbers"), _moved(view, facts)),
    ]
    return page_of(
        view,
        "report.html.j2",
        kind=words("adjudication.kind"),
        look="report",
        beside={words("report"): f"report.{language}.html"},
        script=script("sort.js"),
        parts=parts_of(chosen),
    )


def _answers(view: View, facts: AdjudicationFacts) -> list[Block]:
    words = view.words
    counted = words(
        "adjudication.counted",
        answered=numbers.count(facts.n_answered, words),
        confirmed=numbers.count(facts.n_confirmed, words),
        changed=numbers.count(facts.n_changed, words),
        blank=numbers.count(facts.n_blank, words),
    )
    blocks: list[Block] = [Paragraph(counted)]
    if facts.n_strange:
        blocks.append(Note(words("adjudication.strange", n=facts.n_strange)))
    return blocks


def _truths(view: View, facts: AdjudicationFacts) -> list[Block]:
    words = view.words
    if not facts.changed:
        return [Paragraph(words("adjudication.nothing"))]
    records = [
        {
            words("finding"): words.finding(change.finding),
            words("adjudication.before"): words(f"adjudication.{change.before}"),
            words("adjudication.after"): words(f"adjudication.{change.after}"),
            words("adjudication.ecgs"): numbers.count(change.n, words),
        }
        for change in facts.changed
    ]
    return [Table(words("adjudication.truths.table"), pd.DataFrame.from_records(records), sorts=True)]


def _moved(view: View, facts: AdjudicationFacts) -> list[Block]:
    words = view.words
    if not facts.moved:
        return [Paragraph(words("adjudication.no_numbers"))]
    ordered = sorted(facts.moved, key=lambda m: (not m.pre_specified, not m.is_group))
    frame = pd.DataFrame.from_records([_row(view, moved) for moved in ordered])
    return [Table(words("adjudication.numbers.table"), frame, sorts=True), Footnote(words("adjudication.caveat"))]


def _row(view: View, moved: MovedNumber) -> dict[str, str]:
    words, signed = view.words, view.is_signed(moved.metric)
    change = words("none") if moved.change is None else numbers.number(moved.change, words, signed=True)
    before, after = (
        numbers.estimate(e.value, e.low, e.high, "", words, signed=signed)
        if e.value is not None
        else words("undefined.short")
        for e in (moved.before, moved.after)
    )
    return {
        words("reader"): view.reader(moved.reader, is_group=moved.is_group),
        words("questions.arm"): words.arm(moved.arm),
        words("methods.metric"): words.metric(moved.metric),
        words("finding"): words.finding(moved.finding),
        words("adjudication.before"): before,
        words("adjudication.after"): after,
        words("adjudication.change"): change,
    }
