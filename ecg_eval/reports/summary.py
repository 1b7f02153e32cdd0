"""The summary for who leads a study: the answer, a picture of each question, what is odd; two pages of A4."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.result import Block, Figure, Note, StudyResult, Table
from ecg_eval.reports.build import blocks_of, page_of, paragraphs_of, parts_of
from ecg_eval.reports.figures import aid_figure, beside_figure, forest_figure, roc_figure, slopes_figure
from ecg_eval.reports.view import look

_ANSWER, _ODD = "answer", "oddities"
_ODD_AT_MOST = 3
_HALF_IN = 3.5  # two pictures side by side on paper


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
        Those of the report: the summary takes the answer's words and note, and the first oddities. Its pictures are its
        own: of the means alone, half a page wide.
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
    pictures = _pictures(result, language, asked={s.name for s in sections})
    chosen: list[tuple[str, str, list[Block]]] = [
        ("answer", words("summary.answer"), list(paragraphs_of(answer))),
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


def _pictures(result: StudyResult, language: str, *, asked: Collection[str]) -> list[Figure]:
    """Return one picture each of accuracy, of the effect of help and of agreement, where the report has them.

    Without a table: the report has it.
    """
    accuracy = roc_figure(result, overall_alone=True, language=language) or forest_figure(result, language=language)
    help_ = slopes_figure(result, language=language, width_in=_HALF_IN) or aid_figure(result, language=language)
    drawn = {
        "roc": accuracy,
        "aid": help_,
        "agreement": beside_figure(result, overall_alone=True, language=language),
    }
    chosen = [figure for name, figure in drawn.items() if name in asked and figure is not None]
    return [replace(figure, frame=figure.frame.iloc[:0]) for figure in chosen]


def _odd(blocks: Sequence[Block]) -> list[Block]:
    """Return the first oddities: the table is ordered by harm."""
    return [replace(b, frame=b.frame.iloc[:_ODD_AT_MOST]) if isinstance(b, Table) else b for b in blocks]
