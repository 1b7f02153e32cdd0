"""Means over findings and over readers, some findings of few cases.

The studies in which a percentile bootstrap by patient covered 61 % (positives 40, 20, 10 and 1), 85 % (12, 8, 5 and 2)
and 80 % (an exam of 21 findings), and others beside them. Each has 150 ECGs; which of them show a finding is drawn, so
that an ECG may show several. Calls follow a probit model: the reader's ability, the finding's difficulty, an ECG's
difficulty that all readers and arms share, and chance. The truth of a mean over six readers is that of all such
readers; of three, that of these readers, as the intervals say. A study without interval counts as not covered. The aim
is 0.93. Shares of six readers, whose abilities differ much, have their interval on the logit scale; on the plain one,
shown beside it, t covers 0.914 and above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ecg_eval.metrics.bases.numbers import Numbers, Setting, difference_numbers, difference_parts, share_numbers
from ecg_eval.metrics.f1 import F1
from ecg_eval.stats.clusters.paired_estimates import Pairs
from ecg_eval.stats.estimate import Estimates
from ecg_eval.stats.mrmc.part_means import ReaderErrors, fixed_mean
from ecg_eval.stats.mrmc.reader_mean import reader_mean
from simulation import Rows

Floats = NDArray[np.float64]
EXAM = (31, 24, 19, 15, 12, 10, 9, 8, 7, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 1)
POSITIVES = {
    "40, 20, 10, 1": (40, 20, 10, 1),
    "12, 8, 5, 2": (12, 8, 5, 2),
    "exam of 21": EXAM,
    "3, 2, 1": (3, 2, 1),
    "60, 40": (60, 40),
}
N_ECGS, STUDIES, SEED = 150, 2_000, 8_000
ABILITY, HELP, HELP_SPREAD, ECGS = 0.4, 0.3, 0.2, 0.7  # standard deviations but for HELP, the mean effect
ABILITIES = {"middling": 0.6, "high": 1.8}
FALSE_ALARMS = -1.5
AI = 1.0
Z = 1.959964
SPAN = {"sensitivity": (0.0, 1.0), "specificity": (0.0, 1.0), "F1": (0.0, 1.0)}


class Drawn(NamedTuple):
    """One study: truth (n_findings, n_ecgs), calls of the readers and of the AI, and what the readers' long run is."""

    truth: Floats
    unaided: Floats  # (n_readers, n_findings, n_ecgs)
    aided: Floats
    ai: Floats
    long_run: dict[str, Floats]  # (n_readers, n_findings)
    of_all: dict[str, Floats]  # (n_findings,), of all such readers


def draw(positives: Sequence[int], ability: float, n_readers: int, rng: np.random.Generator) -> Drawn:
    n_findings = len(positives)
    truth = np.zeros((n_findings, N_ECGS))
    for f, n in enumerate(positives):
        truth[f, rng.choice(N_ECGS, n, replace=False)] = 1
    hard = np.linspace(-0.5, 0.5, n_findings)[:, None]
    own, gain = rng.normal(0, ABILITY, (n_readers, 1, 1)), rng.normal(HELP, HELP_SPREAD, (n_readers, 1, 1))
    ecg = ECGS * np.sqrt(0.5) * (rng.normal(size=(1, N_ECGS)) + rng.normal(size=(n_findings, N_ECGS)))
    seen = np.where(truth == 1, ability + hard + ecg, FALSE_ALARMS + ecg)
    skill = np.where(truth == 1, 1.0, -1.0)  # ability finds more and alarms less

    def called(shift: Floats | float) -> Floats:
        noise = rng.normal(size=(n_readers, n_findings, N_ECGS))
        return np.asarray((seen + skill * shift + noise > 0).astype(float))

    unaided, aided, ai = called(own), called(own + gain), called(AI - ability)[:1]
    scale = np.sqrt(1 + ECGS**2)
    shifts = {"unaided": (own[..., 0], ABILITY**2), "aided": ((own + gain)[..., 0], ABILITY**2 + HELP_SPREAD**2)}
    centre = {"unaided": 0.0, "aided": HELP}
    long_run, of_all = {}, {}
    for arm, (shift, variance) in shifts.items():
        wide = np.sqrt(scale**2 + variance)
        long_run[f"sensitivity {arm}"] = ndtr((ability + hard.T + shift) / scale)
        of_all[f"sensitivity {arm}"] = ndtr((ability + hard[:, 0] + centre[arm]) / wide)
        long_run[f"specificity {arm}"] = np.broadcast_to(ndtr((shift - FALSE_ALARMS) / scale), (n_readers, n_findings))
        of_all[f"specificity {arm}"] = np.full(n_findings, ndtr((centre[arm] - FALSE_ALARMS) / wide))
    long_run["ai"] = ndtr((ability + hard.T + AI - ability) / scale)
    return Drawn(truth, unaided, aided, ai, long_run, of_all)


