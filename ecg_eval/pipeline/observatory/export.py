"""A study's file for the observatory, from what its run folder holds."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.design import design_of
from ecg_eval.domain.facts.observatory import PERIOD, AccuracySummary, AgreementSummary, SoftwareSummary, StudySummary
from ecg_eval.domain.facts.plain import to_plain
from ecg_eval.domain.people.personal import personal_in
from ecg_eval.domain.result import StudyResult
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ArgumentError
from ecg_eval.pipeline.observatory.suppression import LEAST_SHOWN, without_small
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.run import checked_folder, config_of
from ecg_eval.pipeline.study.stages import read_result
from ecg_eval.storage.atomic import write_atomically

WHO = "ecg-eval export"
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What the run folder does not know, and the user says.

    Attributes
    ----------
    study : str
        Name of the study; the run's name where it is empty.
    software : mapping of str to str
        Program -> its version.
    devices : tuple of str
    period_start, period_end : str
        Year or year-month.
    """

    study: str = ""
    software: Mapping[str, str] = field(default_factory=dict)
    devices: tuple[str, ...] = ()
    period_start: str = ""
    period_end: str = ""

    def __post_init__(self) -> None:
        """Refuse a day, which narrows down persons, and what looks like a person's."""
        for option, date in (("--from", self.period_start), ("--to", self.period_end)):
            if not PERIOD.fullmatch(date):
                raise ArgumentError(WHO, option, "a year or a year and month (2026, 2026-05)", date)
        if self.period_start and self.period_end and self.period_end < self.period_start:
            raise ArgumentError(WHO, "--to", f"not before --from, {self.period_start}", self.period_end)
        texts = [self.study, *self.devices, *self.software, *self.software.values()]
        if personal := personal_in(texts, names=False):
            rule = "free of what is a person's (mail address, date of birth, national number)"
            raise ArgumentError(WHO, "study, devices and software", rule, ", ".join(personal))


