"""How every number was made: its question, method, source, and what it does not say."""

import re
from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.result import Block, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.view import View, look

_METHODS_AT_MOST = 3


class Methods(Section):
    """Questions, methods, sources and caveats of the metrics."""

    title: ClassVar[dict[str, str]] = {"en": "Methods", "fr": "Méthodes"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return how intervals were made, and one row a metric."""
        view = look(result, language)
        if not view.metrics:
            return []
        words = view.words
        records = [
            {
                words("methods.metric"): words.metric(name),
                words("methods.question"): words.phrase(facts.question if facts else ""),
                words("methods.method"): _method(view, name),
                words("methods.source"): facts.source if facts else "",
                words("methods.caveat"): words.phrase(facts.caveat if facts else ""),
            }
            for name, facts in ((m, view.metric_facts.get(m)) for m in view.metrics)
        ]
        return [*_intervals(view), Table(words("methods.caption"), pd.DataFrame.from_records(records), folds=True)]


def _intervals(view: View) -> list[Block]:
    intervals = view.result.provenance.intervals
    texts = [view.words("methods.level", level=view.level_percent)]
    if intervals and intervals.resamples:
        unit = view.words.phrase(intervals.unit)
        texts.append(view.words("methods.resamples", n=numbers.count(intervals.resamples, view.words), unit=unit))
    if intervals and intervals.adjustment:
        texts.append(view.words("methods.adjustment", text=view.words.phrase(intervals.adjustment)))
    planned = sum(row.pre_specified for row in view.rows)
    if planned:
        texts.append(view.words("methods.planned", n=numbers.count(planned, view.words)))
    else:
        texts.append(view.words("methods.exploratory"))
    return [Paragraph(" ".join(texts))]


def _method(view: View, metric: str) -> str:
    """Return the methods that a metric's estimates name, the commonest first, each once."""
    label = metric.replace("_", " ")
    methods = pd.Series([_tidy(row.method, label) for row in view.of(metric) if row.method], dtype="object")
    shown = [numbers.sentence(view.words.phrase(m)) for m in methods.value_counts().index[:_METHODS_AT_MOST]]
    return " ".join(shown)


def _tidy(method: str, label: str) -> str:
    """Return a method without the metric's own name and without how many of the parts could be used."""
    text = method.split("; note: ", 1)[0].removeprefix(f"{label}, ").removeprefix(f"{label}; ")
    return re.sub(r"\b\d+ of (\d+)", r"\1", text)