def f1_of(sensitivity: Floats, specificity: Floats, positives: Floats) -> Floats:
    return 2 * positives * sensitivity / (positives * (1 + sensitivity) + (N_ECGS - positives) * (1 - specificity))


def shares(events: NDArray[np.bool_], cases: NDArray[np.bool_]) -> Numbers:
    who = tuple((str(i), "unaided") for i in range(len(events)))
    setting = Setting(who=who, cluster=None, level=0.95, empty="none")
    return share_numbers(setting, events=events.astype(float), cases=cases.astype(float), read=cases)


def paired(first: Floats, second: Floats, among: NDArray[np.bool_]) -> Numbers:
    who = tuple((str(i), "aided - unaided") for i in range(len(second)))
    setting = Setting(who=who, cluster=None, level=0.95, empty="none")
    one, other = (np.where(among, np.broadcast_to(x, second.shape), np.nan) for x in (first, second))
    if len(who) == 1:
        return difference_numbers(setting, first=one, second=other)
    # no bounds of single parts are needed, which are what takes time
    parts = difference_parts(Pairs(one, other, None).tables())
    return Numbers(who=who, estimates=Estimates.of([]), parts=parts, used=among, read=among)


def quantities(study: Drawn) -> Iterator[tuple[str, Numbers, Floats, Floats]]:
    """Give each number of the readers, its long run for these readers and for all such readers."""
    calls, truth = study.unaided, np.broadcast_to(study.truth, study.unaided.shape)
    positive = truth == 1
    run, pop = study.long_run, study.of_all
    n = study.truth.sum(axis=1)
    yield (
        "sensitivity",
        shares(positive & (calls == 1), positive),
        run["sensitivity unaided"],
        pop["sensitivity unaided"],
    )
    yield (
        "specificity",
        shares(~positive & (calls == 0), ~positive),
        run["specificity unaided"],
        pop["specificity unaided"],
    )
    f1 = F1().stretched(shares(positive & (calls == 1), positive | (calls == 1)))
    own = f1_of(run["sensitivity unaided"], run["specificity unaided"], n)
    # the mean of F1 over readers is not F1 of the mean: over the readers' normal abilities by quadrature
    yield "F1", f1, own, _f1_of_all(study, n)
    effect = paired(study.aided, calls, positive)
    gain, mean_gain = (d["sensitivity aided"] - d["sensitivity unaided"] for d in (run, pop))
    yield "effect of help", effect, gain, mean_gain
    against = paired(study.ai, calls, positive)
    yield "AI minus readers", against, run["ai"] - run["sensitivity unaided"], run["ai"][0] - pop["sensitivity unaided"]


def _f1_of_all(study: Drawn, n: Floats) -> Floats:
    nodes, weights = np.polynomial.hermite_e.hermegauss(21)
    scale = np.sqrt(1 + ECGS**2)
    at = study.of_all["sensitivity unaided"]
    wide = np.sqrt(scale**2 + ABILITY**2)
    middle = ndtri(at) * wide  # ability + difficulty of each finding
    own = ABILITY * nodes[:, None]
    values = f1_of(ndtr((middle + own) / scale), ndtr((own - FALSE_ALARMS) / scale), n)
    return np.asarray(weights @ values / weights.sum())


Bounds = tuple[float, float]


def ours(numbers: Numbers, span: tuple[float, float], *, as_sample: bool) -> Bounds | None:
    parts = numbers.parts
    covariance = ReaderErrors(parts).of_means(np.arange(parts.values.shape[1]))
    values = parts.values.mean(axis=1)
    if as_sample:
        scale = "logit" if span == (0.0, 1.0) else "identity"
        made = reader_mean(values=values, covariance=covariance, n=1, lowest=span[0], highest=span[1], scale=scale)
    else:
        centres = parts.centres.mean(axis=1)
        made = fixed_mean(values=values, centres=centres, covariance=covariance, label="", n=1, span=span)
    return None if made.low is None or made.high is None else (made.low, made.high)


