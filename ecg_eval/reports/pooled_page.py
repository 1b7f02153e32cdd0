"""The page of several studies put together: what they say, how far they differ, whether it drifts, and who they are."""

from collections.abc import Iterable, Sequence

import pandas as pd

from ecg_eval.domain.facts.pooled import Drift, PooledNumber, Pooling, Question
from ecg_eval.domain.result import Block, Figure, Note, Paragraph, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.build import page_of_its_own
from ecg_eval.reports.figures.pooled_forest import pooled_forest
from ecg_eval.reports.reasons import Footnote
from ecg_eval.reports.words import Words

FIGURES_AT_MOST = 40


def render_pooling(pooling: Pooling, *, language: str = "en", version: str = "", created: str = "") -> str:
    """Return the page.

    Parameters
    ----------
    pooling : Pooling
    language : str
        "en" or "fr".
    version, created : str
        Of the program, and the day.

    Returns
    -------
    str
        A page that asks for nothing from anywhere.
    """
    words = Words(language)
    n = len(pooling.studies)
    counted = words("pool.studies.one") if n == 1 else words("pool.studies.many", n=n)
    ecgs = numbers.count(sum(row[3] for row in pooling.studies), words)
    chosen: list[tuple[str, str, list[Block]]] = [
        ("answer", words("pool.answer"), _answer(pooling, words)),
        ("forests", words("pool.forests"), _forests(pooling, words)),
        ("drift", words("pool.drift"), _drift(pooling, words)),
        ("studies", words("pool.studies"), _studies(pooling, words)),
        ("methods", words("pool.methods"), [Paragraph(words("pool.how")), Paragraph(words("pool.caveat"))]),
    ]
    return page_of_its_own(
        words,
        "pool",
        chosen,
        facts=words("pool.facts", studies=counted, ecgs=ecgs),
        simulated=all(row[4] for row in pooling.studies),
        version=version,
        created=created,
    )


def said_lines(pooling: Pooling, language: str = "en") -> list[str]:
    """Return what must be known of the files before the numbers, a sentence each."""
    words = Words(language)
    lines = []
    if len(pooling.studies) == 1:
        lines.append(words("pool.one_study"))
    elif len(pooling.studies) == 2:
        lines.append(words("pool.two_studies"))
    for refused in pooling.refused:
        files = words.listed(list(refused.files)) if refused.files else ""
        lines.append(words(f"pool.{refused.kind}", study=refused.study, files=files))
    withheld = sum(number.withheld for number in pooling.numbers)
    if withheld:
        lines.append(words("pool.withheld.one") if withheld == 1 else words("pool.withheld.many", n=withheld))
    return lines


def _who(question: Question, words: Words) -> str:
    """Return whom a number is of: a program by its name, people by their kind."""
    name = question.reader if question.is_software else words.kind(question.reader, many=True)
    if question.beside:
        name = words("questions.besides", first=name, second=words.kind(question.beside, many=True))
    return numbers.capital(name) if not question.is_software else name


def _answer(pooling: Pooling, words: Words) -> list[Block]:
    """Return what must be known first, shares and agreement in a table each, and how far studies differ, folded."""
    blocks: list[Block] = [Note(line) for line in said_lines(pooling, words.language)]
    if not pooling.numbers:
        return [*blocks, Note(words("pool.nothing"))]
    level = _level(pooling)
    groups = _groups(pooling.numbers)
    for key, kinds in (("pool.table", ("sensitivity", "specificity")), ("pool.table.kappa", ("kappa",))):
        rows = [_row(group, words, kinds) for group in groups if {n.question.quantity for n in group} & {*kinds}]
        if rows:
            blocks.append(Table(words(key, level=level), pd.DataFrame.from_records(rows), sorts=True))
    notes = [note for number in pooling.numbers for note in number.notes if note != "one_study"]
    blocks += [Footnote(words(f"pool.note.{note}")) for note in dict.fromkeys(notes)]
    spread = [_spread(number, words) for number in pooling.numbers if len(number.studies) > 1]
    if spread:
        frame = pd.DataFrame.from_records(spread)
        blocks.append(Table(words("pool.table.spread"), frame, folds=True, sorts=True))
    return blocks


def _groups(pooled: Iterable[PooledNumber]) -> list[list[PooledNumber]]:
    """Return numbers of the same readers, arm and finding together."""
    groups: dict[tuple[str, bool, str, str, str], list[PooledNumber]] = {}
    for number in pooled:
        q = number.question
        groups.setdefault((q.reader, q.is_software, q.beside, q.arm, q.finding), []).append(number)
    return list(groups.values())


def _of(question: Question, words: Words) -> dict[str, str]:
    """Return the columns that say whom and what a row is of."""
    return {
        words("reader"): _who(question, words),
        words("questions.arm"): words.arm(question.arm),
        words("finding"): words.finding(question.finding),
    }


