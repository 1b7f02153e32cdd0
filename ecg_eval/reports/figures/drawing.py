"""The one place where matplotlib is set up: colours, type sizes, and SVG that is the same bytes every time.

Colours start from Okabe and Ito's (https://jfly.uni-koeln.de/color/) and are told apart with any colour vision, which a
test simulates; since a page may be printed in grey, every colour comes with its own marker or line style. Text stays
text in the SVG, in the page's own font: it is laid out in DejaVu Sans, which comes with matplotlib and is wider than
the fonts of a page, so that nothing overlaps.

Most pictures are drawn twice: as wide as a printed page, and as narrow as a phone, where a wide one would be cut or be
too small to read. A narrow one has its parts below one another, its names broken into lines and no letter below 6.5
points, which are 9 px on a screen of 390.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from io import StringIO
from textwrap import fill
from typing import TYPE_CHECKING, Any

from ecg_eval.reports.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
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
NARROW_WIDTH_IN = 3.5  # of a phone's screen, and half a printed page
LINE_IN = 0.135  # from one line of letters to the next
_LETTERS_PER_IN = 15.5  # of 7.5 points
_NAMES_IN, _BETWEEN_IN = 1.26, 0.04  # room for names beside a narrow picture, and between two of them
_NARROW = "-narrow"  # after the name of a narrow picture, which stands on the page beside the wide one
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


def is_narrow(width_in: float) -> bool:
    """Return whether a picture is drawn for a phone, or for half a page."""
    return width_in <= NARROW_WIDTH_IN


def wrapped(text: str, width_in: float, *, size_pt: float = 7.5, bold: bool = False) -> str:
    r"""Return a text with line breaks, so that no line is wider than some inches.

    A name that is too long breaks after an underscore, or anywhere.

    Examples
    --------
    >>> wrapped("a_network_of_ours with help", 1.0)
    'a_network_\nof_ours with\nhelp'
    """
    letters = _LETTERS_PER_IN * 7.5 / size_pt / (1.15 if bold else 1.0)
    lines = fill(text.replace("_", "_\0 "), max(round(width_in * letters), 6))
    return lines.replace("_\0 ", "_").replace("_\0", "_")


def name_ticks(axes: "Axes", names: Sequence[str], *, width_in: float, across: bool = False) -> None:
    """Write names beside the places 0, 1, ... of an axis, in ink and broken into lines where the picture is narrow."""
    shown = _broken(names, width_in)
    (axes.set_xticks if across else axes.set_yticks)(range(len(shown)), shown)
    axes.tick_params(axis="x" if across else "y", length=0, labelcolor=INK, labelsize=7.5)


def row_in(names: Sequence[str], *, width_in: float, least_in: float) -> float:
    """Return how high a row must be for the longest of the names that ``name_ticks`` writes, in inches."""
    return max(least_in, LINE_IN * max(name.count("\n") + 1 for name in _broken(names, width_in)) + _BETWEEN_IN)


def _broken(names: Sequence[str], width_in: float) -> list[str]:
    return [wrapped(name, _NAMES_IN) for name in names] if is_narrow(width_in) else list(names)


def as_svg(figure: "Figure", name: str) -> Callable[[], str]:
    """Return what gives a figure as SVG, for the `draw` of a picture that has one width."""
    return partial(svg_of, figure, name)


def svg_of(figure: "Figure", name: str) -> str:
    """Return a figure as SVG for an HTML page: text as text, sizes relative, ids of its own.

    Parameters
    ----------
    figure : matplotlib Figure
    name : str
        Put before every id, so that two pictures on one page do not share one.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    name = f"{name}{_NARROW}" if is_narrow(figure.get_figwidth()) else name
    for axes in figure.axes:
        for label in axes.get_yticklabels():
            label.set_multialignment("right")
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
