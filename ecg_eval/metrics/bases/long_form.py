"""Readings in long form, one a row, and the mixed models of the effect of help that are fitted to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.design import first_of
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mixed.linear import linear_mixed_model
from ecg_eval.stats.mixed.marginal_difference import marginal_difference
from ecg_eval.stats.mixed.model import logistic_mixed_model
from ecg_eval.stats.mrmc.reader_mean import RANDOM_READERS

Outcomes = tuple[Floats, Floats]
FEW_OBSERVATIONS = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class LongForm:
    """Outcomes in long form, one a reading, (n_readings,).

    Attributes
    ----------
    outcome : ndarray
        1 and 0, or a number such as the logarithm of seconds.
    aided : ndarray
        1 with help, 0 without.
    reader, finding, record : ndarray of int
        Places among the study's people, findings and records.
    period, position : ndarray
        NaN where unknown.
    """

    outcome: Floats
    aided: Floats
    reader: NDArray[np.intp]
    finding: NDArray[np.intp]
    record: NDArray[np.intp]
    period: Floats
    position: Floats

    @classmethod
    def of(cls, study: ReaderStudy, readers: tuple[str, ...], at: list[int], outcomes: Outcomes) -> "LongForm":
        """Return the outcomes of some readers, both (n_readers, n_findings, n_records): with help, and without."""
        parts: list[tuple[NDArray[np.generic], ...]] = []
        when = {column: first_of(study, column) for column in ("period", "position")}
        for arm, outcome in zip((AIDED, UNAIDED), outcomes, strict=True):
            for i in at:
                place = study.place(readers[i], arm)
                if place is None:
                    continue
                finding, record = np.nonzero(~np.isnan(outcome[i]))
                parts.append(
                    (
                        outcome[i][finding, record],
                        np.full(len(record), float(arm == AIDED)),
                        np.full(len(record), i),
                        finding,
                        record,
                        when["period"][place][record],
                        when["position"][place][record],
                    )
                )
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        names = ("outcome", "aided", "reader", "finding", "record", "period", "position")
        return cls(**dict(zip(names, columns, strict=True)))

    def among(self, keep: NDArray[np.bool_]) -> "LongForm":
        """Return some of the readings."""
        return replace(self, **{name: getattr(self, name)[keep] for name in self.__dataclass_fields__})

    def effects(self, study: ReaderStudy, level: float, ways: Mapping[str, Floats | None]) -> list[Estimate]:
        """Return marginal differences in the probability of the outcome, with help minus without, of one model.

        Parameters
        ----------
        study : ReaderStudy
        level : float
        ways : mapping of str to array or None
            What each is called, and what each reading weighs in it, shape (n_readings,): the same when None.
        """
        n_records, adjusted = len(np.unique(self.record)), adjusted_for(study)
        words = [f"{label}, adjusted for {' and '.join(adjusted)}" for label in ways]
        problem = self.problem()
        if problem:
            return [Estimate.undefined(reason=problem, method=name, n=n_records, level=level) for name in words]
        fixed, groups = self.fixed(adjusted, study), self.groups(adjusted, study)
        groups, slopes = self.with_varying_help(groups)
        fit = logistic_mixed_model(
            outcome=self.outcome,
            fixed=fixed,
            groups=groups,
            slopes={name: {"aided": self.aided} for name in slopes},
            convention="exact",
            level=level,
        )
        made = [marginal_difference(fit, fixed=fixed, effect="aided", weights=w, level=level) for w in ways.values()]
        at_random = f"random effects of {', '.join(groups)}{reach(groups)}{_unseen(fit.singular)}"
        return [
            replace(
                one,
                n=n_records,
                n_positive=None,
                n_clusters=len(np.unique(study.patients[self.record])),
                method=f"{name}; {one.method}; {at_random}",
            )
            for name, one in zip(words, made, strict=True)
        ]

    def ratio(self, label: str, study: ReaderStudy, level: float) -> Estimate:
        """Return the ratio of geometric means, with help over without, of outcomes that are logarithms.

        Readers differ in how much help changes their times, so that each has an effect of his own beside his level.
        """
        n_records, adjusted = len(np.unique(self.record)), adjusted_for(study)
        words = f"{label}, adjusted for {' and '.join(adjusted)}"
        if len(self.outcome) < FEW_OBSERVATIONS or len(np.unique(self.aided)) < 2:
            few = f"fewer than {FEW_OBSERVATIONS} readings concern this number"
            reason = few if len(self.outcome) < FEW_OBSERVATIONS else "all these readings are of one arm"
            return Estimate.undefined(reason=reason, method=words, n=n_records, level=level)
        fixed, groups = self.fixed(adjusted, study), self.groups(adjusted, study)
        groups, slopes = self.with_varying_help(groups, ("reader",))
        fit = linear_mixed_model(
            outcome=self.outcome, fixed=fixed, groups=groups, slopes=dict.fromkeys(slopes, self.aided), level=level
        )
        at_random = f"random effects of {', '.join(groups)}{reach(groups)}{_unseen(fit.singular)}"
        return replace(
            fit.ratio("aided"),
            n=n_records,
            n_clusters=len(np.unique(study.patients[self.record])),
            method=f"{words}; {fit.method}; {at_random}",
        )

    def with_varying_help(
        self, groups: dict[str, NDArray[np.generic]], among: Sequence[str] = ("reader", "ECG")
    ) -> tuple[dict[str, NDArray[np.generic]], list[str]]:
        """Return the groupings with those between whose levels what help does varies too, and the names of these.

        Some readers take more advice than others, and on some ECGs the advice is wrong: without such effects of their
        own, an interval is for these readers and ECGs alone. Levels seen in one arm only say nothing of that.
        """
        varying = {}
        for name in among:
            codes = groups.get(name, np.empty(0))
            with_help, without = (np.unique(codes[self.aided == arm]) for arm in (1.0, 0.0)) if len(codes) else ((), ())
            if len(np.intersect1d(with_help, without)) > 1:
                varying[f"{name}'s help"] = codes
        return groups | varying, list(varying)

    def problem(self) -> str:
        """Say why no model can be fitted, or nothing."""
        if len(self.outcome) < FEW_OBSERVATIONS:
            return f"fewer than {FEW_OBSERVATIONS} readings concern this number"
        if len(np.unique(self.aided)) < 2:
            return "all these readings are of one arm"
        if len(np.unique(self.outcome)) < 2:
            return "all these readings are right" if self.outcome[0] else "all these readings are wrong"
        return ""

    def fixed(self, adjusted: list[str], study: ReaderStudy) -> dict[str, Floats]:
        """Return the columns of the fixed effects: help, what is adjusted for, findings."""
        columns = {"intercept": np.ones(len(self.outcome)), "aided": self.aided}
        if "period" in adjusted:
            columns |= _dummies("period", self.period)
        if "position" in adjusted:
            columns["position"] = np.nan_to_num(self.position - np.nanmean(self.position)) / 100
        if "experience" in adjusted:
            years = study.readers["years_experience"].to_numpy(dtype=float)
            place = {str(r): i for i, r in enumerate(study.readers.index)}
            people = [str(r) for r in study.readers.index if study.is_human(str(r))]
            of_reader = years[[place[p] for p in people]][self.reader]
            columns["experience"] = np.nan_to_num(of_reader - np.nanmean(of_reader)) / 10
        columns |= _dummies("finding", self.finding.astype(np.float64))
        return _independent(columns)

    def groups(self, adjusted: list[str], study: ReaderStudy) -> dict[str, NDArray[np.generic]]:
        """Return the groupings whose levels are random: practices where adjusted for, readers, ECGs."""
        groups: dict[str, NDArray[np.generic]] = {}
        if "practice" in adjusted:
            practice = study.readers["practice_id"].astype("string").fillna("")
            people = [str(r) for r in study.readers.index if study.is_human(str(r))]
            groups["practice"] = practice.loc[people].to_numpy(dtype=str)[self.reader]
        groups["reader"] = self.reader
        # an ECG is hard for one finding and not for another
        groups["ECG"] = self.record * len(study.findings) + self.finding
        return {name: codes for name, codes in groups.items() if 1 < len(np.unique(codes)) < len(codes)}


def _unseen(singular: Sequence[str]) -> str:
    """Say which random effects the data show no spread of: the interval is then as if they had none."""
    return f"; no spread seen of {' and '.join(singular)}" if singular else ""


def reach(groups: Mapping[str, object]) -> str:
    """Say that an interval reaches to other readers and ECGs, where both are random effects."""
    return f", {RANDOM_READERS}" if {"reader", "ECG"} <= set(groups) else ""


def adjusted_for(study: ReaderStudy) -> list[str]:
    """Return what the model takes out: what was asked for, else period and (where there are several) practice."""
    if study.adjust_for:
        return list(study.adjust_for)
    people = [r for r in study.readers.index if study.is_human(str(r))]
    practices = study.readers.loc[people, "practice_id"].dropna().nunique()
    return ["period", "practice"] if 1 < practices < len(people) else ["period"]


def _dummies(name: str, values: Floats) -> dict[str, Floats]:
    """Return a column for every value but the first."""
    return {f"{name} {value:g}": (values == value).astype(np.float64) for value in np.unique(values)[1:]}


def _independent(columns: dict[str, Floats]) -> dict[str, Floats]:
    """Return the columns that say something beside those before them; the first two are the model's own."""
    independent: dict[str, Floats] = {}
    for name, column in columns.items():
        tried = np.column_stack([*independent.values(), column])
        if np.linalg.matrix_rank(tried) == tried.shape[1]:
            independent[name] = column
    return independent
