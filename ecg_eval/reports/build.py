"""Put the sections of a report on one self-contained page: no request leaves it, and it prints on A4."""

import re
import warnings
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NotRequired, TypedDict

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.facts.metric import Answers
from ecg_eval.domain.reading import MACHINE_KINDS
from ecg_eval.domain.result import Block, Figure, Listing, Note, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.reasons import Footnote
from ecg_eval.reports.tracings import windowed
from ecg_eval.reports.view import View, look
from ecg_eval.reports.words import Words

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_TEMPLATES = Path(__file__).parent / "templates"

# "0.85 (0.79 to 0.90) [1]": the interval is set smaller, under its value, with the number of its footnote
_VALUE_AND_INTERVAL = re.compile(r"^(?P<value>[^()]+?) (?P<interval>\([^()]+\)(?: \[\d+\])*)$")
_PARTED = re.compile("(\u00a0?; )")  # as Words.apart joins, so that each of several places in a cell leads there
_HALF_AT_MOST_PT = 300.0
_FEW_COLUMNS = 8  # of a table whose intervals stay on one line of paper
_SHORT = 14  # rows of a table that is not broken over two printed pages
_COUNT = re.compile(r"^[\d,.\u202f%<>−+–-]*$")


@dataclass(frozen=True)
class Links:
    """Where the names of metrics on a page lead.

    Attributes
    ----------
    hrefs : dict of str to str
        A metric's name as it is printed -> its definition, method, source and rows.
    ids : dict of str to str
        A metric's name -> the id of the row that defines it on this page.
    """

    hrefs: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)


def render_report(
    result: StudyResult,
    *,
    language: str = "en",
    sections: Sequence[Section],
    beside: Mapping[str, str] | None = None,
) -> str:
    """Return the report as one HTML page.

    Parameters
    ----------
    result : StudyResult
    language : str
        "en" or "fr".
    sections : sequence of Section
        In the order of the page; one with nothing to say is left out.
    beside : mapping of str to str, optional
        "summary" and "appendix" -> the file of that page in the same folder, to link to.

    Returns
    -------
    str
        A page with its styles and pictures inside; it asks for nothing from anywhere.

    Raises
    ------
    UnknownNameError
        For a language without a catalogue.
    """
    view = look(result, language)
    parts = [part for section in sections if (part := part_of(section, result, language))]
    appendix, has_methods = (beside or {}).get("appendix", ""), any(part["name"] == "methods" for part in parts)
    for part in parts:
        part["links"] = _links(view, part["name"], appendix=appendix, has_methods=has_methods)
    return page_of(
        view,
        "report.html.j2",
        kind=view.words("report"),
        look="report",
        beside={view.words(f"page.{name}"): page for name, page in (beside or {}).items()},
        script=script("sort.js", "save.js"),
        parts=parts,
    )


class Item(TypedDict):
    """A block as the templates take it: what it is, and the footnotes of a table that folds."""

    kind: str
    block: Block
    notes: NotRequired[list[Block]]


class Part(TypedDict):
    """A section as the templates take it."""

    name: str
    title: str
    blocks: list[Item]
    links: Links


def part_of(section: Section, result: StudyResult, language: str) -> Part | None:
    """Return a section as the templates take it; None where it has nothing to say."""
    title = section.title.get(language, section.title.get("en", section.name))
    return next(iter(parts_of([(section.name, title, _drawn(section, result, language=language))])), None)


def parts_of(chosen: Iterable[tuple[str, str, Sequence[Block]]]) -> list[Part]:
    """Return names, titles and blocks as the templates take them, without those that have nothing to say."""
    return [
        {"name": name, "title": title, "blocks": folded(blocks), "links": Links()}
        for name, title, blocks in chosen
        if blocks
    ]


def page_of(view: View, template: str, *, title: str = "", **values: object) -> str:
    """Return a page from its template, with the head that all pages of a study share."""
    head = _head(view) | ({"title": title} if title else {})
    return page_with(view.words, template, head=head, simulated=view.simulated, **values)


def page_with(words: Words, template: str, *, head: Mapping[str, str], simulated: bool, **values: object) -> str:
    """Return a page from its template and what stands above its first section: title, facts, dataset, created, version.

    `footer` among the values replaces the usual last line.
    """
    shared = {"words": words, "simulated": simulated, "head": head, "css": _css(), "footer": words("footer")}
    return _environment().get_template(template).render(**(shared | values))


