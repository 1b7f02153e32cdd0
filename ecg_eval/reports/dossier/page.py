"""The dossier for reviewers as one page: checklists, evidence, cards, methods; and the checklists as tables."""

from collections.abc import Collection, Mapping

import pandas as pd

from ecg_eval.domain.result import Block, Note, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.build import Links, page_of, parts_of, script
from ecg_eval.reports.dossier.cards import dataset_card, model_cards
from ecg_eval.reports.dossier.checklists import CHECKLISTS, EVIDENCE, Judged, Place, judged
from ecg_eval.reports.dossier.methods_text import methods_paragraphs, sources_of
from ecg_eval.reports.dossier.paper_tables import PaperTable
from ecg_eval.reports.reasons import Footnote
from ecg_eval.reports.view import View, look


def render_dossier(
    result: StudyResult,
    *,
    language: str = "en",
    sections: Mapping[str, str],
    beside: Mapping[str, str] | None = None,
) -> str:
    """Return the dossier as one HTML page.

    Parameters
    ----------
    result : StudyResult
    language : str
        "en" or "fr".
    sections : mapping of str to str
        Name of each section of the report -> its title.
    beside : mapping of str to str, optional
        "report" and the like -> the file of that page, to link to.

    Returns
    -------
    str
        A page that asks for nothing from anywhere.
    """
    view = look(result, language)
    words = view.words
    chosen: list[tuple[str, str, list[Block]]] = [
        ("dossier", words("dossier.about"), _about(view, sections)),
        *((name, words(f"checklist.{name}"), _checklist(view, name, sections)) for name in (*CHECKLISTS, EVIDENCE)),
        ("model_cards", words("dossier.cards.models"), model_cards(view)),
        ("dataset_card", words("dossier.cards.dataset"), dataset_card(view)),
        ("methods", words("dossier.methods"), _methods(view)),
    ]
    parts = parts_of(chosen)
    for part in parts:
        part["links"] = Links(_links(view, part["name"], sections, (beside or {}).get("report", "")))
    return page_of(
        view,
        "report.html.j2",
        title=words("dossier.title"),
        kind=words("page.dossier"),
        look="report",
        beside={words(f"page.{name}"): page for name, page in (beside or {}).items()},
        script=script("sort.js"),
        parts=parts,
    )


def _links(view: View, part: str, sections: Mapping[str, str], report: str) -> dict[str, str]:
    """Return where the places of a checklist lead."""
    if part not in (*CHECKLISTS, EVIDENCE) or not report:
        return {}
    places = [place for item in judged(view, part, sections) for place in item.places]
    return {_place(view, place, sections): f"{report}#{place.section}" for place in places if place.section}


def _about(view: View, sections: Collection[str]) -> list[Block]:
    words = view.words
    rows = []
    for name in (*CHECKLISTS, EVIDENCE):
        items = judged(view, name, sections)
        counts = {status: sum(item.status == status for item in items) for status in ("shown", "in_part", "person")}
        rows.append(
            {
                words("dossier.checklist"): words(f"checklist.{name}"),
                words("dossier.items"): numbers.count(len(items), words),
                **{words(f"dossier.status.{status}"): numbers.count(n, words) for status, n in counts.items()},
            }
        )
    table = Table(words("dossier.counted"), pd.DataFrame.from_records(rows).astype("string"))
    return [Paragraph(words("dossier.reading")), table, Note(words("dossier.caveat"))]


def _checklist(view: View, name: str, sections: Mapping[str, str]) -> list[Block]:
    words = view.words
    frame = checklist_frame(view, name, sections)
    return [
        Paragraph(words(f"checklist.{name}.scope")),
        Table(words(f"checklist.{name}"), frame, sorts=True),
        Footnote(words("dossier.source", source=words(f"checklist.{name}.source"))),
    ]


def checklist_frame(view: View, name: str, sections: Mapping[str, str]) -> pd.DataFrame:
    """Return a checklist as a table of text: item, what is asked, whether the run shows it, where."""
    words = view.words
    return (
        pd.DataFrame.from_records([_row(view, item, sections) for item in judged(view, name, sections)])
        .astype("string")
        .set_axis([words(f"dossier.{column}") for column in ("item", "asked", "status", "where")], axis=1)
    )


def _row(view: View, judged_item: Judged, sections: Mapping[str, str]) -> dict[str, str]:
    words = view.words
    places = [_place(view, place, sections) for place in judged_item.places]
    return {
        "item": judged_item.item.number,
        "asked": judged_item.text,
        "status": words(f"dossier.status.{judged_item.status}"),
        "place": words.apart(places) or words("none"),
    }


def _place(view: View, place: Place, sections: Mapping[str, str]) -> str:
    """Return "The study (excluded.csv)"."""
    if not place.section:
        return place.file
    return view.words("dossier.place", section=sections[place.section], file=place.file)


def checklist_tables(view: View, sections: Mapping[str, str]) -> list[PaperTable]:
    """Return the checklists as tables for a form: with a column for the page of the manuscript."""
    words = view.words
    return [
        PaperTable(
            name=name,
            caption=words(f"checklist.{name}"),
            frame=checklist_frame(view, name, sections).assign(**{words("dossier.page"): ""}),
            notes=(words("dossier.source", source=words(f"checklist.{name}.source")),),
        )
        for name in (*CHECKLISTS, EVIDENCE)
    ]


def _methods(view: View) -> list[Block]:
    words = view.words
    rows = [{words("dossier.key"): source.key, words("methods.source"): source.text} for source in sources_of(view)]
    table = Table(words("dossier.sources"), pd.DataFrame.from_records(rows).astype("string"))
    return [*(Paragraph(text) for text in methods_paragraphs(view) if text), table]