def plain_scale(numbers: Numbers, span: tuple[float, float], *, as_sample: bool) -> Bounds | None:
    """Give t on the plain scale, for the mean of shares over such readers."""
    if not as_sample or span != (0.0, 1.0):
        return None
    covariance = ReaderErrors(numbers.parts).of_means(np.arange(numbers.parts.values.shape[1]))
    values = numbers.parts.values.mean(axis=1)
    made = reader_mean(values=values, covariance=covariance, n=1, lowest=span[0], highest=span[1])
    return None if made.low is None or made.high is None else (made.low, made.high)


def as_observed(numbers: Numbers, span: tuple[float, float], *, as_sample: bool) -> Bounds | None:
    """Take every variance from the data, as a bootstrap does: none for a finding of one case."""
    d = numbers.parts.deviations.mean(axis=1)
    covariance, values = d @ d.T, numbers.parts.values.mean(axis=1)
    if as_sample:
        made = reader_mean(values=values, covariance=covariance, n=1, lowest=span[0], highest=span[1])
        return None if made.low is None or made.high is None else (made.low, made.high)
    half = Z * float(np.sqrt(max(covariance.mean(), 0.0)))
    mean = float(values.mean())
    return (max(mean - half, span[0]), min(mean + half, span[1])) if half > 0 else None


def mover(numbers: Numbers, span: tuple[float, float], *, as_sample: bool) -> Bounds | None:
    """Add up the distances to the bounds of every part's own interval, independent (Zou, Huang and Zhang 2009)."""
    if as_sample or len(numbers.who) > 1:
        return None
    e = numbers.estimates
    n, mean = len(e), float(e.value.mean())
    return mean - float(np.sqrt(((e.value - e.low) ** 2).sum())) / n, mean + float(
        np.sqrt(((e.high - e.value) ** 2).sum())
    ) / n


METHODS: dict[str, Callable[..., Bounds | None]] = {
    "ours": ours,
    "plain scale": plain_scale,
    "as observed": as_observed,
    "MOVER": mover,
}


@cache
def simulated(n_readers: int) -> list[dict[str, object]]:
    """Return one row for each setting and quantity."""
    rows: list[dict[str, object]] = []
    for words, positives in POSITIVES.items():
        for level, ability in ABILITIES.items():
            rng = np.random.default_rng([SEED, n_readers, len(positives), positives[0], int(10 * ability)])
            found: dict[str, dict[str, list[Bounds | None]]] = {}
            truths: dict[str, list[float]] = {}
            for _ in range(STUDIES):
                for name, numbers, own, everybody in quantities(draw(positives, ability, n_readers, rng)):
                    sample = n_readers > 3
                    truths.setdefault(name, []).append(float((everybody if sample else own).mean()))
                    for method, made in METHODS.items():
                        bounds = made(numbers, SPAN.get(name, (-1.0, 1.0)), as_sample=sample)
                        found.setdefault(name, {}).setdefault(method, []).append(bounds)
            rows += [_row((words, level, name), truths[name], by) for name, by in found.items()]
    return rows


def _row(what: tuple[str, str, str], truth: list[float], found: dict[str, list[Bounds | None]]) -> dict[str, object]:
    positives, level, name = what
    row: dict[str, object] = {"mean of": name, "positives": positives, "ability": level}
    for method, bounds in found.items():
        there = [(b, t) for b, t in zip(bounds, truth, strict=True) if b is not None]
        if not there:
            continue
        covered = sum(b[0] - 1e-12 <= t <= b[1] + 1e-12 for b, t in there) / len(bounds)
        width = float(np.mean([b[1] - b[0] for b, _ in there]))
        if method == "ours":
            share = round(len(there) / len(bounds), 3)
            row |= {"coverage": round(covered, 3), "width": round(width, 3), "with interval": share}
            row["limits"] = (0.93, 1.0)
        else:
            row |= {f"{method}: coverage": round(covered, 3), f"{method}: width": round(width, 3)}
    return row


def one_reader() -> Rows:
    return f"Means over findings, one reader, {STUDIES:,} studies each", simulated(1)


def three_readers() -> Rows:
    return f"Means over findings and three readers as they are, {STUDIES:,} studies each", simulated(3)


def six_readers() -> Rows:
    return f"Means over findings and six readers for all such readers, {STUDIES:,} studies each", simulated(6)


SCENARIOS = (one_reader, three_readers, six_readers)
