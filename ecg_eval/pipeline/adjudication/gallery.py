"""A run's gallery of disagreements: a page, a booklet on paper, and a sheet whose answers are taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.criterion import Criterion
from ecg_eval.domain.findings import expand_findings
from ecg_eval.domain.result import StudyResult
from ecg_eval.drawing.booklet import booklet_html
from ecg_eval.drawing.pdf import write_pdf
from ecg_eval.errors import ArgumentError, UnknownNameError, suggestion
from ecg_eval.pipeline.adjudication.disputes import Dispute
from ecg_eval.pipeline.adjudication.marks import marked_tracings
from ecg_eval.pipeline.adjudication.sheet import free_paths, write_frame
from ecg_eval.pipeline.apart.processes import asked
from ecg_eval.pipeline.apart.stand_ins import ModelApart
from ecg_eval.pipeline.papers.printing import drawing, loading
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.study.build import Parts, allowed_to_models, build
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.run import checked_folder, config_of
from ecg_eval.pipeline.study.stages import read_result
from ecg_eval.reports.gallery import ECGS_AT_MOST, LEAST_SHARE, Gallery, gallery_of
from ecg_eval.reports.gallery_marks import MarksOf
from ecg_eval.reports.gallery_page import booklet_pages, intro, render_gallery
from ecg_eval.reports.sheets import Tracing
from ecg_eval.reports.view import look
from ecg_eval.reports.words import LANGUAGES, Words
from ecg_eval.storage.lock import held

WHO = "ecg-eval gallery"
NO_SIGNAL = "its signal is not in the data of this study"


@dataclass(frozen=True, kw_only=True)
class GalleryWritten:
    """A gallery that was written.

    Attributes
    ----------
    pages, booklets, sheets : tuple of Path
        HTML and PDF in each language; CSV and Excel.
    n_shown, n_ecgs, n_partings : int
        ECGs shown, of how many on which readers part, and how often they do.
    not_drawn : mapping of str to int
        Why a tracing is not shown -> of how many ECGs.
    no_criteria : tuple of str
        Models of the run whose answers do not follow from criteria that could be shown.
    """

    pages: tuple[Path, ...]
    booklets: tuple[Path, ...]
    sheets: tuple[Path, ...]
    n_shown: int
    n_ecgs: int
    n_partings: int
    not_drawn: Mapping[str, int]
    no_criteria: tuple[str, ...]


def write_gallery(
    run_dir: Path,
    *,
    findings: Sequence[str] = (),
    languages: Sequence[str] = (),
    at_most: int = ECGS_AT_MOST,
    least_share: float = LEAST_SHARE,
    blinded: bool = False,
    booklet: bool = True,
    progress: Progress = silent,
) -> GalleryWritten:
    """Write the ECGs of a run on which readers and a model, or readers and the reference, part most.

    The page is written anew each time; the sheet never over one that is there, since it may be filled in.

    Parameters
    ----------
    run_dir : Path
    findings : sequence of str
        Codes or label sets; all that were read where none is named.
    languages : sequence of str
        Those of the run's report where none is named.
    at_most : int
        ECGs.
    least_share : float
        Least share of the readers who part.
    blinded : bool
        Tracings and questions alone, for an adjudicator.
    booklet : bool
        Whether it is printed as PDF too.
    progress : callable

    Raises
    ------
    EcgEvalError
        When the folder is no finished run, a finding is not in it, nobody parts so, or a sheet stands there already.
    """
    if not 0 < least_share <= 1:
        raise ArgumentError(WHO, "--minimum-share", "above 0 and up to 1", least_share)
    if at_most < 1:
        raise ArgumentError(WHO, "--limit", "1 or more", at_most)
    for language in languages:
        if language not in LANGUAGES:
            raise UnknownNameError(WHO, "--language", f"one of {', '.join(LANGUAGES)}", language)
    name = "gallery-blinded" if blinded else "gallery"
    sheets = free_paths(WHO, run_dir / f"{name}.csv")
    folder = checked_folder(run_dir, but=("report",))
    with held(run_dir):
        config = config_of(run_dir)
        with speaking_as(config):
            result = read_result(config, folder)
            asked_for = _findings(result, findings)
            gallery = gallery_of(result, findings=asked_for, at_most=at_most, least_share=least_share)
            if not gallery.ecgs:
                remedy = "Give a smaller --minimum-share."
                rule = f"parted by {least_share:g} of the people who read, at least"
                raise ArgumentError(WHO, "readings", rule, "none", remedy)
            parts = build(config)
            criteria, without = ({}, ()) if blinded else _criteria(config, parts, gallery)
            pages, booklets = [], []
            not_drawn: dict[str, int] = {}
            for language in languages or config.report.languages:
                tracings = _tracings(config, parts, gallery, result.study.records, language, progress)
                marks = {} if blinded else marked_tracings(config, parts, gallery, result, folder, language)
                beside = {page: f"{page}.{language}.html" for page in ("report", "summary", "appendix")}
                page = render_gallery(
                    result,
                    gallery,
                    language=language,
                    tracings=tracings,
                    criteria=criteria,
                    marks=marks,
                    blinded=blinded,
                    beside={} if blinded else {k: f for k, f in beside.items() if (run_dir / f).is_file()},
                )
                folder.write_text(f"{name}.{language}.html", page)
                pages.append(run_dir / f"{name}.{language}.html")
                if booklet:
                    made = _booklet(result, gallery, language, tracings, marks, sheets[0].name, blinded=blinded)
                    booklets.append(write_pdf(made, run_dir / f"{name}.{language}.pdf"))
                not_drawn = _counted(tracings)
            write_frame(sheets, _disputes(gallery), blinded=blinded, notes=("what", "how", "blank"))
    return GalleryWritten(
        pages=tuple(pages),
        booklets=tuple(booklets),
        sheets=sheets,
        n_shown=len(gallery.ecgs),
        n_ecgs=gallery.n_ecgs,
        n_partings=gallery.n_partings,
        not_drawn=not_drawn,
        no_criteria=without,
    )


def _findings(result: StudyResult, named: Sequence[str]) -> tuple[str, ...]:
    """Return the findings that are asked for; refuse one that is not in the run."""
    codes = expand_findings(named, who=f"{WHO} --finding") if named else ()
    there = result.study.findings
    for code in codes:
        if code not in there:
            raise UnknownNameError(WHO, "--finding", "one that the run has", code, suggestion(code, there))
    return codes


def _tracings(
    config: RunConfig, parts: Parts, gallery: Gallery, records: pd.DataFrame, language: str, progress: Progress
) -> dict[str, Tracing]:
    """Return the drawings of a gallery's ECGs, or why there is none."""
    load = loading(config, parts.dataset)
    there = records["has_signal"].to_dict() if "has_signal" in records else {}
    ids = [ecg.record_id for ecg in gallery.ecgs]
    return {
        record: drawing(load, record, language, small=False)
        if there.get(record, True)
        else Tracing(not_drawn=NO_SIGNAL)
        for record in progress(ids, "Drawing ECGs")
    }


