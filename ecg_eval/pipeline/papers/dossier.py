"""A run's dossier for reviewers, written beside its report: a page, checklists, tables for a paper, methods."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ecg_eval.domain.columns import csv_of
from ecg_eval.errors import InputFileError
from ecg_eval.pipeline.study.build import make_sections
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.run import checked_folder, config_of
from ecg_eval.pipeline.study.stages import read_result
from ecg_eval.reports.dossier.methods_text import bibtex, methods_paragraphs
from ecg_eval.reports.dossier.page import checklist_tables, render_dossier
from ecg_eval.reports.dossier.paper_tables import PaperTable, latex_table, paper_tables
from ecg_eval.reports.dossier.word import word_file
from ecg_eval.reports.view import look
from ecg_eval.storage.atomic import write_atomically
from ecg_eval.storage.lock import held

DOSSIER = "dossier"


@dataclass(frozen=True, kw_only=True)
class DossierWritten:
    """A dossier that was written.

    Attributes
    ----------
    pages, files : tuple of Path
        The page of each language; all other files.
    left_out : str
        Why there is no Word file; empty where there is one.
    """

    pages: tuple[Path, ...]
    files: tuple[Path, ...]
    left_out: str


def write_dossier(run_dir: Path) -> DossierWritten:
    """Write the dossier of a run, in each language of its report.

    Raises
    ------
    RunFolderError
        When the folder is no finished run.
    """
    folder = checked_folder(run_dir)
    pages, files = [], []
    left_out = ""
    with held(run_dir):
        config = config_of(run_dir)
        with speaking_as(config):
            result = read_result(config, folder)
            made = make_sections(config)
            for language in config.report.languages:
                view = look(result, language)
                titles = {s.name: s.title.get(language, s.title.get("en", s.name)) for s in made}
                beside = {page: f"../{page}.{language}.html" for page in ("report", "summary", "appendix")}
                page = run_dir / DOSSIER / f"dossier.{language}.html"
                write_atomically(page, render_dossier(result, language=language, sections=titles, beside=beside))
                pages.append(page)
                lists, tables = checklist_tables(view, titles), paper_tables(view, made)
                files += _text_files(run_dir / DOSSIER, lists, tables, language)
                methods = run_dir / DOSSIER / f"methods.{language}.md"
                write_atomically(methods, "\n\n".join(filter(None, methods_paragraphs(view))) + "\n")
                files.append(methods)
                titled = {"checklists": view.words("dossier.title"), "tables": view.words("dossier.tables")}
                for name, chosen in (("checklists", lists), ("tables", tables)):
                    try:
                        book = word_file(titled[name], chosen)
                    except InputFileError as error:
                        left_out = str(error)
                        continue
                    files.append(run_dir / DOSSIER / f"{name}.{language}.docx")
                    write_atomically(files[-1], book)
            files.append(run_dir / DOSSIER / "references.bib")
            write_atomically(files[-1], bibtex(look(result, "en")))
    return DossierWritten(pages=tuple(pages), files=tuple(files), left_out=left_out)


def _text_files(folder: Path, lists: Sequence[PaperTable], tables: Sequence[PaperTable], language: str) -> list[Path]:
    """Write checklists as CSV, and tables as CSV and LaTeX."""
    files = []
    for room, chosen, ends in (("checklists", lists, ("csv",)), ("tables", tables, ("csv", "tex"))):
        for table in chosen:
            for end in ends:
                path = folder / room / f"{table.name}.{language}.{end}"
                write_atomically(path, csv_of(table.frame) if end == "csv" else latex_table(table))
                files.append(path)
    return files