def page_of_its_own(
    words: Words,
    name: str,
    chosen: Sequence[tuple[str, str, list[Block]]],
    *,
    facts: str,
    dataset: str = "",
    simulated: bool,
    version: str,
    created: str,
) -> str:
    """Return a page that is no report's: of a stress test, a matrix, pooled studies.

    Parameters
    ----------
    words : Words
    name : str
        Under which the catalogue has its title, kind and last line ("stress", "matrix", "pool").
    chosen : sequence of (name, title, blocks)
        Its sections; one without blocks is left out.
    facts, dataset : str
        What stands below the title.
    simulated : bool
        Whether what was read is of no patient, which the page then says first.
    version, created : str
        Of the program, and the day.
    """
    head = {"title": words(f"{name}.title"), "facts": facts, "dataset": dataset}
    return page_with(
        words,
        "report.html.j2",
        head={**head, "created": created, "version": version},
        simulated=simulated,
        kind=words(f"{name}.kind"),
        look="report",
        beside={},
        script=script("sort.js"),
        parts=parts_of([part for part in chosen if part[2]]),
        footer=words(f"{name}.footer"),
    )


def script(*names: str) -> dict[str, object]:
    """Return scripts of ours as one, and the digest by which a page's policy lets it, and nothing else, run."""
    text = "".join((_TEMPLATES / name).read_text(encoding="utf-8") for name in names)
    digest = b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii")
    return {"text": _markup(text), "digest": f"sha256-{digest}"}


# what the metrics answer that a section of ours shows, where two metrics have one short name
_SHOWS: Mapping[str, Answers] = {
    "answer": "reading",
    "accuracy": "reading",
    "agreement": "agreement",
    "differences": "difference",
    "aid": "aid",
}


def _links(view: View, section: str, *, appendix: str, has_methods: bool) -> Links:
    """Return where names of metrics lead: to the appendix where there is one, else to the methods on the page.

    A short name that several metrics share is that of the kind that the section shows, or leads nowhere.
    """
    by_name: dict[str, list[str]] = {}
    for metric in view.metrics:
        for name in {view.words.metric(metric, short=short) for short in (False, True)}:
            by_name.setdefault(name, []).append(metric)
    shown = view.answering(_SHOWS[section]) if section in _SHOWS else []
    meant = {name: [m for m in alike if m in shown] or alike for name, alike in by_name.items()}
    single = {name: alike[0] for name, alike in meant.items() if len(alike) == 1}
    ids = {view.words.metric(m): f"metric-{m}" for m in view.metrics} if section == "methods" else {}
    if appendix:
        return Links({name: f"{appendix}#metric={m}" for name, m in single.items()}, ids)
    return Links({name: f"#metric-{m}" for name, m in single.items()} if has_methods else {}, ids)


@lru_cache(maxsize=64)  # the pages of a study share them
def blocks_of(section: Section, result: StudyResult, *, language: str) -> list[Block]:
    """Return what a section says, or one paragraph with the reason where it raises: the others stand without it.

    Warns
    -----
    UserWarning
        With the section and the reason, so that whoever made the report learns of it too.
    """
    try:
        return section.blocks(result, language=language)
    except (Exception, SystemExit) as error:  # a section may be anybody's, and may raise anything
        return [_broken(section, error, language)]


def paragraphs_of(blocks: Sequence[Block]) -> list[Paragraph]:
    """Return the words among blocks, without the footnotes, which belong to tables."""
    return [b for b in blocks if isinstance(b, Paragraph) and not isinstance(b, Footnote)]


def _drawn(section: Section, result: StudyResult, *, language: str) -> list[Block]:
    """Return what a section says with its pictures drawn, or the reason where one cannot be."""
    blocks = blocks_of(section, result, language=language)
    try:
        for block in blocks:
            if isinstance(block, Figure):
                block.svg, block.narrow_svg  # noqa: B018 - drawn here, where it costs this section only, and kept
    except (Exception, SystemExit) as error:
        return [_broken(section, error, language)]
    return blocks


def _broken(section: Section, error: BaseException, language: str) -> Paragraph:
    reason = f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")
    warnings.warn(f"Section {section.name!r} of the report could not be made: {reason}", stacklevel=3)
    return Paragraph(Words(language)("section.broken", reason=reason))