def _row(group: Sequence[PooledNumber], words: Words, quantities: Sequence[str]) -> dict[str, str]:
    record = _of(group[0].question, words)
    record[words("pool.n")] = numbers.count(max(len(number.studies) for number in group), words)
    for quantity in quantities:
        number = next((n for n in group if n.question.quantity == quantity), None)
        name = words(f"pool.{quantity}")
        record[name] = words("none") if number is None else _pooled(number, words)
        further = words("none")
        if number is not None and number.prediction_low is not None and number.prediction_high is not None:
            further = numbers.interval(number.prediction_low, number.prediction_high, words)
        record[words("pool.next", quantity=name)] = further
    return record


def _pooled(number: PooledNumber, words: Words) -> str:
    e = number.estimate
    return words("pool.withheld.all") if e.value is None else numbers.estimate(e.value, e.low, e.high, "", words)


def _spread(number: PooledNumber, words: Words) -> dict[str, str]:
    q, share = number.heterogeneity, number.i_squared
    percent = "" if share is None else numbers.count(round(100 * share), words)
    return {
        **_of(number.question, words),
        words("pool.quantity"): words(f"pool.{number.question.quantity}"),
        words("pool.i2"): f"{percent}{words('pool.percent')}" if percent else words("none"),
        words("pool.tau"): words("none") if number.tau is None else numbers.number(number.tau, words),
        words("pool.q"): words("none") if q.p_value is None else numbers.p_value(q.p_value, words),
    }


def _level(pooling: Pooling) -> str:
    return f"{100 * pooling.level:g}"


def _forests(pooling: Pooling, words: Words) -> list[Block]:
    plotted = [group for group in _groups(pooling.numbers) if max(len(number.studies) for number in group) > 1]
    figures: list[Block] = []
    for i, group in enumerate(plotted[:FIGURES_AT_MOST]):
        q = group[0].question
        title = ", ".join([_who(q, words), words.arm(q.arm), words.finding(q.finding)])
        figure: Figure | None = pooled_forest(group, name=f"pool-{i}", title=title, words=words, level=_level(pooling))
        figures += [figure] if figure is not None else []
    if len(plotted) > FIGURES_AT_MOST:
        figures.append(Footnote(words("pool.more_figures", shown=FIGURES_AT_MOST, n=len(plotted))))
    return figures


def _drift(pooling: Pooling, words: Words) -> list[Block]:
    """Return a row for each number that was tested, versions beside it; and why others were not."""
    tested = [drift for drift in pooling.drifts if drift.test.p_value is not None or drift.by_version]
    blocks: list[Block] = []
    if tested:
        frame = pd.DataFrame.from_records([_drift_row(drift, words) for drift in tested])
        blocks.append(Table(words("pool.drift.table"), frame, sorts=True))
        blocks.append(Footnote(words("pool.drift.note")))
    why = _reasons(pooling.drifts)
    blocks += [Paragraph(words("pool.drift.untested", n=n, reason=words.phrase(reason))) for reason, n in why]
    return blocks


def _reasons(drifts: Iterable[Drift]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for drift in drifts:
        if drift.test.p_value is None and drift.test.reason:
            counts[drift.test.reason] = counts.get(drift.test.reason, 0) + 1
    return list(counts.items())


def _drift_row(drift: Drift, words: Words) -> dict[str, str]:
    q, test, slope = drift.question, drift.test, drift.slope
    parts = [
        words("pool.drift.version", version=version, n=n, value=numbers.estimate(e.value, e.low, e.high, "", words))
        for version, n, e in drift.by_version
    ]
    if slope is not None and slope.value is not None:
        parts.append(
            words("pool.drift.year", value=numbers.estimate(slope.value, slope.low, slope.high, "", words, signed=True))
        )
    return {
        **_of(q, words),
        words("pool.quantity"): words(f"pool.{q.quantity}"),
        words("pool.moderator"): words(f"pool.moderator.{drift.moderator}"),
        words("pool.values"): "; ".join(parts) or words("none"),
        words("p"): words("none") if test.p_value is None else numbers.p_value(test.p_value, words),
        words("pool.p_adjusted"): words("none") if test.p_adjusted is None else numbers.p_value(test.p_adjusted, words),
    }


def _studies(pooling: Pooling, words: Words) -> list[Block]:
    records: Sequence[dict[str, str]] = [
        {
            words("pool.study"): study,
            words("pool.dataset"): dataset,
            words("pool.design"): words(f"design.{design}")
            if words.has(f"design.{design}")
            else design.replace("_", " "),
            words("pool.ecgs"): numbers.count(ecgs, words),
            words("pool.simulated.head"): words("pool.yes") if simulated else words("pool.no"),
        }
        for study, dataset, design, ecgs, simulated in pooling.studies
    ]
    return [Table(words("pool.studies.table"), pd.DataFrame.from_records(records))]
