"""`ecg-eval run --shard`, and what `ecg-eval merge` says beside what a run says."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ecg_eval.cli.bars import bar, silent

if TYPE_CHECKING:
    from ecg_eval.pipeline.shards.make_shard import ShardOutcome
    from ecg_eval.pipeline.shards.merge import Merged


def run_shard(config: Path, overrides: Sequence[str], words: str, *, quiet: bool, as_json: bool) -> None:
    """Make one shard of a run, and say what came of it."""
    from ecg_eval.pipeline.shards.make_shard import make_shard
    from ecg_eval.pipeline.shards.shares import share_of
    from ecg_eval.pipeline.study.check import check_file

    share = share_of(words)
    made = make_shard(check_file(config, overrides), share, progress=silent if quiet or as_json else bar)
    if as_json:
        models = {label: {"how": model.how, "why": model.why} for label, model in made.models.items()}
        answer = {
            "folder": str(made.folder),
            "shard": str(share),
            "recordings": made.recordings,
            "of": made.of_all,
            "unusable": made.unusable,
            "models": models,
            "stood": made.stood,
        }
        print(json.dumps(answer, ensure_ascii=False, indent=1))
    elif not quiet:
        print("\n".join(_shard_lines(made, config)))


def _shard_lines(made: "ShardOutcome", config: Path) -> list[str]:
    """Return what is said of a shard."""
    did = {
        "read": "read the share",
        "measured": "was measured for; teaching and scores come with the merge",
    }
    stood = "Nothing had changed: it stood already. " if made.stood else ""
    lines = [
        f"{stood}Shard {made.share}: {made.recordings:,} of {made.of_all:,} recordings, {made.unusable:,} unusable."
    ]
    for label, model in made.models.items():
        lines.append(f"  {label}: {did.get(model.how) or model.why}")
    lines.append(f"Folder:  {made.folder}")
    return [*lines, f"When all {made.share.of} are there: ecg-eval merge {config}"]


def merged_lines(merged: "Merged") -> list[str]:
    """Return what is said of a merge beside what is said of every run."""
    n = f"{merged.shards:,} shards" if merged.shards != 1 else "1 shard"
    lines = [f"Merged {n} of {merged.recordings:,} recordings."]
    lines += [f"{label} read here: {why}." for label, why in merged.here.items()]
    if merged.again:
        lines.append(f"Worked out here, as no shard had it: {merged.again:,} times something about a recording.")
    return lines


def merged_json(merged: "Merged") -> dict[str, object]:
    """Return the same for JSON."""
    return {
        "shards": merged.shards,
        "recordings": merged.recordings,
        "read_here": merged.here,
        "worked_out_again": merged.again,
    }
