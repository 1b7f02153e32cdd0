"""The page of a train x test matrix: one table a model, who ranks first with which seed, and what was done."""

import pandas as pd

from ecg_eval.domain.facts.matrix import MatrixResult, RankStability
from ecg_eval.domain.result import Block, Note, Paragraph, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.build import page_of_its_own
from ecg_eval.reports.reasons import Footnote
from ecg_eval.reports.words import Words


def render_matrix(result: MatrixResult, *, language: str = "en", version: str = "", created: str = "") -> str:
    """Return the page, which asks for nothing from anywhere.

    Parameters
    ----------
    result : MatrixResult
    language : str
        "en" or "fr".
    version, created : str
        Of the program, and the day.
    """
    words = Words(language)
    chosen: list[tuple[str, str, list[Block]]] = [
        ("answer", words("matrix.answer"), _answer(result, words)),
        ("ranks", words("matrix.ranks"), _ranks(result, words)),
        ("archives", words("matrix.archives"), [_archives(result, words)]),
        ("methods", words("matrix.methods"), [Paragraph(words("matrix.how", level=f"{100 * result.level:g}"))]),
    ]
    return page_of_its_own(
        words,
        "matrix",
        chosen,
        facts=words("matrix.facts", n=numbers.count(len(result.archives), words), name=result.name),
        dataset=words.apart([f"{name}{words('colon')} {words.phrase(title)}" for name, title, _ in result.archives]),
        simulated=result.simulated,
        version=version,
        created=created,
    )


def said_lines(result: MatrixResult, language: str = "en") -> list[str]:
    """Return, a sentence a model, archive taught on and archive read, what it reached, and how sure its rank is."""
    words = Words(language)
    lines = _warnings(result, words)
    for model in dict.fromkeys(x.model for x in result.numbers):
        for taught_on, _, _ in result.archives:
            for read_on, _, _ in result.archives:
                if result.cell(model, taught_on, read_on):
                    value = _cell(result, model, taught_on, read_on, words)
                    lines.append(words("matrix.said", model=model, taught=taught_on, read=read_on, value=value))
    return lines + [_rank_said(rank, words) for rank in result.ranks]


def _warnings(result: MatrixResult, words: Words) -> list[str]:
    lines = [
        words("matrix.failed", model=model, taught=taught_on, reason=words.phrase(reason))
        for model, taught_on, reason in result.failed
    ]
    silent: dict[tuple[str, str], list[str]] = {}
    for model, taught_on, reason in result.unsaid:
        silent.setdefault((model, taught_on), []).append(words.phrase(reason))
    lines += [
        words("matrix.unsaid", model=model, taught=taught_on, reasons=words.apart(reasons))
        for (model, taught_on), reasons in silent.items()
    ]
    lines += [words("matrix.unsaid.follows")] if silent else []
    return lines + [words("matrix.shared", first=first, second=second) for first, second in result.shared]


def _answer(result: MatrixResult, words: Words) -> list[Block]:
    warnings = _warnings(result, words)
    blocks: list[Block] = [Note(" ".join(warnings))] if warnings else []
    for model in dict.fromkeys(x.model for x in result.numbers):
        rows = [
            {words("matrix.taught"): taught_on}
            | {
                words("matrix.read", archive=read_on): _cell(result, model, taught_on, read_on, words)
                for read_on, _, _ in result.archives
            }
            for taught_on, _, _ in result.archives
        ]
        caption = words("matrix.table", model=model, scope=words.finding(result.overall).lower())
        blocks.append(Table(caption, pd.DataFrame.from_records(rows)))
    if not result.numbers:
        return [*blocks, Note(words("matrix.nothing"))]
    return [*blocks, Footnote(words("matrix.reading"))]


def _cell(result: MatrixResult, model: str, taught_on: str, read_on: str, words: Words) -> str:
    """Return the first seed's number with its interval, and from where to where the seeds go."""
    cell = result.cell(model, taught_on, read_on)
    if not cell:
        return words("matrix.cell.none")
    first = cell[0].value
    text = numbers.estimate(first.value, first.low, first.high, first.reason or "", words)
    values = [x.value.value for x in cell if x.value.value is not None]
    if len(values) < 2:
        return text
    low, high = (numbers.number(value, words) for value in (min(values), max(values)))
    return words("matrix.cell", value=text, n=numbers.count(len(values), words), low=low, high=high)


def _ranks(result: MatrixResult, words: Words) -> list[Block]:
    if not result.ranks:
        return []
    rows = [
        {
            words("matrix.taught"): rank.taught_on,
            words("matrix.read_on"): rank.read_on,
            words("matrix.first"): _first(rank, words),
            words("matrix.agreement"): words("matrix.cell.none")
            if rank.agreement is None
            else numbers.number(rank.agreement, words, signed=True),
        }
        for rank in result.ranks
    ]
    return [
        Table(words("matrix.ranks.table"), pd.DataFrame.from_records(rows)),
        Footnote(words("matrix.ranks.reading")),
    ]


def _first(rank: RankStability, words: Words) -> str:
    n = len(rank.best)
    return words.listed([
        words("matrix.times", model=model, n=numbers.count(rank.best.count(model), words), of=numbers.count(n, words))
        for model in dict.fromkeys(rank.best)
    ])  # fmt: skip


def _rank_said(rank: RankStability, words: Words) -> str:
    return words("matrix.said.rank", taught=rank.taught_on, read=rank.read_on, first=_first(rank, words))


def _archives(result: MatrixResult, words: Words) -> Table:
    rows = [
        {
            words("matrix.archive"): name,
            words("matrix.what"): words.phrase(title),
            words("matrix.n"): numbers.count(n, words),
        }
        for name, title, n in result.archives
    ]
    return Table(words("matrix.archives.caption"), pd.DataFrame.from_records(rows))
