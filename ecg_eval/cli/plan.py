"""`ecg-eval plan`: before anybody reads anything."""

import json
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Plan a study before anybody has read anything.")


@app.callback()
def plan() -> None:
    """Plan a study before anybody has read anything."""


@app.command()
def size(
    question: Annotated[str | None, typer.Argument(help="What to plan; without it, all are listed.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A planning value, name=value; may be given several times.")
    ] = None,
    language: Annotated[str, typer.Option(help="Of the protocol's paragraph: en or fr.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Say how many readers and ECGs are needed, as a table and as a paragraph for the protocol."""
    from ecg_eval.pipeline.planning import questions_text, size_report

    if question is None:
        print(questions_text())
        return
    report = size_report(question, set_ or [], language)
    if as_json:
        said = {"values": dict(report.answer.values), "paragraph": report.paragraph, "table": report.rows}
        print(json.dumps(said, ensure_ascii=False, indent=1))
        return
    print(f"{report.paragraph}\n\n{report.table}")