def _head(view: View) -> dict[str, str]:
    """Return what stands above the first section."""
    provenance = view.result.provenance
    dataset = provenance.dataset
    named, version = (view.words.phrase(text) for text in (dataset.title, dataset.version))
    if not any(map(str.isdigit, version)):  # of tables and folders of the user's own there is none
        version = ""
    title = view.result.title(view.language) or named or view.words("report")
    facts = view.words(
        "head.facts",
        records=_records(view),
        findings=view.counted("finding", len(view.findings)),
        readers=view.words.listed(_readers(view)),
    )
    return {
        "title": title,
        "facts": facts,
        "dataset": view.words("head.dataset", title=named, version=version) if named and version else named or version,
        "created": provenance.created[:10],
        "version": provenance.ecg_eval,
    }


def _records(view: View) -> str:
    """Return how many recordings were read, of how many there are, and of how many patients where that is known."""
    records, read = view.result.study.records, set(view.result.study.readings["record_id"])
    chosen = records[records.index.isin(read)]
    text = view.counted("record", len(chosen))
    if len(chosen) < len(records):
        text = view.words("head.read", read=text, n=numbers.count(len(records), view.words))
    if not view.knows_patients:
        return text
    return view.words("head.patients", records=text, patients=view.counted("patient", chosen["patient_id"].nunique()))


def _readers(view: View) -> list[str]:
    """Return how many machines, people and simulated readers there are; the last are never called people."""
    readers = view.result.study.readers
    kinds = readers["kind"].astype(str)
    people = readers["n_people"].fillna(1).astype(int) if "n_people" in readers else kinds.map(lambda _: 1)
    simulated, machines = kinds == "simulated", kinds.isin(MACHINE_KINDS)
    counts = {"machine": int(machines.sum()), "human": int(people[~machines & ~simulated].sum())}
    counts["simulated"] = int(simulated.sum())
    return [view.counted(what, n) for what, n in counts.items() if n]


def folded(blocks: Sequence[Block]) -> list[Item]:
    """Return blocks with the word by which templates know them; a table that folds takes its footnotes with it."""
    words = {Footnote: "footnote", Listing: "listing", Paragraph: "paragraph"}  # the narrower kinds first
    kinds = {**words, Note: "note", Table: "table", Figure: "figure"}
    items: list[Item] = []
    for block in blocks:
        kind = next(kind for cls, kind in kinds.items() if isinstance(block, cls))
        if isinstance(block, Table) and block.folds:
            items.append({"kind": "fold", "block": block, "notes": []})
        elif kind == "footnote" and items and items[-1]["kind"] == "fold":
            items[-1]["notes"].append(block)
        else:
            items.append({"kind": kind, "block": block})
    return items


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["grid"] = _grid
    environment.filters["safe_svg"] = _markup
    environment.filters["is_half"] = _is_half
    environment.filters["parted"] = _PARTED.split
    environment.filters["windowed"] = lambda svg, name: _markup(windowed(svg, name))
    return environment


def _is_half(svg: str) -> bool:
    """Whether a picture is made for half the width of a page: 3.5 in, of 72 points each."""
    width_pt = re.search(r'viewBox="0 0 ([\d.]+)', svg)
    return width_pt is not None and float(width_pt[1]) < _HALF_AT_MOST_PT


@cache
def _css() -> "Markup":
    return _markup((_TEMPLATES / "report.css").read_text(encoding="utf-8"))


def _markup(text: str) -> "Markup":
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own styles and pictures, never text of a run


def _grid(frame: pd.DataFrame) -> dict[str, object]:
    """Return a table's cells split into value and interval, and which columns are plain numbers (set to the right)."""
    columns = [frame.iloc[:, i].astype("string").fillna("").tolist() for i in range(frame.shape[1])]
    rows = [[_cell(text, i) for i, text in enumerate(row)] for row in zip(*columns, strict=True)]
    plain = [bool(column) and all(map(_COUNT.fullmatch, column)) for column in columns]
    estimates = sum(any(row[i]["interval"] for row in rows) for i in range(len(columns)))
    holds = {"stacked": estimates > 3, "short": len(rows) <= _SHORT, "many": len(columns) > _FEW_COLUMNS}
    looks = [name for name, so in holds.items() if so]
    return {"columns": [str(c) for c in frame.columns], "rows": rows, "plain": plain, "looks": " ".join(looks)}


def _cell(text: str, column: int) -> dict[str, str]:
    parts = _VALUE_AND_INTERVAL.match(text) if column else None  # the first column names what the row is of
    if parts and parts["value"][0] in "0123456789<>+−":
        return parts.groupdict()
    return {"value": text, "interval": ""}
