"""`ecg-eval ledger`: how often a test set was looked at, and what the best may owe to that."""

import json
from pathlib import Path
from typing import Annotated

import typer


def ledger(
    run_or_config: Annotated[
        Path, typer.Argument(help="Folder that a run wrote, or its configuration.", show_default=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """List which models scored the test set of a run, in which versions, and what choosing the best may gain."""
    from ecg_eval.pipeline.ledger import ledger_json, ledger_lines, ledger_of_run

    counted = ledger_of_run(run_or_config)
    if as_json:
        print(json.dumps(ledger_json(counted), ensure_ascii=False, indent=1))
    else:
        print("\n".join(ledger_lines(counted)))
