"""`ecg-eval plan schedule` and `ecg-eval plan check`: who reads what when."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from ecg_eval.cli.language import in_its_language
from ecg_eval.errors import ArgumentError

FAILED = 1
Key = Annotated[Path | None, typer.Option("--key", help="Where the key is kept [OUT/key.csv].")]
Language = Annotated[str, typer.Option(help="Of what is printed: en or fr.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@in_its_language
def schedule(  # noqa: PLR0913, PLR0917 - each is one option
    cases: Annotated[Path, typer.Argument(help="Table of the ECGs (CSV, Excel): record_id, and what is balanced.")],
    readers: Annotated[str, typer.Argument(help="Table of the readers: reader_id, practice_id; or how many.")],
    out: Annotated[Path, typer.Option("--out", help="New or empty folder.")] = Path("plan"),
    design: Annotated[
        str,
        typer.Option(help="crossover, crossed, sequential, half_and_half, parallel, split_plot or stepped_wedge."),
    ] = "crossover",
    washout_days: Annotated[int, typer.Option("--washout", help="Days between two readings of an ECG.")] = 28,
    session_ecgs: Annotated[int, typer.Option("--session", help="ECGs of a session, at most.")] = 50,
    session_minutes: Annotated[
        float | None, typer.Option("--session-minutes", help="A session's length, in place of --session.")
    ] = None,
    seconds_per_ecg: Annotated[float, typer.Option(help="How long an ECG takes.")] = 60.0,
    session_every_days: Annotated[int, typer.Option("--every", help="Days from one session to the next.")] = 1,
    period_days: Annotated[int, typer.Option(help="Days from one period's start to the next, at least.")] = 0,
    start: Annotated[str | None, typer.Option(help="Date of the first session, such as 2027-01-31.")] = None,
    study_days: Annotated[int | None, typer.Option(help="Days that the study may take.")] = None,
    repeats: Annotated[int, typer.Option(help="ECGs that each reader reads once more in the same arm.")] = 0,
    blocks: Annotated[int | None, typer.Option(help="Blocks of a split plot.")] = None,
    steps: Annotated[int | None, typer.Option(help="Steps of a stepped wedge [one a practice].")] = None,
    balance: Annotated[str | None, typer.Option(help="Columns that must be balanced, such as AF,difficulty.")] = None,
    seed: Annotated[int, typer.Option(help="Everything random is drawn from it.")] = 1,
    key: Key = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Say who reads which ECG when: balanced, dated, blinded, its key kept apart, every constraint checked."""
    from ecg_eval.pipeline.scheduling import ScheduleSettings, write_plan

    settings = ScheduleSettings(
        design=design,
        washout_days=washout_days,
        session_ecgs=session_ecgs,
        session_minutes=session_minutes,
        seconds_per_ecg=seconds_per_ecg,
        session_every_days=session_every_days,
        period_days=period_days,
        start=_date(start),
        study_days=study_days,
        repeats=repeats,
        blocks=blocks,
        steps=steps,
        balance=tuple(c.strip() for c in (balance or "").split(",") if c.strip()),
        seed=seed,
    )
    report = write_plan(cases, int(readers) if readers.isdecimal() else Path(readers), out, settings=settings, key=key)
    if as_json:
        print(json.dumps(report.facts(language), ensure_ascii=False, indent=1))
        return
    print(report.text(language))
    print()
    print("\n".join(str(path) for path in report.files))
    print(report.of_the_key(language))
    if note := report.past(language):
        print(note, file=sys.stderr)


@in_its_language
def check(
    folder: Annotated[Path, typer.Argument(help="Folder of a schedule, edited or not.", show_default=False)],
    key: Key = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Check every constraint of a schedule as its tables stand now, so after it was edited by hand."""
    from ecg_eval.pipeline.scheduling import checked_folder

    report = checked_folder(folder, key=key)
    print(json.dumps(report.facts(language), ensure_ascii=False, indent=1) if as_json else report.text(language))
    if not report.is_kept:
        raise typer.Exit(FAILED)


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentError("plan schedule", "--start", "a date such as 2027-01-31", text) from None
