"""A booklet a reader and session: the ECGs in their order, the AI's output only where the schedule says with help."""

from collections.abc import Callable
from functools import lru_cache

import pandas as pd

from ecg_eval.domain.reading import AIDED
from ecg_eval.domain.recording import Recording
from ecg_eval.drawing.booklet import BookletPage, booklet_html
from ecg_eval.drawing.ecg_paper import draw_ecg
from ecg_eval.errors import EcgEvalError
from ecg_eval.planning.materials.questions import Questions, ShownOutput
from ecg_eval.planning.wordings import Words

Draw = Callable[[str], str | EcgEvalError]  # record id -> its drawing, or why there is none
_DRAWN = 512  # drawings that are held, of some 100 KB each


def booklet_of(rows: pd.DataFrame, questions: Questions, shown: ShownOutput, draw: Draw) -> str:
    """Return the booklet of one reader's session as a page of HTML.

    Parameters
    ----------
    rows : DataFrame
        The schedule's rows of the session in their order, with `record_id`.
    questions : Questions
    shown : ShownOutput
    draw : callable
        Record id -> its drawing, or why there is none.
    """
    words = questions.words
    first = rows.iloc[0]
    when = words.date(str(first["date"])) or words("day", day=first["day"])
    n_ecgs = int(rows["place"].max())
    session = words("booklet.session", session=first["session"])
    cover = [
        f"{words('booklet.reader', reader=first['reader_id'])} - {session}",
        words("booklet.when", when=when),
        words("booklet.ecgs", ecgs=words.count("ecg", n_ecgs)),
        words("booklet.scale"),
        words("booklet.answers"),
    ]
    right = f"{first['reader_id']} - {session}"
    pages = [
        _page(row, words, (n_ecgs, right, shown.text(row["record_id"], questions)), draw) for _, row in rows.iterrows()
    ]
    return booklet_html(words("booklet.title"), cover, pages, questions.language)


def _page(row: "pd.Series[str]", words: Words, about: tuple[int, str, str], draw: Draw) -> BookletPage:
    """Return a page; what the AI says stands on it only where the reading is one with help."""
    n_ecgs, right, output = about
    is_aided = row["arm"] == AIDED
    drawing = draw(row["record_id"])
    below = output if is_aided else words("ai.without")
    if isinstance(drawing, EcgEvalError):
        below, drawing = words("booklet.not_drawn"), ""
    return BookletPage(
        code=row["blinded_id"],
        middle=words("booklet.of", place=row["place"], n=n_ecgs),
        right=right,
        svg=drawing,
        below=below,
        is_framed=is_aided,
    )


def drawer(load: Callable[[str], Recording], language: str) -> Draw:
    """Return what draws a recording by its id; one that cannot be drawn gives the reason in place of a drawing.

    Parameters
    ----------
    load : callable
        Record id -> recording.
    language : {"en", "fr"}
    """

    @lru_cache(maxsize=_DRAWN)  # every reader reads the same ECGs
    def draw(record_id: str) -> str | EcgEvalError:
        try:
            return draw_ecg(load(record_id), language=language)
        except EcgEvalError as error:
            return error

    return draw
