"""`ecg-eval export` and `ecg-eval pool`: what a study tells others, and what studies say together."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ecg_eval.errors import ArgumentError

EXPORT = "ecg-eval export"


def export(  # noqa: PLR0913, PLR0917 - each is one option
    run_dir: Annotated[Path, typer.Argument(help="Folder that a run wrote.", show_default=False)],
    observatory: Annotated[bool, typer.Option("--observatory", help="The file that studies are pooled by.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="File to write [RUN/observatory.json].")] = None,
    study: Annotated[str, typer.Option(help="Name of the study; the run's name when not given.")] = "",
    software: Annotated[
        list[str] | None, typer.Option(help="Version of a program, NAME=VERSION; may be given several times.")
    ] = None,
    device: Annotated[list[str] | None, typer.Option(help="What recorded the ECGs; several times.")] = None,
    start: Annotated[str, typer.Option("--from", help="Begin of the study, year or year-month.")] = "",
    end: Annotated[str, typer.Option("--to", help="Its end.")] = "",
    minimum_cell: Annotated[int, typer.Option(help="Counts from 1 to one less are withheld.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Write what a study may tell others: counts and shares, no person, small numbers withheld."""
    from ecg_eval.pipeline.observatory.export import Declared, export_study

    if not observatory:
        raise ArgumentError(EXPORT, "what is exported", "named: --observatory", "nothing")
    versions = dict(_pair(text) for text in software or [])
    declared = Declared(study=study, software=versions, devices=tuple(device or ()), period_start=start, period_end=end)
    path, withheld = export_study(run_dir, declared=declared, out=out, least=minimum_cell)
    if as_json:
        print(json.dumps({"path": str(path), "withheld": withheld}, ensure_ascii=False, indent=1))
    else:
        print(f"{path}: read it before you send it.\n{withheld}")


def pool(
    files: Annotated[list[Path], typer.Argument(help="Files of studies, as export wrote them.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("pooled"),
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Pool several studies: sensitivity with specificity, agreement, how far studies differ, and drift."""
    from ecg_eval.pipeline.observatory.pool import numbers_table, pool_files, pooled_lines

    outcome = pool_files(files, out=out)
    if as_json:
        rows = json.loads(numbers_table(outcome.pooling.numbers).to_json(orient="records"))
        written = [str(path) for path in (*outcome.pages, *outcome.tables)]
        print(json.dumps({"pooled": rows, "written": written}, ensure_ascii=False, indent=1))
    else:
        print("\n".join(pooled_lines(outcome)))


def _pair(text: str) -> tuple[str, str]:
    name, equals, version = text.partition("=")
    if not (name and equals and version):
        raise ArgumentError(EXPORT, "--software", "NAME=VERSION", text)
    return name, version
