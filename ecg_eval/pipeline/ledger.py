"""The ledger of a run's test set, asked for by its folder or its configuration, and as a table."""

from datetime import UTC, datetime
from pathlib import Path

from ecg_eval.config.load import load_config
from ecg_eval.errors import RunFolderError
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.run import checked_folder, config_of
from ecg_eval.pipeline.study.stages import read_result
from ecg_eval.pipeline.study.store import RUNS, store_uri
from ecg_eval.tracking.ledger import Ledger, Version
from ecg_eval.tracking.log_items import log_items
from ecg_eval.tracking.mlflow_tracker import read_ledger

_SHOWN = 8  # digits of a version


def ledger_of_run(run_or_config: Path) -> Ledger:
    """Return what the store holds of the test set of a run.

    Parameters
    ----------
    run_or_config : Path
        The folder that a run wrote, or the configuration that it was made from.

    Raises
    ------
    RunFolderError
        When nothing was run there, or no model was scored against a truth.
    TrackingError
        When the store is not there, or cannot be searched.
    """
    folder = checked_folder(_folder(run_or_config), but=("report",))
    config = config_of(folder.path)
    with speaking_as(config):
        items = log_items(read_result(config, folder))
    counted = read_ledger(items, uri=store_uri(config))
    if counted is None:
        raise RunFolderError(str(folder.path), "run", "one in which a model was scored against a truth")
    return counted


def _folder(run_or_config: Path) -> Path:
    if not run_or_config.is_file():
        return run_or_config
    config = load_config(run_or_config)
    folder = config.out or RUNS / config.name
    if not folder.is_dir():
        remedy = f"Run it first: ecg-eval run {run_or_config}."
        raise RunFolderError(
            str(folder), "run folder", "there: the test set is known when it was scored", remedy=remedy
        )
    return folder


def ledger_lines(counted: Ledger) -> list[str]:
    """Return a ledger as lines for people: a version a line, the first to be looked at first, then what follows."""
    rows = [["model", "version", "first", "last", "runs", counted.headline or "headline number"]]
    rows += [_cells(version) for version in counted.versions]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [f"Test set {counted.test_set}", "", *table, "", *counted.sentences()]


def _cells(version: Version) -> list[str]:
    days = [_day(at_ms) for at_ms in (version.first_ms, version.last_ms)]
    return [version.model, version.digest[:_SHOWN], *days, str(version.n_looks), _number(version)]


def _number(version: Version) -> str:
    if version.value is None:
        return "not logged"
    interval = "" if version.low is None or version.high is None else f" ({version.low:.3f} to {version.high:.3f})"
    return f"{version.value:.3f}{interval}"


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).date().isoformat()


def _as_json(version: Version) -> dict[str, object]:
    days = {"first": _day(version.first_ms), "last": _day(version.last_ms)}
    return {key: value for key, value in vars(version).items() if not key.endswith("_ms")} | days


def ledger_json(counted: Ledger) -> dict[str, object]:
    """Return a ledger as JSON has it; numbers that are not known are null."""
    return {
        "test_set": counted.test_set,
        "models_before": len({version.model for version in counted.before}),
        "versions_before": len(counted.before),
        "versions_new": len(counted.new),
        "headline": counted.headline,
        "standard_error": counted.standard_error,
        "n_candidates": counted.n_candidates,
        "gain_by_chance": counted.gain,
        "versions": [_as_json(version) for version in counted.versions],
        "sentences": counted.sentences(),
    }
