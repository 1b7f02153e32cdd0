"""`ecg-eval progress`: what of a study's planned readings has come in, without a look at any answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from ecg_eval.config.load import load_config
from ecg_eval.config.schema import Plug, RunConfig
from ecg_eval.domain.contracts import Panel, PanelReadings
from ecg_eval.domain.findings import expand_findings
from ecg_eval.domain.oddities import Oddity, oddities
from ecg_eval.domain.reading import AIDED, UNAIDED, is_answered, is_human_kind
from ecg_eval.errors import EcgEvalError, InputFileError
from ecg_eval.pipeline.plugins import make
from ecg_eval.pipeline.study.build import make_dataset
from ecg_eval.pipeline.study.check import request_of_files
from ecg_eval.pipeline.study.door import readings_of, records_of
from ecg_eval.pipeline.study.form import form_study, together
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.planning.monitoring.progress import EITHER, PLANNED_COLUMNS, Progress, progress_of
from ecg_eval.planning.monitoring.progress_words import progress_text
from ecg_eval.planning.schedules.files import read_schedule
from ecg_eval.references.none import NoReference
from ecg_eval.reports.sections.oddities import place
from ecg_eval.reports.words import Words

# breaches that stay breaches whatever is yet to come; the others are judged when everything has been read
_AT_ONCE = ("ai_shown_unaided", "no_washout", "help_taken_back", "mixed_period", "crossed_apart", "negative_times")
_IN_THE_END = ("design_not_declared", "help_with_period", "order_unbalanced", "arms_uneven")
_BOTH_WAYS = ("crossed", "crossover", "sequential")
_ONCE = ("half_and_half", "parallel", "stepped_wedge")


@dataclass(frozen=True, kw_only=True)
class Monitored:
    """How far a study is, and how that is known.

    Attributes
    ----------
    progress : Progress
    breaches : tuple of Oddity
        Of the design, of the kinds that what is yet to come cannot mend.
    waiting : tuple of str
        Files of answers that are not there yet.
    problems : tuple of EcgEvalError
        Files of answers that cannot be read; they count as not there.
    """

    progress: Progress
    breaches: tuple[Oddity, ...] = ()
    waiting: tuple[str, ...] = ()
    problems: tuple[EcgEvalError, ...] = ()

    def text(self, language: str = "en") -> str:
        """Return it in words."""
        words = Words(language)
        further = [f"{place(one, words)}: {words(f'oddity.{one.kind}')}" for one in self.breaches]
        return progress_text(self.progress, language, further, self.waiting)


def monitor(
    config_path: Path,
    *,
    schedule: Path | None = None,
    key: Path | None = None,
    overrides: Sequence[str] = (),
    today: date | None = None,
) -> Monitored:
    """Return how far a study is, without a look at any answer.

    Parameters
    ----------
    config_path : Path
        The study's configuration; its panels name the files of answers, some or all of which may not be there yet.
    schedule : Path, optional
        Folder of `ecg-eval plan schedule`. Without it, every reader who is known is taken to read every ECG of the
        test split, in both arms where the declared design says so.
    key : Path, optional
        The schedule's key, where it is kept elsewhere.
    overrides : sequence of str
    today : date, optional
        What planned readings are overdue by.

    Raises
    ------
    EcgEvalError
        When configuration, ECGs or schedule cannot be read. A file of answers that cannot be read costs its own alone.
    """
    config = load_config(config_path, overrides)
    with speaking_as(config):
        records = records_of(make_dataset(config))
        test = records[records["fold"].isin(config.split.test)] if config.split.test else records
        findings = expand_findings(config.codes)
        came, waiting, problems = _come_in(config, records, test, findings)
        people = _people(came)
        planned = _everything(config, test, people) if schedule is None else _scheduled(schedule, key)
        read = _read(came, people)
        return Monitored(
            progress=progress_of(planned, read, today=today or date.today()),
            breaches=_breaches(config, test, findings, came, is_complete=len(read) >= len(planned)),
            waiting=waiting,
            problems=problems,
        )


def _come_in(
    config: RunConfig, records: pd.DataFrame, test: pd.DataFrame, findings: tuple[str, ...]
) -> tuple[list[PanelReadings], tuple[str, ...], tuple[EcgEvalError, ...]]:
    """Return what the panels' files hold now, the files that are not there, and those that cannot be read."""
    request = request_of_files(config, records, test, findings)
    came: list[PanelReadings] = []
    waiting: list[str] = []
    problems: list[EcgEvalError] = []
    for plug in config.panels:
        there, lacking = _files_there(plug, config.data_root)
        waiting += lacking
        if there is None:
            continue
        try:
            panel: Panel = make("panels", there.name, there.arguments, root=config.data_root)
            if panel.simulated:
                continue
            came.append(readings_of(panel, request))
        except EcgEvalError as error:
            problems.append(error)
    return came, tuple(waiting), tuple(problems)


