"""Several runs side by side: what each reader reached, and whether the runs may be compared at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pandas as pd

from ecg_eval.domain.evaluation import MACRO
from ecg_eval.domain.statement import Quote, quotes
from ecg_eval.pipeline.archives.overlap import Tracings, overlap_of, tracings_of_run
from ecg_eval.pipeline.comparison.paired_runs import PairedRuns
from ecg_eval.pipeline.study.run import checked_folder
from ecg_eval.reports.numbers import p_value
from ecg_eval.reports.words import Words

DEFAULT_METRICS = ("auroc", "sensitivity", "specificity", "cohen_kappa", "aid_effect_accuracy")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs side by side.

    Attributes
    ----------
    table : DataFrame
        Columns `run`, then those of an evaluation.
    warnings : list of str
        Why differences between the runs may not be differences between readers.
    """

    table: pd.DataFrame
    warnings: list[str]


def compare_runs(
    run_dirs: Sequence[Path], *, metrics: Sequence[str] = DEFAULT_METRICS, finding: str = MACRO
) -> Comparison:
    """Return the estimates of several run folders for one finding (or the mean over findings).

    Raises
    ------
    RunFolderError
        When a folder is no run folder.
    """
    tables: list[pd.DataFrame] = []
    alike: list[dict[str, object]] = []
    folders = {str(run_dir): checked_folder(run_dir, but=("report",)) for run_dir in run_dirs}
    tracings = {label: tracings_of_run(folder.path) for label, folder in folders.items()}
    for label, folder in folders.items():
        frame = folder.read_evaluation().select(metric=tuple(metrics), finding=finding, subgroup="")
        tables.append(frame.assign(run=label))
        made_from = folder.read_provenance()
        must_be_alike = {
            "The runs were made on different data": (made_from.dataset.name, sorted(made_from.dataset.digests.items())),
            "The runs take different things for the truth": made_from.reference.method,
            "The runs count uncertain and refer differently": made_from.answers,
            "The runs read different recordings": sorted(folder.read_records().index),
        }
        alike.append(must_be_alike)
    table = pd.concat(tables, ignore_index=True)
    order = ["run", *[c for c in table.columns if c != "run"]]
    return Comparison(table[order], [*_warnings(alike), *_shared(tracings)])


def _warnings(runs: Sequence[Mapping[str, object]]) -> list[str]:
    """Say in what runs differ that must be alike, given for each run by the words for where it is not."""
    return [
        f"{words}: differences between them may not be differences between readers."
        for words in runs[0]
        if len({str(run[words]) for run in runs}) > 1
    ]


def _shared(tracings: Mapping[str, Tracings]) -> list[str]:
    """Return what runs on different archives have in common: they are then no independent confirmation."""
    warnings = []
    for (one, first), (other, second) in combinations(tracings.items(), 2):
        if first.name == second.name:
            continue
        both = overlap_of(first, second)
        if len(both.shared):
            shared = f"{len(both.shared)} tracings of {one} are in {other} too"
        elif both.by_lineage:
            shared = f"{first.name} and {second.name} hold the same recordings"
        else:
            continue
        warnings.append(f"{shared}: one does not confirm the other independently.")
    return warnings


def comparison_text(comparison: Comparison) -> str:
    """Return a comparison as lines for people: one a run, reader and metric."""
    lines = list(comparison.warnings)
    if comparison.table.empty:
        return "\n".join([*lines, "No run has such an estimate."])
    for metric, rows in comparison.table.groupby("metric", sort=False):
        lines.append(f"\n{metric}")
        for run, row in zip(rows["run"], quotes(rows), strict=True):
            who = f"{row.reader} with {row.compared_with}" if row.compared_with else row.reader
            lines.append(f"  {run}  {who}, {row.arm}: {_estimate(row)}")
    return "\n".join(lines)


def differences_text(paired: PairedRuns, finding: str = MACRO) -> str:
    """Return differences of readers of different runs as lines for people: what they are made on, then one a pair."""
    lines, english = ["", *paired.remarks], Words("en")
    for metric, rows in paired.differences(finding).groupby("metric", sort=False):
        lines.append(f"\n{metric}, the first minus the second")
        for row in quotes(rows):
            p = f", adjusted p {p_value(row.p_adjusted, english)} (of {row.family_size})" if row.family_size else ""
            lines.append(f"  {row.reader} - {row.compared_with}, {row.arm}: {_estimate(row, sign='+')}{p}")
    return "\n".join(lines)


def _estimate(row: Quote, sign: str = "") -> str:
    if row.value is None:
        return f"cannot be computed: {row.reason}"
    if row.low is None or row.high is None:
        return f"{row.value:{sign}.3f} (no interval: {row.reason})"
    return f"{row.value:{sign}.3f} ({row.low:{sign}.3f} to {row.high:{sign}.3f})"
