"""What a study tells an observatory: counts and shares that can be pooled, and nothing of any person.

One small file a study (``docs/observatory.md`` documents every field). It holds no id of a record, a patient or a
person who read; small counts are left out, and with them what would give them away, and are counted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from ecg_eval.errors import ArgumentError

FORMAT: Literal["ecg_eval observatory"] = "ecg_eval observatory"
VERSION: Literal[1] = 1
PERIOD = re.compile(r"(\d{4}(-(0[1-9]|1[0-2]))?)?")
_MOST = 10**9  # readings, ECGs or readers of one study


def _check(who: str, **numbers: tuple[float | None, float, float]) -> None:
    """Refuse numbers outside their range, given as (number, least, most)."""
    for name, (number, least, most) in numbers.items():
        if number is not None and not (isfinite(number) and least <= number <= most):
            raise ArgumentError(who, name, f"from {least:g} to {most:g}", number)


@dataclass(frozen=True, kw_only=True)
class SoftwareSummary:
    """A program that read, or helped.

    Attributes
    ----------
    name : str
        As the study calls it.
    version : str
        Empty where the study does not say.
    helps_in : tuple of str
        Arms in which people saw its answers.
    """

    name: str
    version: str = ""
    helps_in: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AccuracySummary:
    """How well a program, or the people of a kind, read one finding in one arm.

    Attributes
    ----------
    finding : str
        Code of the finding.
    reader : str
        Name of the program, or the kind of the people.
    is_software : bool
    arm : str
    readers : int
        How many of them read.
    true_positive, false_negative, false_positive, true_negative : int or None
        Readings, summed over the readers; uncertain and refer count as the study says. None where withheld.
    positive_ecgs, negative_ecgs : int or None
        Different ECGs behind them; rounded down to five where the counts are withheld, None where the share is too.
    sensitivity, specificity : float or None
        Of one reader, or the mean over readers.
    sensitivity_error, specificity_error : float or None
        Standard errors for ECGs (and readers) like these, which know that readings of one ECG or patient resemble each
        other: pooling rests on them. None where a share is 0 or 1.
    """

    finding: str
    reader: str
    is_software: bool
    arm: str
    readers: int
    true_positive: int | None
    false_negative: int | None
    false_positive: int | None
    true_negative: int | None
    positive_ecgs: int | None
    negative_ecgs: int | None
    sensitivity: float | None
    sensitivity_error: float | None
    specificity: float | None
    specificity_error: float | None

    def __post_init__(self) -> None:
        """Refuse what no readings can have left."""
        counts = ("readers", "true_positive", "false_negative", "false_positive", "true_negative")
        shares = ("sensitivity", "sensitivity_error", "specificity", "specificity_error")
        _check(self.finding, **{n: (getattr(self, n), 0, _MOST) for n in (*counts, "positive_ecgs", "negative_ecgs")})
        _check(self.finding, **{n: (getattr(self, n), 0, 1) for n in shares})


@dataclass(frozen=True, kw_only=True)
class AgreementSummary:
    """How far readers agree on one finding in one arm.

    Attributes
    ----------
    finding, arm : str
    coefficient : str
        "fleiss_kappa" among the people of a kind, "cohen_kappa" between a program and each of them, averaged.
    first, second : str
        Names of programs or kinds of people; alike where they are the same people.
    value, standard_error : float
    ecgs : int
        Different ECGs behind it.
    """

    finding: str
    arm: str
    coefficient: str
    first: str
    second: str
    value: float
    standard_error: float
    ecgs: int

    def __post_init__(self) -> None:
        """Refuse what no coefficient can be."""
        _check(
            self.finding,
            value=(self.value, -1, 1),
            standard_error=(self.standard_error, 1e-9, 10),
            ecgs=(self.ecgs, 0, _MOST),
        )


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """What was left out so that nobody is found by small numbers.

    Attributes
    ----------
    below : int
        Counts from 1 to one less than this are withheld.
    few_ecgs : int
        Pairs of right and wrong calls that are withheld, with their share, since few ECGs show the finding, or lack it.
    small_counts : int
        Pairs of which a count is small, or which would give one away: the counts are withheld, and the share stays
        with two digits, since pooled numbers would be wrong without it.
    agreement : int
        Coefficients that are withheld since they rest on a finding of few ECGs.
    """

    below: int
    few_ecgs: int
    small_counts: int
    agreement: int


@dataclass(frozen=True, kw_only=True)
class StudySummary:
    """One study, as its file holds it.

    Attributes
    ----------
    format, version
        What the file is.
    study : str
        Its name; the same in every file of one study.
    evaluation : str
        What its estimates were made from, in sixteen digits: two files with the same are the same.
    simulated : bool
        Whether nobody read, or no patient was recorded.
    design : str
        The design that the readings show.
    dataset, dataset_version : str
    reference : str
        How the truth was formed: the plug-in's name.
    devices : tuple of str
        What recorded the ECGs, where it is said.
    software : tuple of SoftwareSummary
    period_start, period_end : str
        Of the readings or recordings, year or year-month; empty where it is not said.
    ecgs, patients : int
        To the nearest ten.
    people : mapping of str to int
        Kind of readers -> how many.
    findings : tuple of str
    accuracy : tuple of AccuracySummary
    agreement : tuple of AgreementSummary
    suppressed : Suppression
    ecg_eval : str
        Version of the program.
    created : str
        Day of the evaluation.
    """

    format: Literal["ecg_eval observatory"] = FORMAT
    version: Literal[1] = VERSION
    study: str
    evaluation: str
    simulated: bool
    design: str
    dataset: str
    dataset_version: str
    reference: str
    devices: tuple[str, ...]
    software: tuple[SoftwareSummary, ...]
    period_start: str
    period_end: str
    ecgs: int
    patients: int
    people: Mapping[str, int]
    findings: tuple[str, ...]
    accuracy: tuple[AccuracySummary, ...]
    agreement: tuple[AgreementSummary, ...]
    suppressed: Suppression
    ecg_eval: str
    created: str

    def __post_init__(self) -> None:
        """Refuse a day, and sizes that no study has."""
        _check(self.study, ecgs=(self.ecgs, 0, _MOST), patients=(self.patients, 0, _MOST))
        for name in ("period_start", "period_end"):
            if not PERIOD.fullmatch(getattr(self, name)):
                raise ArgumentError(self.study, name, "a year, a year and month, or empty", getattr(self, name))
