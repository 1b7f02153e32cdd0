"""How every number was made: its question, method, source, and what it does not say."""

import re
from functools import lru_cache
from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.measurements import AGREEMENT, QUANTITIES, WITHIN
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
                words("methods.question"): words.phrase(facts.question),
                words("methods.method"): _method(view, [name], name.replace("_", " ")),
                words("methods.source"): facts.source,
                words("methods.caveat"): words.phrase(facts.caveat),
            }
            for name, facts in view.metric_facts.items()
        ]
        records += _of_measurements(view)
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


def _of_measurements(view: View) -> list[dict[str, str]]:
    """Return one row for each part of how measurements agree with their reference, all quantities together."""
    words = view.words
    records = []
    for part in (*AGREEMENT, WITHIN):
        method = _method(view, [quantity.metric(part) for quantity in QUANTITIES.values()])
        if method:
            records.append(
                {
                    words("methods.metric"): words(f"methods.measurements.{part}"),
                    words("methods.question"): words("methods.measurements.question"),
                    words("methods.method"): method,
                    words("methods.source"): "Bland and Altman, Stat Methods Med Res 1999;8:135",
                    words("methods.caveat"): words("methods.measurements.caveat"),
                }
            )
    return records


def _method(view: View, metrics: list[str], label: str = "") -> str:
    """Return the methods that the estimates of some metrics name, the commonest first, each once."""
    rows = [row for m in metrics for row in view.of(m)] or [row for m in metrics for row in view.in_subgroups(m)]
    made = [row for row in rows if row.value is not None] or rows
    methods = pd.Series([_tidy(row.method, label) for row in made if row.method], dtype="object")
    shown = [numbers.sentence(view.words.phrase(m)) for m in methods.value_counts().index[:_METHODS_AT_MOST]]
    return " ".join(shown)


@lru_cache(maxsize=8192)  # thousands of rows share some hundred methods
def _tidy(method: str, label: str) -> str:
    """Return a method without the metric's own name and without how many parts it has: that differs from row to row."""
    text = method.split("; note: ", 1)[0].removeprefix(f"{label}, ").removeprefix(f"{label}; ")
    text = re.sub(r"\bmean over (?:\d+ of )?\d+ findings?", "mean over findings", text)
    text = re.sub(r"\bmean over (?:\d+ of )?\d+ pairs? of these readers", "mean over pairs of readers", text)
    text = re.sub(r"(of readers) and (?:\d+ of )?\d+ findings", r"\1 and findings", text)
    text = re.sub(r"\bAUROC of (?:\d+ of )?\d+ findings", "AUROC", text)
    text = re.sub(r", \d+ readers(?=;|$)", ", mean over readers", text)
    return re.sub(r"^\d+ readers(?=;|$)", "mean over readers", text)
