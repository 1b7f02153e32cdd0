"""What a reader would do about an ECG, and what its findings call for, on one scale from nothing to an ambulance.

An ECG calls for what its most urgent finding does, by the urgency that the vocabulary (or the study's own definition of
a finding) states; a study says otherwise with `calls_for: {AF: refer}`. An ECG without any finding calls for nothing.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from ecg_eval.domain.findings import vocabulary
from ecg_eval.domain.reading import MANAGEMENT
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.errors import ConfigError, suggestion

NOBODY_SAID = "nobody said what they would do about these ECGs"
_OF_URGENCY = {"none": "nothing", "routine": "follow_up", "urgent": "refer", "act_now": "ambulance"}


def said(study: ReaderStudy) -> Floats:
    """Return what each reader and arm would do, (n_reader_arms, n_records): 0 (nothing) to 3, NaN not said.

    Where findings of an ECG have answers of their own, the most urgent is that of the ECG.
    """
    cube = study.cube("management")
    highest = np.where(np.isnan(cube), -np.inf, cube).max(axis=1, initial=-np.inf)
    return np.asarray(np.where(np.isinf(highest), np.nan, highest))


def anybody_said(study: ReaderStudy) -> bool:
    """Whether any reader said what to do about any ECG."""
    return not bool(np.isnan(study.cube("management")).all())


def levels_of(findings: Sequence[str], calls_for: Mapping[str, str]) -> Floats:
    """Return what each finding calls for, (n_findings,): 0 (nothing) to 3 (an ambulance).

    Raises
    ------
    ConfigError
        For an answer that there is not, and a finding that the study has not.
    """
    for code, answer in calls_for.items():
        if code not in findings:
            raise ConfigError(
                "metrics", f"calls_for.{code}", "a finding of the study", code, suggestion(code, findings)
            )
        if answer not in MANAGEMENT:
            rule = f"one of {', '.join(MANAGEMENT)}"
            raise ConfigError("metrics", f"calls_for.{code}", rule, answer, suggestion(answer, MANAGEMENT))
    return np.array([MANAGEMENT.index(calls_for.get(code, _by_urgency(code))) for code in findings], dtype=float)


def _by_urgency(code: str) -> str:
    entry = vocabulary().get(code)
    return _OF_URGENCY[entry.urgency if entry is not None else "none"]


def called_for(truths: Floats, levels: Floats) -> Floats:
    """Return what each ECG calls for, (n_records,): 0 to 3, NaN where a truth that might call for more is unknown.

    Parameters
    ----------
    truths : ndarray (n_findings, n_records)
        1, 0, NaN unknown.
    levels : ndarray (n_findings,)
    """
    needed = np.where(truths == 1, levels[:, None], 0.0).max(axis=0, initial=0.0)
    might = np.where(np.isnan(truths), levels[:, None], 0.0).max(axis=0, initial=0.0)
    return np.asarray(np.where(might > needed, np.nan, needed))
