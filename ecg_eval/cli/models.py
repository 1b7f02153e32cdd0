"""`ecg-eval train`, `check-model`, `stress`, `matrix`: a model is trained, tried, and taken to other ECGs."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ecg_eval.cli.bars import bar, silent

NOT_TO_BE_USED = 1


def check_model(
    config: Annotated[Path, typer.Argument(help="Configuration file (YAML).", show_default=False)],
    model: Annotated[list[str] | None, typer.Option(help="Only this model of it, by its id; may repeat.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="Override a.b.c=value; may repeat.")] = None,
    records: Annotated[int, typer.Option(help="Recordings that each model is asked about.")] = 6,
    lessons: Annotated[int, typer.Option(help="Training recordings that a model which learns is taught on.")] = 200,
    seconds: Annotated[float, typer.Option(help="For one question; a model that takes longer hangs.")] = 120.0,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Try models on ordinary and odd recordings, and say whether they may be used (exit code 0) or not (1)."""
    from ecg_eval.pipeline.model_check.check_model import Trial, check_models

    trial = Trial(n_records=records, n_lessons=lessons, question_s=seconds)
    checks = check_models(
        config, only=model or (), overrides=set_ or (), trial=trial, progress=silent if as_json else bar
    )
    if as_json:
        answer = [{**asdict(check), "may_be_used": check.may_be_used} for check in checks]
        print(json.dumps(answer, ensure_ascii=False, indent=1))
    else:
        print("\n\n".join(check.text for check in checks))
    if not all(check.may_be_used for check in checks):
        raise typer.Exit(NOT_TO_BE_USED)


def stress(
    config: Annotated[Path, typer.Argument(help="Configuration file (YAML).", show_default=False)],
    set_: Annotated[list[str] | None, typer.Option("--set", help="Override a.b.c=value; may repeat.")] = None,
    noise: Annotated[Path | None, typer.Option(help="Folder of the noise records bw, ma, em [stress.noise].")] = None,
    records: Annotated[int | None, typer.Option(help="ECGs that are changed [stress.records].")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write to [runs/NAME-stress].")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Let models read tracings that something goes wrong with, dose by dose; a table and a page."""
    from ecg_eval.pipeline.stress.stress import numbers_table, stress_file, stress_lines

    overrides = list(set_ or [])
    overrides += [] if noise is None else [f"stress.noise={json.dumps(str(noise.resolve()))}"]
    overrides += [] if records is None else [f"stress.records={records}"]
    outcome = stress_file(config, overrides=overrides, out=out, progress=silent if as_json else bar)
    if as_json:
        rows = json.loads(numbers_table(outcome.result).to_json(orient="records"))
        written = [str(outcome.table), *map(str, outcome.pages)]
        print(json.dumps({"numbers": rows, "failed": dict(outcome.result.failed), "written": written}, indent=1))
    else:
        print("\n".join(stress_lines(outcome)))


def train(
    config: Annotated[Path, typer.Argument(help="Configuration file (YAML).", show_default=False)],
    set_: Annotated[list[str] | None, typer.Option("--set", help="Override a.b.c=value; may repeat.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write to [runs/NAME-training].")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Everything random is drawn from it.")] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Leave a checkpoint that stands there aside.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Train a network on a configuration's training folds; the same command goes on after an interruption."""
    from ecg_eval.pipeline.training.train import train_file, train_lines

    overrides = list(set_ or []) + ([] if seed is None else [f"seed={seed}"])
    show = silent if quiet or as_json else bar
    outcome = train_file(config, overrides=overrides, out=out, anew=anew, progress=show)
    if as_json:
        print(json.dumps(asdict(outcome), ensure_ascii=False, indent=1, default=str))
    elif not quiet:
        print("\n".join(train_lines(outcome)))


def matrix(
    config: Annotated[Path, typer.Argument(help="Configuration file (YAML).", show_default=False)],
    set_: Annotated[list[str] | None, typer.Option("--set", help="Override a.b.c=value; may repeat.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write to [runs/NAME-matrix].")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Teach models on each of several archives and let them read all; a table and a page."""
    from ecg_eval.pipeline.matrix.matrix import matrix_file, matrix_lines, numbers_table

    outcome = matrix_file(config, overrides=set_ or (), out=out, progress=silent if as_json else bar)
    if as_json:
        rows = json.loads(numbers_table(outcome.result).to_json(orient="records"))
        written = [str(outcome.table), *map(str, outcome.pages)]
        print(json.dumps({"numbers": rows, "failed": outcome.result.failed, "written": written}, indent=1))
    else:
        print("\n".join(matrix_lines(outcome)))
