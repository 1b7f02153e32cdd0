"""`ecg-eval progress`: while readings come in."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

WRONG = 2


def progress(
    config: Annotated[Path, typer.Argument(help="The study's configuration (YAML).", show_default=False)],
    schedule: Annotated[
        Path | None, typer.Option(help="Folder of `ecg-eval plan schedule`; without it, everybody reads everything.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="The schedule's key, where it is kept elsewhere.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="Override a.b.c=value; may repeat.")] = None,
    language: Annotated[str, typer.Option(help="Of what is printed: en or fr.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Say who has read what of what was planned, and what departs from the plan; no answer is looked at."""
    from ecg_eval.pipeline.monitoring import monitor

    seen = monitor(config, schedule=schedule, key=key, overrides=set_ or ())
    if as_json:
        printed = {**asdict(seen.progress), "breaches": [asdict(b) for b in seen.breaches], "waiting": seen.waiting}
        print(json.dumps({**printed, "problems": [str(p) for p in seen.problems]}, ensure_ascii=False, indent=1))
    else:
        print(seen.text(language))
    if seen.problems:
        print("\n".join(str(problem) for problem in seen.problems), file=sys.stderr)
        raise typer.Exit(WRONG)
