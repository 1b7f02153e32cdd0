"""The summary for who leads a study: the answer, a picture of each question, what is odd; two pages of A4."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.result import Block, Figure, Note, Paragraph, StudyResult, Table
from ecg_eval.reports.build import blocks_of, page_of, parts_of
from ecg_eval.reports.view import look

_ANSWER, _ODD = "answer", "oddities"
_ODD_AT_MOST = 3


def render_summary(
    result: StudyResult,
    *,
    language: str = "en",
    sections: Sequence[Section],
    beside: Mapping[str, str] | None = None,
) -> str:
    """Return the summary as one HTML page that prints on two pages of A4.

    Parameters
    ----------
    result : StudyResult
    language : str
        "en" or "fr".
    sections : sequence of Section
        Those of the report: the summary takes the answer's words and note, the first picture of each other section that
        draws numbers of readers, and the first oddities.
    beside : mapping of str to str, optional
        "report" and "appendix" -> the file of that page in the same folder, to link to.

    Returns
    -------
    str
        A page that asks for nothing from anywhere.
    """
    view = look(result, language)
    words = view.words
    blocks = {s.name: blocks_of(s, result, language=language) for s in sections}
    answer = blocks.get(_ANSWER, [])
    pictures = _pictures(blocks[name] for name in ("differences", "agreement", "aid") if name in blocks)
    chosen: list[tuple[str, str, list[Block]]] = [
        ("answer", words("summary.answer"), [b for b in answer if type(b) is Paragraph]),
        ("pictures", words("summary.pictures"), list(pictures)),
        ("odd", words("summary.odd"), _odd(blocks.get(_ODD, []))),
        ("conclude", words("summary.conclude"), [b for b in answer if isinstance(b, Note)]),
    ]
    return page_of(
        view,
        "report.html.j2",
        kind=words("page.summary"),
        look="summary",
        beside={words(f"page.{name}"): page for name, page in (beside or {}).items()},
        script=None,
        parts=parts_of(chosen),
        contents=False,
    )


def _pictures(sections: Iterable[Sequence[Block]]) -> list[Figure]:
    """Return the first picture of each section, without its table: the report has it."""
    firsts = (next((b for b in blocks if isinstance(b, Figure)), None) for blocks in sections)
    return [replace(figure, frame=figure.frame.iloc[:0]) for figure in firsts if figure is not None]


def _odd(blocks: Sequence[Block]) -> list[Block]:
    """Return the first oddities: the table is ordered by harm."""
    return [replace(b, frame=b.frame.iloc[:_ODD_AT_MOST]) if isinstance(b, Table) else b for b in blocks]
