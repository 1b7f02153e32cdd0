"""Schedules for the command line and for Python: tables in, a checked folder out; a folder in, its check out."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from ecg_eval.planning.schedules.check import check_schedule
from ecg_eval.planning.schedules.constraint import Constraint
from ecg_eval.planning.schedules.files import KEY, read_schedule, sha256_of, write_schedule
from ecg_eval.planning.schedules.schedule import Schedule, make_schedule
from ecg_eval.planning.schedules.settings import ScheduleSettings
from ecg_eval.planning.schedules.words import WORDS, balance_table, constraint_sentence, schedule_text
from ecg_eval.planning.wordings import LANGUAGES

__all__ = ["ScheduleReport", "ScheduleSettings", "check_schedule", "checked_folder", "plan_schedule", "write_plan"]


@dataclass(frozen=True, eq=False)
class ScheduleReport:
    """A schedule with what was looked at.

    Attributes
    ----------
    schedule : Schedule
    constraints : tuple of Constraint
    files : tuple of Path
        Those that were written; none for a check.
    key_sha256 : str
        Of the key, to register with the protocol.
    """

    schedule: Schedule
    constraints: tuple[Constraint, ...]
    files: tuple[Path, ...] = ()
    key_sha256: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether every constraint holds that makes the study the one that was planned; balances may be relaxed."""
        return all(c.holds or not c.is_strict for c in self.constraints)

    def text(self, language: str = "en") -> str:
        """Return the summary."""
        return schedule_text(self.schedule, self.constraints, language)

    def of_the_key(self, language: str = "en") -> str:
        """Return whom the key is to be kept from, with what identifies it."""
        return WORDS.of(language)("keep", file=self.files[1], sha256=self.key_sha256)

    def past(self, language: str = "en", today: date | None = None) -> str:
        """Return that the schedule begins in the past, and when it may; "" where it does not."""
        start, today = self.schedule.settings.start, today or date.today()
        if start is None or start >= today:
            return ""
        return WORDS.of(language)("past", start=start.isoformat(), today=today.isoformat())

    def facts(self, language: str = "en") -> dict[str, object]:
        """Return the summary for programs."""
        return {
            "ok": self.is_kept,
            "readers": int(self.schedule.table["reader_id"].nunique()),
            "ecgs": int(self.schedule.key["record_id"].nunique()),
            "readings": len(self.schedule.table),
            "days": int(self.schedule.table["day"].max()),
            "key_sha256": self.key_sha256,
            "files": [str(path) for path in self.files],
            "constraints": [
                {
                    "kind": c.kind,
                    "holds": c.holds,
                    "strict": c.is_strict,
                    "broken": c.n_broken,
                    "of": c.n,
                    "said": constraint_sentence(c, language),
                }
                for c in self.constraints
            ],
        }


def plan_schedule(
    cases: Path | pd.DataFrame, readers: Path | pd.DataFrame | int, settings: ScheduleSettings | None = None
) -> Schedule:
    """Say who reads which ECG when, in which order and arm; the same tables and seed give the same schedule.

    Parameters
    ----------
    cases : Path or DataFrame
        One row an ECG: `record_id`, and what is known of it (findings, difficulty, ...), which is balanced.
    readers : Path, DataFrame or int
        One row a reader: `reader_id`, and where known `practice_id` and `kind`; or how many GPs there are.
    settings : ScheduleSettings, optional
        A crossover with four weeks of washout when not given.

    Returns
    -------
    Schedule
        Its `table` says who reads what when, its `key` which ECG that is.

    Raises
    ------
    EcgEvalError
        For tables that cannot be read, and for what no schedule can be, with the nearest plan that works.

    Examples
    --------
    >>> import pandas as pd
    >>> cases = pd.DataFrame({"record_id": [f"ecg{i}" for i in range(10)], "AF": [0, 1] * 5})
    >>> schedule = plan_schedule(cases, 2, ScheduleSettings(design="crossover", washout_days=28))
    >>> len(schedule.table), int(schedule.table["day"].max())
    (40, 29)
    >>> [c.kind for c in check_schedule(schedule) if not c.holds]
    []
    """
    return make_schedule(cases, readers, settings)


def write_plan(
    cases: Path | pd.DataFrame,
    readers: Path | pd.DataFrame | int,
    folder: Path,
    *,
    settings: ScheduleSettings | None = None,
    key: Path | None = None,
) -> ScheduleReport:
    """Make a schedule, write its folder, and check it as it was written.

    Raises
    ------
    EcgEvalError
        As ``plan_schedule``, and where something is in the folder already.
    """
    files = write_schedule(make_schedule(cases, readers, settings), folder, key=key)
    report = checked_folder(folder, key=key)
    balance_table(report.schedule).to_csv(folder / "balance.csv", index=False, lineterminator="\n")
    summaries = [folder / f"summary.{language}.txt" for language in LANGUAGES]
    for path, language in zip(summaries, LANGUAGES, strict=True):
        path.write_text(report.text(language) + "\n", encoding="utf-8")
    written = (*files, folder / "balance.csv", *summaries)
    return ScheduleReport(report.schedule, report.constraints, written, report.key_sha256)


def checked_folder(folder: Path, *, key: Path | None = None) -> ScheduleReport:
    """Read a schedule's folder, edited by hand or not, and check every constraint.

    Raises
    ------
    EcgEvalError
        When it holds no schedule, or a table of another form.
    """
    schedule = read_schedule(folder, key=key)
    return ScheduleReport(schedule, check_schedule(schedule), (), sha256_of(key or folder / KEY))
