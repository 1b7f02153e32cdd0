"""The files of an observatory read, held against each other, and put in order by what their numbers are of."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecg_eval.domain.facts.observatory import FORMAT, VERSION, StudySummary
from ecg_eval.domain.facts.plain import from_plain
from ecg_eval.domain.facts.pooled import Question, Refused
from ecg_eval.errors import EcgEvalError, InputFileError, ProblemsError, RunFolderError

REMEDY = "Write it again with `ecg-eval export RUN --observatory`."
_MOST_BYTES = 1 << 24


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One number of one study before it is pooled.

    Attributes
    ----------
    study, software_version, period : str
    value : float or None
        None where the study withholds it.
    error : float or None
        Standard error, on the scale of the value; None where a share is 0 or 1.
    ecgs : int
        Different ECGs behind it; 0 where that is withheld.
    """

    study: str
    software_version: str
    period: str
    value: float | None
    error: float | None
    ecgs: int


def read_summaries(paths: Sequence[Path]) -> list[StudySummary]:
    """Return the studies that files hold.

    Raises
    ------
    ProblemsError
        Naming each file that is no file of an observatory.
    """
    problems: list[EcgEvalError] = []
    summaries = []
    for path in paths:
        try:
            summaries.append(_read(path))
        except EcgEvalError as error:
            problems.append(error)
    if problems:
        raise ProblemsError("ecg-eval pool", problems)
    return summaries


def _read(path: Path) -> StudySummary:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputFileError(str(path), "file", f"at most {_MOST_BYTES} bytes", path.stat().st_size, REMEDY)
        held = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputFileError(str(path), "file", "readable", error.strerror or str(error)) from None
    except (ValueError, RecursionError) as error:
        raise InputFileError(str(path), "file", "JSON", str(error)[:120], REMEDY) from None
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        raise InputFileError(str(path), "file", f"one of an observatory (format: {FORMAT})", "another", REMEDY)
    if held.get("version") != VERSION:
        rule = f"{VERSION}, which this version of ecg_eval reads"
        raise InputFileError(str(path), "version", rule, held.get("version"), REMEDY)
    try:
        return from_plain(StudySummary, held, who=str(path), remedy=REMEDY)
    except RunFolderError as error:
        raise InputFileError(str(path), error.what, error.rule, error.value, REMEDY) from None


def without_repeats(
    summaries: Sequence[StudySummary], paths: Sequence[Path]
) -> tuple[list[StudySummary], list[Refused]]:
    """Return each evaluation once, and what of the files must be said."""
    unique: dict[tuple[str, str], StudySummary] = {}
    files: dict[tuple[str, str], list[str]] = {}
    for summary, path in zip(summaries, paths, strict=True):
        key = (summary.study, summary.evaluation)
        unique.setdefault(key, summary)
        files.setdefault(key, []).append(path.name)
    remarks = [
        Refused(kind="same_file", study=study, files=tuple(names))
        for (study, _), names in files.items()
        if len(names) > 1
    ]
    by_study: dict[str, list[str]] = {}
    for (study, _), names in files.items():
        by_study.setdefault(study, []).extend(names[:1])
    remarks += [
        Refused(kind="same_study", study=s, files=tuple(names)) for s, names in by_study.items() if len(names) > 1
    ]
    simulated = [s.study for s in unique.values() if s.simulated]
    if simulated and len(simulated) < len(unique):
        remarks += [Refused(kind="simulated", study=study, files=()) for study in dict.fromkeys(simulated)]
    return list(unique.values()), remarks


def questions_of(summaries: Sequence[StudySummary]) -> dict[Question, list[Entry]]:
    """Return every number that studies tell, by what it is of, in the order of first appearance."""
    by_question: dict[Question, list[Entry]] = {}
    for summary in summaries:
        for question, entry in _entries(summary):
            by_question.setdefault(question, []).append(entry)
    return by_question


def _entries(summary: StudySummary) -> Iterator[tuple[Question, Entry]]:
    versions = {software.name: software.version for software in summary.software}
    period = summary.period_end or summary.period_start
    for a in summary.accuracy:
        version = versions.get(a.reader, "") if a.is_software else _helper(summary, a.arm)
        for quantity, value, error, ecgs in (
            ("sensitivity", a.sensitivity, a.sensitivity_error, a.positive_ecgs),
            ("specificity", a.specificity, a.specificity_error, a.negative_ecgs),
        ):
            if value is None and ecgs == 0:
                continue  # no ECG of this kind: nothing was read, and nothing is withheld
            question = Question(
                quantity=quantity, reader=a.reader, is_software=a.is_software, arm=a.arm, finding=a.finding
            )
            yield (
                question,
                Entry(
                    study=summary.study,
                    software_version=version,
                    period=period,
                    value=value,
                    error=error,
                    ecgs=ecgs or 0,
                ),
            )
    for k in summary.agreement:
        beside = k.second if k.second != k.first else ""
        question = Question(
            quantity="kappa",
            reader=k.first,
            is_software=k.coefficient == "cohen_kappa",
            beside=beside,
            arm=k.arm,
            finding=k.finding,
        )
        entry = Entry(
            study=summary.study,
            software_version=versions.get(k.first, "") if question.is_software else _helper(summary, k.arm),
            period=period,
            value=k.value,
            error=k.standard_error,
            ecgs=k.ecgs,
        )
        yield question, entry


def _helper(summary: StudySummary, arm: str) -> str:
    """Return the version of the program that helped people in an arm, with its name; empty where nobody did."""
    helping = [software for software in summary.software if arm in software.helps_in]
    return "; ".join(f"{software.name} {software.version}".strip() for software in helping if software.version)
