"""The page of a stress test: from which dose on a model falls clearly, pictures, all numbers, and what was done."""

from collections.abc import Sequence

import pandas as pd

from ecg_eval.domain.facts.stress import StressNumber, StressPart, StressResult
from ecg_eval.domain.result import Block, Figure, Note, Paragraph, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.build import page_of_its_own
from ecg_eval.reports.figures.dose_response import dose_response, dose_text
from ecg_eval.reports.reasons import Footnote
from ecg_eval.reports.words import Words


def render_stress(result: StressResult, *, language: str = "en", version: str = "", created: str = "") -> str:
    """Return the page, which asks for nothing from anywhere.

    Parameters
    ----------
    result : StressResult
    language : str
        "en" or "fr".
    version, created : str
        Of the program, and the day.
    """
    words = Words(language)
    figures = [dose_response(result, metric=m, words=words) for m in dict.fromkeys(x.metric for x in result.numbers)]
    chosen: list[tuple[str, str, list[Block]]] = [
        ("answer", words("stress.answer"), _answer(result, words)),
        ("pictures", words("stress.pictures"), [f for f in figures if isinstance(f, Figure)]),
        ("done", words("stress.done"), [_done(result, words), *_left_out(result, words)]),
        ("methods", words("stress.methods"), [Paragraph(words("stress.how", level=f"{100 * result.level:g}"))]),
    ]
    return page_of_its_own(
        words,
        "stress",
        chosen,
        facts=words("stress.facts", n=numbers.count(result.n_records, words), name=result.name),
        dataset=words.phrase(result.dataset),
        simulated=result.simulated,
        version=version,
        created=created,
    )


def said_lines(result: StressResult, language: str = "en") -> list[str]:
    """Return, a sentence a model and perturbation, from which dose on its first metric has clearly changed."""
    words = Words(language)
    lines = _warnings(result, words)
    for part in result.parts:
        if not any(part.n_records):
            reasons = [words("stress.reason", reason=words.phrase(r), n=n) for r, n in part.reasons]
            lines.append(words("stress.not_done", what=_name(part, words), reasons=words.apart(reasons)))
    models = dict.fromkeys(x.model for x in result.numbers)
    return [
        *lines,
        *(_said(result, model, part, words) for model in models for part in result.parts if any(part.n_records)),
    ]


def _warnings(result: StressResult, words: Words) -> list[str]:
    """Return who left no reading, and what models cannot say: a sentence a reason, with all whom it is about."""
    lines = [words("stress.failed", model=model, reason=words.phrase(reason)) for model, reason in result.failed]
    silent: dict[str, list[str]] = {}
    for model, reason in result.unsaid:
        silent.setdefault(reason, []).append(model)
    return lines + [
        words("stress.unsaid", models=words.listed(models), reason=words.phrase(reason))
        for reason, models in silent.items()
    ]


def _said(result: StressResult, model: str, part: StressPart, words: Words) -> str:
    mine = [
        x for x in result.numbers if (x.model, x.perturbation, x.finding) == (model, part.perturbation, result.overall)
    ]
    metric = mine[0].metric if mine else ""
    changed = [x for x in mine if x.metric == metric and x.dose is not None]
    values = {"model": model, "what": _name(part, words), "metric": words.metric(metric)}
    if not any(x.change is not None and x.change.value is not None for x in changed):
        return words("stress.said.unknown", **values)
    clear = [x for x in changed if x.is_clear]
    first = next(iter(clear), None)
    if first is None:
        worst = min((x for x in changed if x.change is not None), key=_change)
        return words("stress.said.none", **values, dose=dose_text(part, worst.dose, words), change=_text(worst, words))
    key = "stress.said.from" if part.unit else "stress.said.kinds"
    doses = words.listed([dose_text(part, x.dose, words) for x in clear])
    return words(key, **values, dose=dose_text(part, first.dose, words), doses=doses, change=_text(first, words))


def _change(x: StressNumber) -> float:
    return x.change.value if x.change is not None and x.change.value is not None else 0.0


def _text(x: StressNumber, words: Words) -> str:
    c = x.change
    return "" if c is None else numbers.estimate(c.value, c.low, c.high, c.reason or "", words, signed=True)


def _name(part: StressPart, words: Words) -> str:
    key = f"stress.{part.perturbation}"
    return words(key) if words.has(key) else part.perturbation


def _answer(result: StressResult, words: Words) -> list[Block]:
    """Return what must be known first, then a row a perturbation with the dose from which each model falls."""
    warnings = _warnings(result, words)
    blocks: list[Block] = [Note(" ".join(warnings))] if warnings else []
    models = list(dict.fromkeys(x.model for x in result.numbers))
    rows = [
        {words("stress.what"): _name(part, words)} | {model: _cell(result, model, part, words) for model in models}
        for part in result.parts
        if any(part.n_records)
    ]
    if rows and models:
        metric = words.metric(result.numbers[0].metric)
        scope = words.finding(result.overall).lower()
        blocks.append(Table(words("stress.table", metric=metric, scope=scope), pd.DataFrame.from_records(rows)))
        blocks.append(Footnote(words("stress.reading")))
    return blocks or [Note(words("stress.nothing"))]


def _cell(result: StressResult, model: str, part: StressPart, words: Words) -> str:
    mine = [
        x for x in result.numbers if (x.model, x.perturbation, x.finding) == (model, part.perturbation, result.overall)
    ]
    changed = [x for x in mine if x.metric == mine[0].metric and x.dose is not None]
    if not any(x.change is not None and x.change.value is not None for x in changed):
        return words("stress.cell.unknown")
    first = next((x for x in changed if x.is_clear), None)
    if first is None:
        return words("stress.cell.none")
    return words("stress.cell", dose=dose_text(part, first.dose, words), change=_text(first, words))


def _done(result: StressResult, words: Words) -> Table:
    rows = [
        {
            words("stress.what"): _name(part, words),
            words("stress.doses"): "; ".join(dose_text(part, dose, words) for dose in part.doses),
            words("stress.n"): _counts(part.n_records, words),
            words("stress.about"): words.phrase(part.about),
            words("stress.source"): part.source,
        }
        for part in result.parts
    ]
    return Table(words("stress.done.caption"), pd.DataFrame.from_records(rows))


def _counts(n_records: Sequence[int], words: Words) -> str:
    """Return one count where all doses have it, else all."""
    counts = dict.fromkeys(n_records) if len(set(n_records)) == 1 else n_records
    return ", ".join(numbers.count(n, words) for n in counts)


def _left_out(result: StressResult, words: Words) -> list[Block]:
    """Return what could not be done to some recordings, and what models did not answer."""
    notes: list[Block] = [
        Footnote(
            words("stress.left_out", what=_name(part, words), reason=words.phrase(reason), n=numbers.count(n, words))
        )
        for part in result.parts
        for reason, n in part.reasons
    ]
    parts = {part.perturbation: part for part in result.parts}
    rows = [
        {
            words("reader"): model,
            words("stress.what"): _name(parts[name], words),
            words("stress.dose"): dose_text(parts[name], dose, words),
            words("stress.silent.n"): numbers.count(n, words),
        }
        for model, name, dose, n in result.silent
    ]
    return [*notes, *([Table(words("stress.silent"), pd.DataFrame.from_records(rows))] if rows else [])]
