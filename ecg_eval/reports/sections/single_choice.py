"""Single choices: of findings of which each ECG has exactly one, which class was taken for which, by whom."""

from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.evaluation import POOLED
from ecg_eval.domain.result import Block, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.choices import Choices, choices_of, chooser, single_choices, without_class
from ecg_eval.reports.figures.choices import choices_figure, choices_table, drawn_choices
from ecg_eval.reports.reasons import Footnote
from ecg_eval.reports.view import View, look

_MISTAKES_NAMED = 3


class SingleChoice(Section):
    """One part for each group of exclusive findings: right choices, mistakes, a square and a table a reader."""

    title: ClassVar[dict[str, str]] = {
        "en": "Single choice: which class was taken for which",
        "fr": "Choix unique : quelle classe a été prise pour quelle autre",
    }

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return the parts; nothing where the study has no findings that exclude one another."""
        view = look(result, language)
        return [block for classes in single_choices(result) for block in _part(view, classes)]


def _part(view: View, classes: tuple[str, ...]) -> list[Block]:
    words = view.words
    names = words.listed([words.finding(code) for code in classes])
    every = choices_of(view, classes)
    chose = [one for one in every if one.counts.any()]
    if not chose:
        return [Paragraph(words("choices.nothing", classes=names))]
    drawn = drawn_choices(view, chose)
    rest = [one for one in chose if one not in drawn]
    figure = choices_figure(view.result, classes=classes, language=view.language)
    blocks: list[Block] = [
        Paragraph(words("choices.reading", classes=names)),
        *([] if figure is None else [figure]),
        Table(words("choices.summary", classes=names), _summary(view, drawn, classes)),
        *_footnotes(view, every, classes),
    ]
    if rest:
        summary, each = _summary(view, rest, classes), choices_table(view, rest, classes)
        blocks.append(Table(words("choices.summary.each", classes=names), summary, folds=True, sorts=True))
        blocks.append(Table(words("choices.each", classes=names), each, folds=True))
    return blocks


def _summary(view: View, choices: list[Choices], classes: tuple[str, ...]) -> pd.DataFrame:
    words = view.words
    metric = _share_metric(view, classes)
    records = []
    for one in choices:
        row = view.one(metric, one.party, POOLED) if metric else None
        record = {
            words("reader"): chooser(view, one.party),
            words("choices.right"): _of(view, one.right, int(one.answered.sum())),
        }
        if metric:
            record[words("choices.share")] = row.text(words) if row else words("none")
        records.append(record | {words("choices.mistake"): _mistakes(view, one, classes)})
    return pd.DataFrame.from_records(records)


def _of(view: View, top: int, bottom: int) -> str:
    words = view.words
    return words("answer.of", top=numbers.count(top, words), bottom=numbers.count(bottom, words))


def _mistakes(view: View, one: Choices, classes: tuple[str, ...]) -> str:
    """Return which class was most often taken for which other, with counts; equally frequent ones all, or how many."""
    words, met = view.words, one.mistakes
    if not met:
        return words("choices.no_mistake")
    named = [
        words(
            "choices.taken",
            true=numbers.capital(words.finding(classes[i])),
            chosen=words.finding(classes[j]),
            n=_of(view, int(one.counts[i, j]), int(one.answered[i])),
        )
        for i, j in met[:_MISTAKES_NAMED]
    ]
    more = len(met) - len(named)
    form = "choices.more.one" if more == 1 else "choices.more.many"
    return words.apart(named) + (words(form, n=numbers.count(more, words)) if more else "")


def _share_metric(view: View, classes: tuple[str, ...]) -> str:
    """Return the metric that says how many ECGs have the right one of these classes chosen; empty where not asked."""
    metric = view.playing("right_class")
    if not metric:
        return ""
    asked = view.metric_facts[metric].classes or view.result.study.findings
    return metric if set(asked) == set(classes) else ""


def _footnotes(view: View, every: list[Choices], classes: tuple[str, ...]) -> list[Block]:
    """Return what stands in no table: ECGs without one true class, readers who called nothing; and what words mean."""
    words, notes = view.words, list[str]()
    if n := without_class(view.result, classes):
        notes.append(words(f"choices.unjudged.{'one' if n == 1 else 'many'}", n=numbers.count(n, words)))
    if any(one.counts[:, -1].any() for one in every):
        notes.append(words("choices.explained"))
    if _share_metric(view, classes):
        notes.append(words("choices.share.explained"))
    if names := [chooser(view, one.party) for one in every if not one.counts.any()]:
        notes.append(words("choices.uncalled", readers=words.listed(names)))
    return [Footnote(" ".join(notes))] if notes else []
