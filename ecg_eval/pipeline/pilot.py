"""What a finished run, taken as a pilot, says of readers and ECGs for the size of the next study."""

from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ArgumentError, UnknownNameError, suggestion
from ecg_eval.pipeline.analysis import open_run
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from ecg_eval.stats.mrmc.u_statistics import u_statistics
from ecg_eval.stats.sample_size.case_mix import CaseMixComponents
from ecg_eval.stats.sample_size.mrmc_components import MrmcComponents

_WHO = "plan size --pilot"
_FIGURES = {"sensitivity": "sensitivity", "specificity": "specificity", "auroc": "auc"}


def pilot_values(
    run_dir: str | Path, *, metric: str = "sensitivity", finding: str = "", is_parallel: bool = False
) -> dict[str, float | int | str]:
    """Return the planning values that a run gives: its variance components for one finding, and ECGs that count.

    Parameters
    ----------
    run_dir : path
        A run in which people read ECGs both with and without help.
    metric : {"sensitivity", "specificity", "auroc"}
    finding : str
        A code; may be left out where the run has one finding.
    is_parallel : bool
        Whether the study will have other readers in each arm, so that Var(R) is needed too.

    Raises
    ------
    RunFolderError
        When it is no run folder.
    UnknownNameError, ArgumentError
        For a finding or metric that the run has not, fewer than two readers who read both ways, and a pilot that is too
        small to plan from.
    """
    if metric not in _FIGURES:
        raise ArgumentError(_WHO, "metric", f"one of {', '.join(_FIGURES)}", metric, suggestion(metric, _FIGURES))
    return planning_values(open_run(run_dir).study, metric=metric, finding=finding, is_parallel=is_parallel)


def mix_values(run_dir: str | Path, *, finding: str = "") -> dict[str, float | int | str]:
    """Return the variances of the gain in AUROC that a run gives, by what they come from, for one finding.

    Parameters
    ----------
    run_dir : path
        A run in which people scored ECGs both with and without help.
    finding : str
        A code; may be left out where the run has one finding.

    Raises
    ------
    RunFolderError, UnknownNameError, ArgumentError
        As ``pilot_values``.
    """
    return variances_by_source(open_run(run_dir).study, finding=finding)


def variances_by_source(study: ReaderStudy, *, finding: str) -> dict[str, float | int | str]:
    """Return the variances that a study gives; see ``mix_values``."""
    code = _finding(study, finding)
    reads = _reads(study, code, "scores")
    kinds = np.unique(reads.truth)
    if len(kinds) < 2:
        got = f"none that {'lacks' if kinds[0] else 'shows'} it"
        raise ArgumentError(_WHO, "pilot", f"of ECGs with and without {code}", got)
    result = u_statistics(
        reader=reads.reader, modality=reads.arm, case=reads.ecg, truth=reads.truth, score=reads.answer
    )
    components = CaseMixComponents.from_analysis(result=result, first=1, second=0)
    return {f"var_{name}": value for name, value in asdict(components).items()}


def planning_values(
    study: ReaderStudy, *, metric: str, finding: str, is_parallel: bool = False
) -> dict[str, float | int | str]:
    """Return the planning values that a study gives; see ``pilot_values``."""
    code = _finding(study, finding)
    reads = _reads(study, code, "scores" if metric == "auroc" else "calls")
    result = obuchowski_rockette(
        reader=reads.reader,
        modality=reads.arm,
        case=reads.ecg,
        truth=reads.truth,
        score=reads.answer,
        figure_of_merit=_FIGURES[metric],
        design="crossed",
    )
    truth = study.truth(code)[np.unique(reads.ecg)]
    counted = {"sensitivity": truth == 1, "specificity": truth == 0, "auroc": ~np.isnan(truth)}[metric]
    try:
        components = MrmcComponents.from_analysis(result=result, n_cases=int(counted.sum()))
    except ArgumentError:
        rule = "large enough that readings with and without help differ in their errors"
        raise ArgumentError(_WHO, "pilot", rule, f"{int(counted.sum())} ECGs that count, of {code}") from None
    values: dict[str, float | int | str] = {
        "metric": metric,
        "test_reader": max(components.test_reader, 0.0),  # below zero it counts as none (Hillis et al. 2011)
        "cov1": components.cov1,
        "cov2": components.cov2,
        "cov3": components.cov3,
        "error": components.error,
        "pilot_ecgs": components.n_cases,
    }
    if is_parallel:
        values["reader"] = max(components.reader or 0.0, 0.0)
    return values


def _finding(study: ReaderStudy, finding: str) -> str:
    if finding and finding not in study.findings:
        raise UnknownNameError(_WHO, "finding", "one of the pilot's", finding, suggestion(finding, study.findings))
    if not finding and len(study.findings) > 1:
        rule = f"one of the pilot's {len(study.findings)} findings ({', '.join(study.findings[:8])})"
        raise ArgumentError(_WHO, "finding", rule, None, "Give --finding.")
    return finding or study.findings[0]


class _Reads(NamedTuple):
    """One row a reading of a pilot, every array of shape (n_reads,)."""

    reader: NDArray[np.str_]
    arm: NDArray[np.int_]
    ecg: NDArray[np.intp]
    truth: NDArray[np.float64]
    answer: NDArray[np.float64]


def _reads(study: ReaderStudy, finding: str, cube: str) -> _Reads:
    """Return who read what in which arm: people who read in both, ECGs that all of them read both ways."""
    place = study.findings.index(finding)
    answers, truth = study.cube(cube)[:, place], study.truth(finding)
    people = [r for r in study.readers_with(UNAIDED, AIDED) if study.is_human(r)]
    rows = [study.reader_arms.index((reader, arm)) for reader in people for arm in (UNAIDED, AIDED)]
    common = ~np.isnan(truth) & ~np.isnan(answers[rows]).any(axis=0)
    if len(people) < 2 or not common.any():
        got = f"{len(people)} such readers and {int(common.sum())} such ECGs"
        what = "scores" if cube == "scores" else "answers"
        raise ArgumentError(_WHO, "pilot", f"of 2 or more readers with {what} both ways on the same ECGs", got)
    n = int(common.sum())
    labels = [study.reader_arms[i] for i in rows]
    return _Reads(
        reader=np.repeat([reader for reader, _ in labels], n),
        arm=np.repeat([0 if arm == UNAIDED else 1 for _, arm in labels], n),
        ecg=np.tile(np.flatnonzero(common), len(rows)),
        truth=np.tile(truth[common], len(rows)),
        answer=answers[rows][:, common].ravel(),
    )
