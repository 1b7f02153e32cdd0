"""`ecg-eval plan materials`: what readers are given and answer on."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ecg_eval.cli.bars import bar, silent
from ecg_eval.cli.language import in_its_language


@in_its_language
def materials(  # noqa: PLR0913, PLR0917 - each is one option
    plan: Annotated[Path, typer.Argument(help="Folder of a schedule.", show_default=False)],
    archive: Annotated[
        Path, typer.Argument(help="A configuration (YAML), or a folder in PTB-XL's layout.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", help="New or empty folder.")] = Path("materials"),
    findings: Annotated[
        str | None, typer.Option(help="Asked about, such as AF,LBBB; those of the configuration otherwise.")
    ] = None,
    ai: Annotated[
        Path | None, typer.Option(help="What the AI says: a table of readings, or the folder of a run.")
    ] = None,
    ai_reader: Annotated[str | None, typer.Option(help="The AI in it, where it has several readers.")] = None,
    management: Annotated[
        str | None,
        typer.Option(
            help='Ask also what the reader would do: "nothing,follow_up,refer,ambulance", or "own words=refer".'
        ),
    ] = None,
    language: Annotated[str, typer.Option(help="In which readers are asked: en or fr.")] = "en",
    key: Annotated[Path | None, typer.Option("--key", help="Where the key is kept [PLAN/key.csv].")] = None,
    pdf: Annotated[bool, typer.Option(help="Print booklets and sheets as PDF; some 0.2 s a page.")] = True,
    pictures: Annotated[bool, typer.Option("--pictures", help="Make a picture a reading, for Label Studio.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Make booklets true to scale, Excel answer sheets, REDCap and Label Studio projects, instructions, information."""
    from ecg_eval.pipeline.materials import MaterialSettings, plan_materials

    settings = MaterialSettings(
        language=language,
        findings=_words(findings),
        management=_words(management),
        ai=ai,
        ai_reader=ai_reader,
        key=key,
        pdf=pdf,
        pictures=pictures,
    )
    made = plan_materials(plan, archive, out, settings=settings, progress=silent if quiet or as_json else bar)
    if as_json:
        print(json.dumps({"counts": made.counts, "notes": made.notes}, ensure_ascii=False, indent=1))
    elif not quiet:
        print(made.text)


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())
