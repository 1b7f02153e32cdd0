"""`ecg-eval adjudicate`: disputed readings out to an adjudicator, and the answers back."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ecg_eval.cli.bars import bar, silent


def adjudicate(
    run_dir: Annotated[Path, typer.Argument(help="Folder that a run wrote.", show_default=False)],
    answers: Annotated[Path | None, typer.Option(help="The sheet, filled in: take its answers back.")] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Sheet to write [RUN/adjudication.csv]; with --answers, the new folder."),
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Say on the sheet who said what.")] = False,
    limit: Annotated[int | None, typer.Option(help="So many rows at most.")] = None,
    minimum_split: Annotated[float, typer.Option(help="Least share of the smaller side of readers, 0 to 0.5.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Write disputed readings as a sheet for an adjudicator; take the answers back as a new truth."""
    if answers is None:
        from ecg_eval.pipeline.adjudication.sheet import sheet_lines, write_sheet

        sheet = write_sheet(run_dir, out=out, blinded=not show, limit=limit, split=minimum_split)
        if as_json:
            print(json.dumps(vars(sheet) | {"paths": [str(p) for p in sheet.paths]}, indent=1))
        else:
            print("\n".join(sheet_lines(sheet)))
        return
    from ecg_eval.pipeline.adjudication.settle import settle, settled_lines

    settled = settle(run_dir, answers, out=out, progress=silent if as_json else bar)
    if as_json:
        facts = settled.facts
        changed = [vars(change) for change in facts.changed]
        summary = {"folder": str(settled.folder), "answered": facts.n_answered, "changed": changed}
        print(json.dumps(summary, ensure_ascii=False, indent=1))
    else:
        print("\n".join(settled_lines(settled)))
