"""Reading time with the aid over reading time without it: a ratio, made on the logarithm of the seconds.

Where the design or `adjust_for` asks for a model (period, practice, position, experience), that is a linear mixed model
with readers, each reader's own effect of help, and ECGs at random; elsewhere Obuchowski-Rockette, as for other effects.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.design import ARMS, BLOCKS, ONE_ARM, PAIRED, PERIODS, design_of
from ecg_eval.domain.evaluation import AIDED_MINUS_UNAIDED, Row
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.study import Floats, ReaderStudy
from ecg_eval.metrics.bases.long_form import LongForm
from ecg_eval.metrics.bases.pooled import pooled_row
from ecg_eval.stats.clusters.patient_sums import patient_sums
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.arm_difference import arm_difference
from ecg_eval.stats.mrmc.part_means import ratio_deviations
from ecg_eval.stats.mrmc.reader_mean import reader_mean

TESTED = "tested against 1, standard error on the logarithm"
NO_TIMES = "no reading times were given for these readings"


class AidEffectSeconds(Metric):
    """Geometric mean of the seconds an ECG takes with help, over the same without it; 0.75 is a quarter less."""

    question = "With the aid, how much longer or shorter does an ECG take to read?"
    source = (
        "Obuchowski and Rockette, Commun Stat Simul 1995;24:285; Hillson, Med Decis Making 1995;15:107; adjusted: "
        "Kuznetsova, Brockhoff and Christensen, J Stat Softw 2017;82:13"
    )
    caveat = "Times of a study are not those of a practice; a page left open counts as reading."
    answers = "question"
    short_name = "aid_time"

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield the ratio of each reader who has both arms, and that of the readers of every kind."""
        if design_of(study).name == ONE_ARM:
            return
        logs = log_seconds(study)
        for group, everybody in study.human_groups.items():
            arms = {arm: study.places(everybody, arm) for arm in (AIDED, UNAIDED)}
            if not (arms[AIDED] and arms[UNAIDED]):
                continue
            both = [reader for reader in arms[AIDED] if reader in arms[UNAIDED]]
            aided, unaided = (logs[[arms[arm][r] for r in both]] for arm in (AIDED, UNAIDED))
            if design_of(study).analysis in (PAIRED, BLOCKS):
                aided, unaided = (np.where(np.isnan(aided) | np.isnan(unaided), np.nan, x) for x in (aided, unaided))
            parts = [_means(study, x) for x in (aided, unaided)]
            apart = parts[0][0] - parts[1][0], parts[0][1] - parts[1][1]
            counts = (~np.isnan(aided) | ~np.isnan(unaided)).sum(axis=1)
            for i, reader in enumerate(both):
                of_one = self._of_reader(apart[0][i], apart[1][i], int(counts[i]), level)
                yield pooled_row(self.name, study, (reader, [reader], AIDED_MINUS_UNAIDED), of_one)
            people = list(dict.fromkeys([*arms[AIDED], *arms[UNAIDED]]))
            of_all = self._of_group(study, arms, logs, apart, level)
            yield pooled_row(self.name, study, (group, people, AIDED_MINUS_UNAIDED), of_all, is_group=True)

    def _of_reader(self, value: float, deviations: Floats, n: int, level: float) -> Estimate:
        words = "ratio of geometric means, this reader"
        if np.isnan(value):
            return Estimate.undefined(reason=NO_TIMES, method=words, n=n, level=level)
        mean = reader_mean(
            values=[value, value],
            covariance=np.full((2, 2), float(deviations @ deviations)),
            n=n,
            null=0.0,
            level=level,
        )
        return _ratio(replace(mean, method=words))

    def _of_group(
        self,
        study: ReaderStudy,
        arms: dict[str, dict[str, int]],
        logs: Floats,
        apart: tuple[Floats, Floats],
        level: float,
    ) -> Estimate:
        """Return the ratio over readers, by the study's design."""
        design, n = design_of(study), len(study.records)
        label = "ratio of geometric means"
        if design.analysis == PERIODS or study.adjust_for:
            readers = tuple(dict.fromkeys([*arms[AIDED], *arms[UNAIDED]]))
            nothing = np.full(len(study.records), np.nan)
            each = [[logs[arms[arm][r]] if r in arms[arm] else nothing for r in readers] for arm in (AIDED, UNAIDED)]
            aided, unaided = (np.array(side)[:, None, :] for side in each)
            if np.isnan(aided).all() or np.isnan(unaided).all():
                return Estimate.undefined(reason=NO_TIMES, method=label, n=n, level=level)
            outcomes = (aided, unaided)
            made = LongForm.of(study, readers, list(range(len(readers))), outcomes).ratio(label, study, level)
            return replace(made, method=f"{made.method}; {TESTED}")
        if design.analysis == ARMS:
            sides = [_means(study, logs[list(arms[arm].values())]) for arm in (AIDED, UNAIDED)]
            deviations = np.concatenate([side[1] for side in sides])
            effect = arm_difference(
                first=sides[0][0],
                second=sides[1][0],
                covariance=deviations @ deviations.T,
                n=n,
                label=label,
                level=level,
                ends=(-np.inf, np.inf),
                n_clusters=study.n_patients,
            )
        else:
            blocks = design.blocks if design.analysis == BLOCKS else None
            place = {str(r): i for i, r in enumerate(study.readers.index)}
            both = [r for r in arms[AIDED] if r in arms[UNAIDED]]
            effect = reader_mean(
                values=apart[0],
                covariance=apart[1] @ apart[1].T,
                n=n,
                label=label,
                level=level,
                null=0.0,
                n_clusters=study.n_patients,
                blocks=None if blocks is None else [blocks[place[r]] for r in both],
            )
        if effect.value is None:
            return replace(effect, reason=NO_TIMES)
        return _ratio(effect)


def log_seconds(study: ReaderStudy) -> Floats:
    """Return the logarithm of the seconds that each reading of an ECG took, (n_reader_arms, n_records), NaN unknown.

    A time belongs to the ECG: where findings have times of their own, the longest is that of the ECG.
    """
    seconds = study.cube("seconds")
    longest = np.where(np.isnan(seconds), -np.inf, seconds).max(axis=1)
    return np.where(longest > 0, np.log(np.where(longest > 0, longest, 1.0)), np.nan)


def _means(study: ReaderStudy, values: Floats) -> tuple[Floats, Floats]:
    """Return each reader's mean (n_readers,), and what each patient adds to its error (n_readers, n_patients)."""
    is_timed = ~np.isnan(values)
    total, count = (
        patient_sums(values=v, cluster=study.patients) for v in (np.nan_to_num(values), is_timed.astype(np.float64))
    )
    n = is_timed.sum(axis=1)
    mean = np.divide(np.nan_to_num(values).sum(axis=1), n, out=np.full(len(n), np.nan), where=n > 0)
    return mean, ratio_deviations(events=total, cases=count)


def _ratio(estimate: Estimate) -> Estimate:
    """Return exp of an estimate and its limits; the standard error stays on the logarithm, and the method says so."""
    value, low, high = (None if x is None else float(np.exp(x)) for x in (estimate.value, estimate.low, estimate.high))
    words = f"{estimate.method}; {TESTED}"
    return replace(estimate, value=value, low=low, high=high, method=words)
