"""One number for every reader and finding, all computed at once, and what means over them are made from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.study import Codes, Floats
from ecg_eval.stats.clusters.clustered_paired import ClusteredTables
from ecg_eval.stats.clusters.paired_estimates import Pairs, paired_estimates
from ecg_eval.stats.clusters.patient_sums import patient_sums
from ecg_eval.stats.clusters.proportion_estimates import proportion_estimates
from ecg_eval.stats.estimate import Estimates
from ecg_eval.stats.mrmc.part_means import Parts, parts_together, ratio_deviations
from ecg_eval.stats.packed import Packed, concatenated, packed
from ecg_eval.stats.proportion.shrinkage import shrunken_difference_variances, shrunken_proportions

Masks = NDArray[np.bool_]
ReaderArm = tuple[str, str]
Among = (
    Masks | None
)  # records, shape (n_records,), or different ones for each reader, (n_readers, 1 or more, n_records)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Numbers:
    """One number for every reader (in an arm) and finding.

    Attributes
    ----------
    who : tuple of (reader, arm), length n_readers
    estimates : Estimates
        Of length n_readers * n_findings, the findings of a reader side by side.
    parts : Parts
        The same, as means are made from them.
    used : ndarray of bool (n_readers, n_findings, n_records)
        The records that a number is of.
    read : ndarray of bool, same shape
        The records that the reader answered about, whether or not they concern the number.
    """

    who: tuple[ReaderArm, ...]
    estimates: Estimates
    parts: Parts
    used: Masks
    read: Masks

    def take(self, reader: int) -> "Numbers":
        """Return the numbers of one reader, given by its place."""
        one, n = slice(reader, reader + 1), self.parts.values.shape[1]
        return Numbers(
            who=self.who[one],
            estimates=self.estimates.take(slice(reader * n, (reader + 1) * n)),
            parts=self.parts.take(readers=one),
            used=self.used[one],
            read=self.read[one],
        )


def together(numbers: Sequence[Numbers]) -> Numbers:
    """Return the numbers of several readers, one after the other."""
    return Numbers(
        who=tuple(who for each in numbers for who in each.who),
        estimates=Estimates.concatenate([each.estimates for each in numbers]),
        parts=parts_together([each.parts for each in numbers], axis=0),
        used=np.concatenate([each.used for each in numbers]),
        read=np.concatenate([each.read for each in numbers]),
    )


def taken(numbers: Numbers, readers: Iterable[int]) -> Numbers:
    """Return the numbers of some readers, given by their places."""
    return together([numbers.take(int(reader)) for reader in readers])


def limited(values: Floats, among: Among) -> Floats:
    """Return values (n_readers, n_findings, n_records) where `among`, NaN elsewhere."""
    return values if among is None else np.where(among, values, np.nan)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Setting:
    """What the numbers of some readers share.

    Attributes
    ----------
    who : tuple of (reader, arm)
    cluster : ndarray of int (n_records,), or None
        Patient of each record; None where every record stands alone.
    level : float
    empty : str
        Why a number without any case has no value.
    """

    who: tuple[ReaderArm, ...]
    cluster: Codes | None
    level: float
    empty: str


def share_numbers(setting: Setting, *, events: Floats, cases: Floats, read: Masks) -> Numbers:
    """Return shares: events among cases, arrays (n_readers, n_findings, n_records), whole numbers or means of them."""
    shares = shares_of(setting, events=events, cases=cases)
    return finished(setting, [shares], used=cases > 0, read=read)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shares:
    """Shares of some findings, each by itself; variances come when all findings of a reader are known (`finished`).

    Attributes
    ----------
    estimates : Estimates
        Of length n_readers * n_findings, the findings of a reader side by side.
    deviations, cases : ndarray or Packed (n_readers, n_findings, n_patients)
        As ``Parts`` has them.
    x, n : ndarray (n_readers, n_findings)
        Events and cases, as many as would be independent.
    """

    estimates: Estimates
    deviations: Floats | Packed
    cases: Floats | Packed
    x: Floats
    n: Floats

    def compact(self) -> "Shares":
        """Return the same with what there is one of a patient in a byte each, where that loses nothing."""
        return replace(self, deviations=packed(np.asarray(self.deviations)), cases=packed(np.asarray(self.cases)))


def shares_of(setting: Setting, *, events: Floats, cases: Floats) -> Shares:
    """Return shares: events among cases, arrays (n_readers, n_findings, n_records), whole numbers or means of them."""
    x, n = (patient_sums(values=v, cluster=setting.cluster) for v in (events, cases))
    repeated = setting.cluster is not None
    estimates = proportion_estimates(n_events=x, n_cases=n, repeated=repeated, empty=setting.empty, level=setting.level)
    deviations = ratio_deviations(events=x, cases=n)
    worth = _independent(deviations, x.sum(-1), n.sum(-1))
    return Shares(estimates=estimates, deviations=deviations, cases=n, x=worth * x.sum(-1), n=worth * n.sum(-1))


def finished(setting: Setting, shares: Sequence[Shares], *, used: Masks, read: Masks) -> Numbers:
    """Return the numbers of all findings, whose variances are drawn towards the reader's other findings.

    Parameters
    ----------
    setting : Setting
    shares : sequence of Shares
        Of some findings each, in their order.
    used, read : ndarray of bool (n_readers, n_findings, n_records)
        As ``Numbers`` has them.
    """
    n_readers = len(setting.who)
    columns = [np.arange(len(each.estimates)).reshape(n_readers, -1) for each in shares]
    starts = np.cumsum([0, *(c.size for c in columns[:-1])])
    order = np.concatenate([c + start for c, start in zip(columns, starts, strict=True)], axis=1)
    estimates = Estimates.concatenate([each.estimates for each in shares]).take(order.ravel())
    x, n = (np.concatenate([getattr(each, name) for each in shares], axis=1) for name in ("x", "n"))
    centres, variances = shrunken_proportions(n_events=x, n=n)
    parts = Parts(
        values=estimates.value.reshape(centres.shape),
        variances=variances,
        deviations=concatenated([each.deviations for each in shares], 1),
        cases=concatenated([each.cases for each in shares], 1),
        centres=centres,
    )
    return Numbers(who=setting.who, estimates=estimates, parts=parts, used=used, read=read)


def _independent(deviations: Floats, x: Floats, n: Floats) -> Floats:
    """Return what share of the cases is independent: 1 over the design effect, at most 1 and 1 where none is known."""
    p = np.divide(x, n, out=np.zeros_like(n), where=n > 0)
    binomial = np.divide(p * (1 - p), np.maximum(n - 1, 1), out=np.zeros_like(n), where=n > 1)
    between = (deviations**2).sum(-1)
    return np.asarray(np.minimum(np.divide(binomial, between, out=np.ones_like(n), where=between > 1e-15), 1.0))


def difference_numbers(setting: Setting, *, first: Floats, second: Floats) -> Numbers:
    """Return paired differences: shares of `first` minus those of `second`, where both are known.

    Parameters
    ----------
    setting : Setting
    first, second : ndarray (n_readers, n_findings, n_records)
        1 event, 0 none, NaN unknown or not concerned.
    """
    tables = Pairs(first, second, setting.cluster).tables()
    repeated = setting.cluster is not None
    estimates = paired_estimates(tables, repeated=repeated, empty=setting.empty, level=setting.level)
    read = ~(np.isnan(first) | np.isnan(second))
    parts = difference_parts(tables)
    return Numbers(who=setting.who, estimates=estimates, parts=parts, used=read, read=read)


def difference_parts(tables: ClusteredTables) -> Parts:
    """Return paired differences as means are made from them, from the pairs of each patient (..., n_patients)."""
    deviations = ratio_deviations(events=tables.surplus, cases=tables.pairs)
    n, b, c = (part.sum(-1) for part in (tables.pairs, tables.first, tables.second))
    d = np.divide(b - c, n, out=np.full(n.shape, np.nan), where=n > 0)
    binomial = np.divide((b + c) / np.maximum(n, 1) - np.nan_to_num(d) ** 2, np.maximum(n - 1, 1))
    between = (deviations**2).sum(-1)
    worth = np.minimum(np.divide(binomial, between, out=np.ones_like(n), where=between > 1e-15), 1.0)
    variances = shrunken_difference_variances(n_only_first=worth * b, n_only_second=worth * c, n=worth * n)
    return Parts(values=d, variances=variances, deviations=deviations, cases=tables.pairs, centres=d)
