"""A booklet of ECGs on A4 in landscape: a cover, then an ECG a page, true to scale, with words above and below."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_STYLE = """
@page { size: A4 landscape; margin: 10mm; }
body { font-family: sans-serif; margin: 0; color: #000; }
section { page-break-after: always; }
section:last-child { page-break-after: auto; }
.head { display: flex; justify-content: space-between; align-items: baseline; height: 12mm; }
.code { font-size: 20pt; font-weight: bold; letter-spacing: 1pt; }
.head span { font-size: 11pt; }
svg { display: block; }
.below { font-size: 12pt; margin-top: 3mm; border: 0.3mm solid #000; padding: 2mm 3mm; }
.quiet { font-size: 10pt; line-height: 1.3; margin-top: 2mm; white-space: pre-line; }
.cover { padding: 25mm 30mm; }
.cover h1 { font-size: 26pt; margin: 0 0 8mm; }
.cover p { font-size: 13pt; line-height: 1.5; margin: 0 0 4mm; }
"""


@dataclass(frozen=True, kw_only=True)
class BookletPage:
    """One ECG.

    Attributes
    ----------
    code : str
        The blinded id.
    middle, right : str
        Words beside it.
    svg : str
        The drawing (``drawing/ecg_paper.py``); empty where there is none.
    below : str
        Words under the drawing; a new line begins one.
    is_framed : bool
        Whether they stand in a frame: what is shown on some pages and not on others must not be overlooked.
    """

    code: str
    middle: str = ""
    right: str = ""
    svg: str = ""
    below: str = ""
    is_framed: bool = False


def booklet_html(title: str, cover: Sequence[str], pages: Sequence[BookletPage], language: str = "en") -> str:
    """Return a booklet as one page of HTML that ``drawing/pdf.py`` prints without scaling.

    Parameters
    ----------
    title : str
    cover : sequence of str
        Paragraphs of the first page.
    pages : sequence of BookletPage
    language : str
        Of the words, for programs that read aloud.
    """
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in cover)
    first = f'<section class="cover"><h1>{escape(title)}</h1>{paragraphs}</section>'
    body = "".join(map(_section, pages))
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="{language}"><head>{head}</head><body>{first}{body}</body></html>'


def _section(page: BookletPage) -> str:
    head = (
        f'<div class="head"><span class="code">{escape(page.code)}</span><span>{escape(page.middle)}</span>'
        f"<span>{escape(page.right)}</span></div>"
    )
    below = f'<div class="{"below" if page.is_framed else "quiet"}">{escape(page.below)}</div>' if page.below else ""
    return f"<section>{head}{page.svg}{below}</section>"
