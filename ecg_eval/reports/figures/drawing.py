"""The one place where matplotlib is set up: colours, type sizes, and SVG that is the same bytes every time.

Colours start from Okabe and Ito's (https://jfly.uni-koeln.de/color/) and are told apart with any colour vision, which a
test simulates; since a page may be printed in grey, every colour comes with its own marker or line style. Text stays
text in the SVG, in the page's own font: it is laid out in DejaVu Sans, which comes with matplotlib and is wider than
the fonts of a page, so that nothing overlaps.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING, Any

from ecg_eval.reports.words import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.typing import LineStyleType

INK, SOFT, LINE = "#1b2530", "#56636f", "#c9d0d7"
BLUE, VERMILION, GREEN, PINK, WINE, INDIGO = "#0072b2", "#d55e00", "#00785a", "#cc79a7", "#7a1f1f", "#332288"

# one machine a style: colour, dashes, marker
MACHINE_STYLES: tuple[tuple[str, "LineStyleType", str], ...] = (
    (BLUE, "-", "s"),
    (VERMILION, (0, (4, 1.5)), "D"),
    (INDIGO, (0, (1, 1)), "P"),
    (PINK, (0, (5, 1, 1, 1)), "X"),
    (WINE, (0, (2, 2)), "*"),
)
FLOOR_STYLE: tuple[str, "LineStyleType", str] = ("#7d8893", (0, (1, 2)), "d")
PEOPLE_MARKERS = (("o", "^"), ("v", ">"), ("p", "h"), ("<", "8"))  # one pair a kind of people: unaided, aided

PAGE_WIDTH_IN = 7.1  # the text width of an A4 page with its margins
_FONT = "'Segoe UI', 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
_SURPLUS = re.compile(r"(\d\.\d\d)\d+")  # a hundredth of a point is finer than any printer
_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "ecg_eval",
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 5,
    "axes.titley": 1.0,  # where it stands anyway; looking for what it might meet costs a third of a picture
    "axes.labelsize": 7.5,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": LINE,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "hatch.linewidth": 0.5,
}


@contextmanager
def canvas(width_in: float, height_in: float) -> Iterator["Figure"]:
    """Give an empty figure in the house style, apart from any global state of pyplot."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as Canvas

    with mpl.rc_context(_SETTINGS):
        yield Canvas(figsize=(width_in, height_in), layout="constrained")


def as_svg(figure: "Figure", name: str) -> Callable[[], str]:
    """Return what draws a figure as SVG for an HTML page: text as text, sizes relative, ids of its own.

    Parameters
    ----------
    figure : matplotlib Figure
    name : str
        Put before every id, so that two pictures on one page do not share one.
    """
    return partial(_svg, figure, name)


def _svg(figure: "Figure", name: str) -> str:
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if not axis.get_label_text():  # else room is sought for it at every look
                axis.set_label_coords(0, 0)
    buffer = StringIO()
    # savefig would draw twice, first to lay out alone; drawing lays out too
    drawn = FigureCanvasSVG(figure)
    with mpl.rc_context(_SETTINGS):
        drawn.print_svg(buffer, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))  # type: ignore[no-untyped-call]
    text = buffer.getvalue()
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(href="|url\()#', rf"\1#{name}-", text)
    text = re.sub(r'(?<= )(d|x|y|points|transform)="[^"]*"', lambda m: _SURPLUS.sub(r"\1", m[0]), text)
    return text.replace("'DejaVu Sans'", _FONT)


def ticks_in(words: Words) -> Callable[[float, object], str]:
    """Return how tick labels are written in a language."""
    return lambda value, _: f"{round(value, 6):g}".replace("-", "\u2212").replace(
        ".", "," if words.language == "fr" else "."
    )