def export_study(
    run_dir: Path, *, declared: Declared, out: Path | None = None, least: int = LEAST_SHOWN
) -> tuple[Path, str]:
    """Write a run's file for the observatory; return where it lies, and what was left out in a sentence.

    Raises
    ------
    EcgEvalError
        When the folder is no finished run, or `declared` names a program that did not take part.
    """
    if least < 1:
        raise ArgumentError(WHO, "--minimum-cell", "1 or more", least)
    folder = checked_folder(run_dir, but=("report",))
    config = config_of(run_dir)
    with speaking_as(config):
        summary = summary_of(read_result(config, folder), declared=declared, least=least)
    path = out or run_dir / "observatory.json"
    write_atomically(path, json.dumps(to_plain(summary), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    return path, _left_out(summary)


def summary_of(result: StudyResult, *, declared: Declared, least: int = LEAST_SHOWN) -> StudySummary:
    """Return what a result tells the observatory."""
    study, made = result.study, result.provenance
    machines = [reader for reader in study.readers.index if study.is_machine(reader) and not study.is_floor(reader)]
    if strange := sorted(set(declared.software) - set(machines)):
        raise ArgumentError(WHO, "--software", f"one of the study's: {', '.join(machines)}", ", ".join(strange))
    shown = without_small(list(_accuracy(result, machines)), list(_agreement(result, machines)), least=least)
    kinds = study.readers["kind"][[study.is_human(r) for r in study.readers.index]]
    return StudySummary(
        study=declared.study or result.name,
        evaluation=made.evaluation_id,
        simulated=result.is_simulated,
        design=design_of(study).name,
        dataset=made.dataset.name,
        dataset_version=made.dataset.version,
        reference=made.reference.plugin,
        devices=declared.devices or _devices(study.records, least),
        software=tuple(_software(result, machine, declared) for machine in machines),
        period_start=declared.period_start,
        period_end=declared.period_end or declared.period_start,
        ecgs=_to_ten(len(study.records)),
        patients=_to_ten(study.n_patients),
        people={str(kind): int(n) for kind, n in kinds.value_counts(sort=False).items()},
        findings=study.findings,
        accuracy=shown.accuracy,
        agreement=shown.agreement,
        suppressed=shown.suppressed,
        ecg_eval=made.ecg_eval,
        created=made.created[:10],
    )


def _parties(study: ReaderStudy, machines: Sequence[str]) -> Iterator[tuple[str, bool, list[str]]]:
    """Yield whom numbers are told of: each program by its name, people by their kind alone."""
    yield from ((machine, True, [machine]) for machine in machines)
    people = study.readers["kind"][[study.is_human(r) for r in study.readers.index]]
    for kind in dict.fromkeys(people):
        yield str(kind), False, [str(r) for r in people.index[people == kind]]


def _accuracy(result: StudyResult, machines: Sequence[str]) -> Iterator[AccuracySummary]:
    study = result.study
    if not study.reference.exists:
        return
    for name, is_software, readers in _parties(study, machines):
        for arm in dict.fromkeys(arm for _, arm in study.reader_arms):
            there = study.places(readers, arm)
            if not there:
                continue
            shares = {m: _rows(result, m, name, readers, arm) for m in ("sensitivity", "specificity")}
            calls = study.cube("calls")
            truths = {reader: study.truths(judged=(reader,)) for reader in there}
            for f, finding in enumerate(study.findings):
                call = np.stack([calls[place, f] for place in there.values()])
                truth = np.stack([truths[reader][f] for reader in there])
                yield _counted(
                    finding, name, is_software, arm, call, truth, {m: shares[m].get(finding) for m in shares}
                )


def _counted(
    finding: str,
    name: str,
    is_software: bool,
    arm: str,
    call: Floats,
    truth: Floats,
    shares: Mapping[str, tuple[float | None, float | None] | None],
) -> AccuracySummary:
    """Return the counts of one finding, and the shares that the evaluation made of them, or counts alone give.

    Parameters
    ----------
    call, truth : ndarray, shape (n_readers, n_records)
    shares : mapping of str to (float or None, float or None) or None
        "sensitivity" and "specificity" with their standard errors; None where the evaluation did not ask.
    """
    there, absent = (truth == 1) & ~np.isnan(call), (truth == 0) & ~np.isnan(call)
    right = {"sensitivity": int((there & (call == 1)).sum()), "specificity": int((absent & (call == 0)).sum())}
    read = {"sensitivity": int(there.sum()), "specificity": int(absent.sum())}
    ecgs = {"sensitivity": int(there.any(axis=0).sum()), "specificity": int(absent.any(axis=0).sum())}
    made = {m: _share(shares[m], right[m], read[m], ecgs[m]) for m in ecgs}
    return AccuracySummary(
        finding=finding,
        reader=name,
        is_software=is_software,
        arm=arm,
        readers=len(call),
        true_positive=right["sensitivity"],
        false_negative=read["sensitivity"] - right["sensitivity"],
        false_positive=read["specificity"] - right["specificity"],
        true_negative=right["specificity"],
        positive_ecgs=ecgs["sensitivity"],
        negative_ecgs=ecgs["specificity"],
        sensitivity=made["sensitivity"][0],
        sensitivity_error=made["sensitivity"][1],
        specificity=made["specificity"][0],
        specificity_error=made["specificity"][1],
    )


def _share(
    estimate: tuple[float | None, float | None] | None, right: int, read: int, ecgs: int
) -> tuple[float | None, float | None]:
    """Return a share and its error as the evaluation has them; else from counts, each ECG counted once."""
    value, error = estimate or (None, None)
    if value is None and read:
        value = right / read
    if value is not None and error is None and 0 < value < 1:
        error = (value * (1 - value) / ecgs) ** 0.5
    return value, error


def _rows(
    result: StudyResult, metric: str, name: str, readers: Sequence[str], arm: str
) -> dict[str, tuple[float | None, float | None]]:
    """Return value and standard error of a reader, or of the mean over the readers of a kind, by finding."""
    frame = result.evaluation.select(metric=metric, subgroup="")
    frame = frame[(frame["arm"] == arm) & (frame["compared_with"] == "") & (frame["combined"] == "")]
    label = _label(result.study, name, readers)
    mine = frame[(frame["reader"] == label) & (frame["is_group"] == (len(readers) > 1))]
    return {str(row.finding): (_number(row.value), _number(row.standard_error)) for row in mine.itertuples(index=False)}


def _label(study: ReaderStudy, name: str, readers: Sequence[str]) -> str:
    """Return what a table of estimates calls a reader, or the mean over the readers of a kind."""
    return readers[0] if len(readers) == 1 else study.label(f"{name} (mean of {len(readers)})")


def _agreement(result: StudyResult, machines: Sequence[str]) -> Iterator[AgreementSummary]:
    """Yield Fleiss' kappa among people of a kind, and Cohen's between a program and them."""
    study = result.study
    groups = [(name, readers) for name, is_software, readers in _parties(study, machines) if not is_software]
    fleiss = result.evaluation.select(metric="fleiss_kappa", subgroup="")
    cohen = result.evaluation.select(metric="cohen_kappa", subgroup="")
    for name, readers in groups:
        among = fleiss[(fleiss["reader_kind"] == name) & fleiss["is_group"]]
        yield from _coefficients(among, "fleiss_kappa", name, name)
        label = _label(study, name, readers)
        for machine in machines:
            beside = cohen[(cohen["reader"] == machine) & (cohen["compared_with"] == label)]
            yield from _coefficients(beside, "cohen_kappa", machine, name)


def _coefficients(rows: pd.DataFrame, coefficient: str, first: str, second: str) -> Iterator[AgreementSummary]:
    for row in rows[rows["combined"] == ""].itertuples(index=False):
        value, error = _number(row.value), _number(row.standard_error)
        if value is None or not error:
            continue
        yield AgreementSummary(
            finding=str(row.finding),
            arm=str(row.arm),
            coefficient=coefficient,
            first=first,
            second=second,
            value=value,
            standard_error=error,
            ecgs=int(_number(row.n_records) or 0),
        )


def _number(value: object) -> float | None:
    return None if pd.isna(value) else float(value)  # type: ignore[arg-type, call-overload]


def _software(result: StudyResult, machine: str, declared: Declared) -> SoftwareSummary:
    facts = result.provenance.models.get(machine)
    version = declared.software.get(machine) or (str(facts.card.facts.get("version", "")) if facts else "")
    helped = result.provenance.aided_by
    return SoftwareSummary(
        name=machine, version=version, helps_in=tuple(arm for arm, ai in helped.items() if ai == machine)
    )


def _devices(records: pd.DataFrame, least: int) -> tuple[str, ...]:
    """Return what recorded the ECGs, but for devices of few."""
    if "device" not in records:
        return ()
    counts = records["device"].dropna().astype(str).value_counts()
    return tuple(sorted(counts.index[counts >= least]))


def _to_ten(n: int) -> int:
    return round(n, -1)


def _left_out(summary: StudySummary) -> str:
    left = summary.suppressed
    if not (left.few_ecgs or left.small_counts or left.agreement):
        return f"Nothing rests on 1 to {left.below - 1} ECGs or readings: nothing is withheld."
    return (
        f"Withheld: {left.few_ecgs} sensitivities or specificities and {left.agreement} coefficients of agreement of "
        f"findings that 1 to {left.below - 1} ECGs show or lack; counts alone of {left.small_counts} others, of which "
        "one is as small (their shares stay, with two digits)."
    )