def _files_there(plug: Plug, root: Path) -> tuple[Plug | None, list[str]]:
    """Return a panel of those of its files that are there (None without any), and those that are not."""
    arguments = plug.arguments
    path, files = arguments.get("path"), arguments.get("files")
    if path is None:
        return plug, []
    if not (root / str(path)).exists():
        return None, [str(path)]
    if not isinstance(files, dict):
        return plug, []
    there = {reader: name for reader, name in files.items() if (root / str(path) / str(name)).exists()}
    lacking = [str(name) for reader, name in files.items() if reader not in there]
    return (plug.model_copy(update={"files": there}) if there else None), lacking


def _people(came: Sequence[PanelReadings]) -> list[str]:
    """Return the readers who are people, those without a reading yet last."""
    reading = [str(r) for one in came for r, kind in one.readers["kind"].items() if is_human_kind(kind)]
    silent = [str(row.reader_id) for one in came for row in one.left_out.itertuples() if row.stage == "readers"]
    return list(dict.fromkeys([*reading, *silent]))


def _read(came: Sequence[PanelReadings], people: Sequence[str]) -> pd.DataFrame:
    """Return one row a reading of an ECG by a person, with how many of the findings asked have no answer."""
    parts = []
    for one in came:
        table = one.readings[one.readings["reader_id"].isin(list(people))]
        table = table.assign(answered=table["finding"].where(is_answered(table)))
        asked = table["answered"].nunique()
        groups = table.groupby(["reader_id", "record_id", "arm", "period"], observed=True, sort=False)
        made = groups.agg(position=("position", "min"), seconds=("seconds", "max"), n=("answered", "nunique"))
        parts.append(made.assign(n_unanswered=asked - made["n"]).drop(columns="n").reset_index())
    if not parts:
        return pd.DataFrame(columns=["reader_id", "record_id", "arm", "period", "position", "seconds", "n_unanswered"])
    text = dict.fromkeys(["reader_id", "record_id", "arm"], str)
    return pd.concat(parts, ignore_index=True).astype(text).astype({"position": "Float64", "period": int})


def _everything(config: RunConfig, test: pd.DataFrame, people: Sequence[str]) -> pd.DataFrame:
    """Return a plan in which every reader reads every ECG, as the declared design says."""
    if config.design in _BOTH_WAYS:
        arms: tuple[str, ...] = (UNAIDED, AIDED)
    elif config.design in (*_ONCE, "auto"):
        arms = (EITHER,)
    else:
        remedy = "Name the folder of `ecg-eval plan schedule` with --schedule."
        rule = "crossed, crossover, sequential, half_and_half, parallel, stepped_wedge or auto without a schedule"
        raise InputFileError("ecg-eval progress", "design", rule, config.design, remedy)
    rows = [(r, str(e), arm, 1, 0, "", 0) for r in people for arm in arms for e in test.index]
    return pd.DataFrame(rows, columns=list(PLANNED_COLUMNS))


def _scheduled(folder: Path, key: Path | None) -> pd.DataFrame:
    """Return the readings of a schedule, with the ECGs that its key names."""
    schedule = read_schedule(folder, key=key)
    ecgs = schedule.key[["blinded_id", "record_id"]].drop_duplicates("blinded_id")
    rows = schedule.table.merge(ecgs, on="blinded_id", how="left")
    return rows.assign(record_id=rows["record_id"].fillna(rows["blinded_id"]))[list(PLANNED_COLUMNS)]


def _breaches(
    config: RunConfig,
    test: pd.DataFrame,
    findings: tuple[str, ...],
    came: Sequence[PanelReadings],
    *,
    is_complete: bool,
) -> tuple[Oddity, ...]:
    """Return breaches of the design that can be told now; the truth is not looked at."""
    if not len(together(came)):
        return ()
    without_votes = config.model_copy(update={"vote": (), "groups": {}})
    shown_elsewhere = [replace(one, shows={}) for one in came]  # by models, which have not read
    study = form_study(
        without_votes, NoReference(), records=test, findings=findings, labels=None, everyone=shown_elsewhere
    )
    kinds = (*_AT_ONCE, *(_IN_THE_END if is_complete else ()))
    return tuple(one for one in oddities(study) if one.kind in kinds)
