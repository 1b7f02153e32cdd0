"""`ecg-eval plan`: before anybody reads anything."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ecg_eval.cli import materials, schedule
from ecg_eval.cli.bars import bar
from ecg_eval.cli.language import in_its_language

app = typer.Typer(no_args_is_help=True, help="Plan a study before anybody has read anything.")
app.command()(schedule.schedule)
app.command()(schedule.check)
app.command()(materials.materials)


@app.callback()
def plan() -> None:
    """Plan a study before anybody has read anything."""


@app.command()
@in_its_language
def size(
    question: Annotated[str | None, typer.Argument(help="What to plan; without it, all are listed.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A planning value, name=value; may be given several times.")
    ] = None,
    pilot: Annotated[
        Path | None,
        typer.Option(help="A finished run whose readers and ECGs the study's are like (from_pilot, another_mix)."),
    ] = None,
    finding: Annotated[str, typer.Option(help="The pilot's finding; needed where it has several.")] = "",
    curve: Annotated[
        Path | None, typer.Option(help="New picture (.svg) of the size along power or precision; its table beside it.")
    ] = None,
    language: Annotated[str, typer.Option(help="Of list, paragraph, table and curve: en or fr.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Say how many readers and ECGs are needed, as a table and as a paragraph for the protocol."""
    from ecg_eval.pipeline.planning import questions_text, size_report, write_curve

    if question is None:
        print(questions_text(language))
        return
    report = size_report(question, set_ or [], language, pilot=pilot, finding=finding)
    drawn = write_curve(report.answer, curve, language) if curve else ()
    if as_json:
        printed = {"values": dict(report.answer.values), "paragraph": report.paragraph, "table": report.rows}
        print(json.dumps(printed, ensure_ascii=False, indent=1))
        return
    print("\n".join([f"{report.paragraph}\n\n{report.table}", *map(str, drawn)]))


@app.command()
@in_its_language
def cases(  # noqa: PLR0913, PLR0917 - each is one option
    archive: Annotated[
        Path, typer.Argument(help="A configuration (YAML), or a folder in PTB-XL's layout.", show_default=False)
    ],
    want: Annotated[
        list[str],
        typer.Option(help="FINDING=N, FINDING/COLUMN:LEVEL=N, or none=N for ECGs without any of them; may repeat."),
    ],
    by: Annotated[
        list[str] | None, typer.Option(help="Spread evenly over sex, age, device, difficulty, quality ...; may repeat.")
    ] = None,
    about: Annotated[
        Path | None, typer.Option(help="A table with record_id and further columns to divide ECGs by.")
    ] = None,
    trained_on: Annotated[
        list[str] | None, typer.Option(help='What an AI learnt from: "ptb_xl folds 1-8"; may repeat.')
    ] = None,
    allow_learnt: Annotated[
        bool, typer.Option("--allow-learnt", help="Draw also from what a model may have learnt from.")
    ] = False,
    signals_later: Annotated[
        bool, typer.Option("--signals-later", help="Draw also ECGs whose signals are yet to be fetched.")
    ] = False,
    look_at_signals: Annotated[
        bool, typer.Option("--look-at-signals", help="Read every signal, and leave out what a run would leave out.")
    ] = False,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Override a.b.c=value of the configuration; may repeat.")
    ] = None,
    out: Annotated[Path, typer.Option(help="New file of the ECGs drawn; how they were drawn goes beside it.")] = Path(
        "cases.csv"
    ),
    seed: Annotated[int, typer.Option(help="The same seed and words draw the same ECGs.")] = 1,
    language: Annotated[str, typer.Option(help="Of what is printed: en or fr.")] = "en",
) -> None:
    """Draw the ECGs of a study from an archive: stratified, enriched, no patient twice, with sampling weights."""
    from ecg_eval.pipeline.cases.plan_cases import cases_text, command_again, plan_cases, write_cases

    drawn = plan_cases(
        archive,
        want,
        by=by or (),
        about=about,
        trained_on=trained_on or (),
        allow_learnt=allow_learnt,
        signals_later=signals_later,
        look_at_signals=look_at_signals,
        overrides=set_ or (),
        seed=seed,
        progress=bar,
    )
    again = command_again(
        archive,
        {
            "by": by,
            "about": about,
            "trained-on": trained_on,
            "allow-learnt": allow_learnt,
            "signals-later": signals_later,
            "look-at-signals": look_at_signals,
            "set": set_,
            "out": out.with_stem(f"{out.stem}-nearest"),
            "seed": seed,
            "language": language,
        },
    )
    text = cases_text(drawn.plan, language, again)
    write_cases(drawn, out)
    print(f"{text}\n\n{out}")
    if drawn.plan.draw.is_short:
        raise typer.Exit(1)


@app.command()
def protocol(
    config: Annotated[Path, typer.Argument(help="The study's configuration (YAML).", show_default=False)],
    schedule: Annotated[Path | None, typer.Option(help="Folder of `ecg-eval plan schedule`.")] = None,
    key: Annotated[Path | None, typer.Option(help="The schedule's key, where it is kept elsewhere.")] = None,
) -> None:
    """Draft a statistical analysis plan from the choices of a configuration, in English and French."""
    from ecg_eval.pipeline.protocol import write_protocol

    for page in write_protocol(config, schedule=schedule, key=key):
        print(page)
    print(f"Write what stands in square brackets, then: ecg-eval lock {config}")
