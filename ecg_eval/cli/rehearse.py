"""`ecg-eval rehearse`: a plan tried out before anybody has read anything."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ecg_eval.cli.bars import bar, silent


def rehearse(  # noqa: PLR0913, PLR0917 - each is one option
    config: Annotated[Path, typer.Argument(help="The study's configuration (YAML).", show_default=False)],
    schedule: Annotated[Path | None, typer.Option(help="Folder of `ecg-eval plan schedule`: who reads what.")] = None,
    key: Annotated[Path | None, typer.Option(help="The schedule's key, where it is kept elsewhere.")] = None,
    studies: Annotated[int, typer.Option(help="How many studies are simulated.")] = 20,
    n: Annotated[int, typer.Option("--readers", help="How many GPs, where there is no schedule.")] = 12,
    ai_sensitivity: Annotated[float, typer.Option(help="Of each AI of the plan.")] = 0.85,
    ai_specificity: Annotated[float, typer.Option(help="Of each AI of the plan.")] = 0.92,
    reliance: Annotated[float, typer.Option(help="How readily advice is taken: 1 as published, 0 never.")] = 1.0,
    missing: Annotated[float, typer.Option(help="Share of readings that are not given.")] = 0.01,
    learning: Annotated[float, typer.Option(help="What readers gain in d' with every 100 ECGs read.")] = 0.0,
    resamples: Annotated[int, typer.Option(help="Bootstrap resamples of each study.")] = 200,
    set_: Annotated[list[str] | None, typer.Option("--set", help="Override a.b.c=value; may repeat.")] = None,
    seed: Annotated[int, typer.Option(help="Everything random is drawn from it.")] = 1,
    language: Annotated[str, typer.Option(help="Of what is printed: en or fr.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Simulate answers to a plan and evaluate them: what would be found, how often, and what breaks."""
    from ecg_eval.pipeline.rehearsal.rehearse import rehearse as rehearse_plan
    from ecg_eval.pipeline.rehearsal.report import rehearsal_rows, rehearsal_text
    from ecg_eval.pipeline.simulate import Accuracy

    ai = Accuracy(ai_sensitivity, ai_specificity)
    made = rehearse_plan(
        config,
        schedule=schedule,
        key=key,
        n_studies=studies,
        n_readers=n,
        ai=ai,
        reliance=reliance,
        missing=missing,
        learning=learning,
        n_resamples=resamples,
        overrides=set_ or (),
        seed=seed,
        progress=silent if as_json else bar,
    )
    if as_json:
        printed = asdict(made) | {"questions": rehearsal_rows(made)}
        print(json.dumps(printed, ensure_ascii=False, indent=1))
        return
    print(rehearsal_text(made, ai, language))