def _criteria(
    config: RunConfig, parts: Parts, gallery: Gallery
) -> tuple[dict[str, dict[str, dict[str, tuple[Criterion, ...]]]], tuple[str, ...]]:
    """Return what models that can say it held against limits, and the names of those that cannot."""
    load = loading(config, parts.dataset)
    recordings = Recordings(ids=tuple(ecg.record_id for ecg in gallery.ecgs), load=load)
    criteria, without = {}, []
    for label, model in parts.models.items():
        kind = model.kind if isinstance(model, ModelApart) else type(model)
        if kind.criteria is Model.criteria:
            without.append(label)
            continue
        criteria[label] = _asked(model, kind, label, recordings, gallery.findings, config)
    return criteria, tuple(without)


def _asked(
    model: Model, kind: type[Model], label: str, recordings: Recordings, findings: Sequence[str], config: RunConfig
) -> dict[str, dict[str, tuple[Criterion, ...]]]:
    who = f"model {label}"
    return asked(lambda: model.criteria(recordings, findings), kind, who, "criteria", allowed_to_models(config))


def _booklet(
    result: StudyResult,
    gallery: Gallery,
    language: str,
    tracings: Mapping[str, Tracing],
    marks: MarksOf,
    sheet: str,
    *,
    blinded: bool,
) -> str:
    words = Words(language)
    cover = [*intro(look(result, language), gallery, tracings, blinded=blinded)]
    cover.append(words("gallery.cover.numbers", file=sheet))
    pages = booklet_pages(result, gallery, language=language, tracings=tracings, marks=marks, blinded=blinded)
    return booklet_html(words("gallery.kind.blinded" if blinded else "gallery.kind"), cover, pages, language)


def _disputes(gallery: Gallery) -> list[Dispute]:
    return [
        Dispute(
            record_id=parting.record_id,
            finding=parting.finding,
            urgency=parting.urgency,
            present=parting.present,
            absent=parting.absent,
            truth=parting.truth,
        )
        for parting in gallery.partings
    ]


def _counted(tracings: Mapping[str, Tracing]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for tracing in tracings.values():
        if tracing.not_drawn:
            counts[tracing.not_drawn] = counts.get(tracing.not_drawn, 0) + 1
    return counts


def gallery_lines(written: GalleryWritten) -> list[str]:
    """Say what was written, for the console."""
    lines = [
        f"{written.n_shown} of {written.n_ecgs} ECGs on which readers part ({written.n_partings} times in all).",
        *(f"No tracing of {n} ECGs: {reason}." for reason, n in written.not_drawn.items()),
    ]
    if written.no_criteria:
        lines.append(f"No criteria to show for the answers of {', '.join(written.no_criteria)}.")
    lines += [f"Page:    {page}" for page in written.pages]
    lines += [f"Booklet: {booklet}" for booklet in written.booklets]
    lines += [f"Sheet:   {sheet}" for sheet in written.sheets]
    lines.append("Fill in the sheet, then: ecg-eval adjudicate RUN --answers SHEET")
    return lines
