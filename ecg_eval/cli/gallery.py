"""`ecg-eval gallery`: the ECGs on which readers part most, to look at and to settle."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ecg_eval.cli.bars import bar, silent


def gallery(
    run_dir: Annotated[Path, typer.Argument(help="Folder that a run wrote.", show_default=False)],
    finding: Annotated[list[str] | None, typer.Option(help="Only this finding; may repeat.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="en or fr; may repeat [those of the report].")] = None,
    limit: Annotated[int, typer.Option(help="So many ECGs at most.")] = 40,
    minimum_share: Annotated[float, typer.Option(help="Least share of the readers who part, 0 to 1.")] = 0.5,
    blinded: Annotated[bool, typer.Option("--blinded", help="Tracings and questions alone, to be settled.")] = False,
    no_pdf: Annotated[bool, typer.Option("--no-pdf", help="Print no booklet.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Show where readers and a model, or readers and the reference, part most: page, booklet and sheet."""
    from ecg_eval.pipeline.adjudication.gallery import gallery_lines, write_gallery

    written = write_gallery(
        run_dir,
        findings=finding or (),
        languages=language or (),
        at_most=limit,
        least_share=minimum_share,
        blinded=blinded,
        booklet=not no_pdf,
        progress=silent if as_json else bar,
    )
    if as_json:
        files = {key: [str(p) for p in getattr(written, key)] for key in ("pages", "booklets", "sheets")}
        print(json.dumps(vars(written) | files, ensure_ascii=False, indent=1))
    else:
        print("\n".join(gallery_lines(written)))
