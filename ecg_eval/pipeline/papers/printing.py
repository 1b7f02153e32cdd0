"""What is made on request from a finished run: its pages as PDF, and a sheet for each reader."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.recording import Recording
from ecg_eval.drawing.ecg_paper import draw_ecg
from ecg_eval.drawing.pdf import write_pdf
from ecg_eval.errors import EcgEvalError
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.study.build import build
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.recordings import loader
from ecg_eval.pipeline.study.run import checked_folder, config_of
from ecg_eval.pipeline.study.screen import policy_of
from ecg_eval.pipeline.study.stages import read_result
from ecg_eval.reports.sheets import Tracing, people_of, render_sheet, sheet_of
from ecg_eval.storage.lock import held

SHEETS = "sheets"
PRINTED = ("report", "summary")  # the appendix searches and sorts, which paper cannot


def print_reports(run_dir: Path) -> list[Path]:
    """Print a run's report and summary as PDF beside their pages, in each of its languages; return the files.

    Raises
    ------
    RunFolderError
        When the folder is no finished run.
    InputFileError
        When WeasyPrint is not installed.
    """
    checked_folder(run_dir)
    with held(run_dir):
        config = config_of(run_dir)
        pages = [run_dir / f"{page}.{language}.html" for language in config.report.languages for page in PRINTED]
        return [write_pdf(page.read_text(encoding="utf-8"), page.with_suffix(".pdf")) for page in pages]


def write_sheets(run_dir: Path, *, progress: Progress = silent) -> list[Path]:
    """Write a sheet for each human reader of a run, as HTML and as PDF, in each of its languages; return the files.

    The files are named by the reader's id, with what a file name may not hold written as %XX.

    Raises
    ------
    RunFolderError
        When the folder is no finished run.
    InputFileError
        When WeasyPrint is not installed.
    """
    folder = checked_folder(run_dir)
    files = []
    with held(run_dir):
        config = config_of(run_dir)
        with speaking_as(config):
            result = read_result(config, folder)
            load = loading(config, build(config).dataset)
            drawn: dict[str, Tracing] = {}
            for reader in progress(people_of(result), "Writing sheets"):
                sheet = sheet_of(result, reader)
                for language in config.report.languages:
                    tracings = {}
                    for ecg in sheet.ecgs:
                        key = f"{language}/{ecg.record_id}"
                        if key not in drawn:
                            drawn[key] = drawing(load, ecg.record_id, language)
                        tracings[ecg.record_id] = drawn[key]
                    page = render_sheet(result, sheet, language=language, tracings=tracings)
                    name = f"{SHEETS}/{quote(reader, safe=' ()')}.{language}"
                    folder.write_text(f"{name}.html", page)
                    files += [run_dir / f"{name}.html", write_pdf(page, run_dir / f"{name}.pdf")]
    return files


def loading(config: RunConfig, dataset: Dataset) -> Callable[[str], Recording]:
    """Return what loads a recording as the readers of a run had it."""
    limits = policy_of(config.quality).limits
    return loader(dataset, config.resample_hz, correct=config.quality.correct, limits=limits)


def drawing(load: Callable[[str], Recording], record_id: str, language: str, *, small: bool = True) -> Tracing:
    """Return an ECG on paper, or why it cannot be drawn."""
    try:
        return Tracing(svg=draw_ecg(load(record_id), language=language, small=small))
    except EcgEvalError as error:
        return Tracing(not_drawn=f"{error.what} is not {error.rule}")
