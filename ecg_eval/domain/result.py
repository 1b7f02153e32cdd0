"""The result of a run, and the blocks that a report is built of: data first, words second."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from html import escape
from pathlib import Path

import pandas as pd

from ecg_eval.domain.evaluation import Evaluation
from ecg_eval.domain.facts.provenance import Provenance
from ecg_eval.domain.study import ReaderStudy

LEFT_OUT_COLUMNS = ("record_id", "reader_id", "stage", "reason")
STAGE_KEPT = "signal, kept"  # the stage of a flaw in a recording that takes part all the same


def left_out_table(rows: Sequence[tuple[str, str, str, str]]) -> pd.DataFrame:
    """Return what was left out as a table: (record_id, reader_id, stage, reason)."""
    return pd.DataFrame(list(rows), columns=list(LEFT_OUT_COLUMNS), dtype="string")


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyResult:
    """What a run folder holds, and all that a report may use.

    Attributes
    ----------
    study : ReaderStudy
    evaluation : Evaluation
    left_out : DataFrame
        Columns `record_id`, `reader_id`, `stage`, `reason`.
    provenance : Provenance
    name : str
        Short name of the run.
    heading : str or mapping of str to str
        The run's heading; a mapping gives one a language.
    measurements : DataFrame or None
        Measured and reference values (``domain.measurements``); None where the archive gives none to compare with.
    explanations : DataFrame or None
        Where networks' answers come from (``domain.facts.attribution``); None where nobody asked.
    """

    study: ReaderStudy
    evaluation: Evaluation
    left_out: pd.DataFrame
    provenance: Provenance = field(default_factory=Provenance)
    name: str = ""
    heading: str | Mapping[str, str] = ""
    measurements: pd.DataFrame | None = None
    explanations: pd.DataFrame | None = None

    @property
    def is_simulated(self) -> bool:
        """Whether recordings or readers are nobody's, as the run says; without its word, whether any reader is."""
        simulated = self.provenance.simulated
        return bool((self.study.readers["kind"] == "simulated").any()) if simulated is None else simulated

    def title(self, language: str = "en") -> str:
        """Return the run's heading in a language, in another where it has none in this one; else the run's name."""
        heading = self.heading
        if not isinstance(heading, str):
            heading = heading.get(language) or next(iter(heading.values()), "")
        return heading or self.name


@dataclass(frozen=True)
class Paragraph:
    """Words.

    Attributes
    ----------
    text : str
    about : str
        The name of a metric with which the text begins, as it is printed: a page leads from it to definition and rows.
    """

    text: str
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Listing(Paragraph):
    """Words of which a page sets several things below one another: `text` is the whole as one paragraph.

    Attributes
    ----------
    lead : str
        What leads to the things.
    items : tuple of str
    end : str
        What follows them.
    """

    lead: str
    items: tuple[str, ...]
    end: str = ""


@dataclass(frozen=True)
class Note:
    """A warning that must not be overlooked."""

    text: str


@dataclass(frozen=True, eq=False)
class Table:
    """A table: caption, data as it is shown (text already formatted).

    Attributes
    ----------
    caption : str
    frame : DataFrame
    folds : bool
        Whether a page shows the caption alone until somebody unfolds it: detail behind an overview. The footnotes that
        follow fold with it.
    sorts : bool
        Whether its headings put its rows in their order.
    """

    caption: str
    frame: pd.DataFrame
    folds: bool = False
    sorts: bool = False


@dataclass(frozen=True, eq=False)
class Figure:
    """A picture with the table that it was drawn from, for readers who cannot see it and for reuse.

    Attributes
    ----------
    caption : str
    draw : callable
        Gives the picture as SVG. It is called when somebody looks, and once: drawing costs more than all else of a
        page, and who wants the table alone does without.
    frame : DataFrame
    alt : str
        What the picture shows, in words.
    draw_narrow : callable, optional
        Gives the same picture for a screen as narrow as a phone's, with letters that are read there. Without it a phone
        shows the wide one, to be moved under the finger where it is wider than the screen.
    """

    caption: str
    draw: Callable[[], str]
    frame: pd.DataFrame
    alt: str
    draw_narrow: Callable[[], str] | None = None

    @cached_property
    def svg(self) -> str:
        """Return the picture as SVG."""
        return self.draw()

    @cached_property
    def narrow_svg(self) -> str:
        """Return the picture for a narrow screen as SVG; empty where there is none."""
        return "" if self.draw_narrow is None else self.draw_narrow()

    def __getstate__(self) -> dict[str, object]:
        """Draw before it goes to another process: a plug-in's drawing may harm its own alone, and closures stay."""
        narrow = {"narrow_svg": self.narrow_svg, "draw_narrow": partial(str, self.narrow_svg)}
        return {**vars(self), "svg": self.svg, "draw": partial(str, self.svg), **narrow}

    def _repr_html_(self) -> str:
        """Show the picture in a notebook."""
        return f'<figure role="img" aria-label="{escape(self.alt, quote=True)}">{self.svg}</figure>'

    def save(self, path: str | Path) -> None:
        """Write the picture as an SVG file."""
        Path(path).write_text(self.svg, encoding="utf-8")


Block = Paragraph | Note | Table | Figure
