"""One model against the average reader of a kind: superior, not worse by a margin, or equivalent within it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import MACRO, Row
from ecg_eval.domain.reading import UNAIDED
from ecg_eval.domain.study import Floats, ReaderStudy, averaged_once
from ecg_eval.errors import ConfigError, suggestion
from ecg_eval.metrics.bases.averages import FEWEST_RANDOM_READERS
from ecg_eval.metrics.bases.beside_readers import beside_groups, beside_parts, margin_checked
from ecg_eval.metrics.bases.numbers import Masks
from ecg_eval.stats.agreement.average_reader import mean_over_readers
from ecg_eval.stats.estimate import Estimate

MEASURES = ("sensitivity", "specificity", "accuracy")


class ModelAgainstReaders(Metric):
    """A model's sensitivity (specificity, accuracy) minus the mean of the readers', tested against a margin.

    Parameters
    ----------
    margin : float
        How much worse is still acceptable, a fraction, chosen before the data were seen.
    measure : str
        "sensitivity", "specificity" or "accuracy".
    """

    question = "Is the model as good as the average reader: better, not worse by the margin, or the same within it?"
    source = "Hillis, Stat Med 2007;26:596, section 5.3; margins: Piaggio et al. (CONSORT), JAMA 2012;308:2594"
    caveat = (
        "Not worse on sensitivity may be bought with specificity: ask for both; the margin is a clinical judgement."
    )
    answers = "question"
    short_name = "model_vs_gp"
    signed = True
    by_subgroup = True

    def __init__(self, *, margin: float = 0.05, measure: str = "sensitivity") -> None:
        self.margin = margin_checked(self.name, margin)
        if measure not in MEASURES:
            remedy = suggestion(str(measure), MEASURES)
            raise ConfigError(f"metrics.{self.name}", "measure", f"one of {', '.join(MEASURES)}", measure, remedy)
        self.measure = measure

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield every model beside the readers of every kind and of each part of them, by finding and over findings."""
        if not study.reference.exists:
            return
        calls = study.cube("calls")
        once = averaged_once(study.findings)
        for beside in (*beside_groups(study, UNAIDED), *beside_parts(study, UNAIDED)):
            truth = study.truths(judged=(beside.machine, *beside.readers))
            model, readers = calls[beside.place], calls[list(beside.places)]
            values, influence = self._differences(truth, model, readers)
            n = (self._concerned(truth) & ~np.isnan(model)).sum(axis=1)
            for f, finding in enumerate(study.findings):
                estimate = self._tested(study, values[:, f], influence[:, :, f], int(n[f]), level)
                yield beside.row(self.name, finding, estimate)
            usable = np.flatnonzero(once & ~np.isnan(values).any(axis=0))
            mean = values[:, usable].mean(axis=1) if usable.size else np.full(len(values), np.nan)
            together = influence[:, :, usable].mean(axis=2) if usable.size else influence[:, :, 0]
            count = int(n[usable].max()) if usable.size else 0
            estimate = self._tested(study, mean, together, count, level, over=f" over {usable.size} findings;")
            yield beside.row(self.name, MACRO, estimate, combined=MACRO)

    def _concerned(self, truth: Floats) -> Masks:
        if self.measure == "accuracy":
            return ~np.isnan(truth)
        return np.asarray(truth == (1.0 if self.measure == "sensitivity" else 0.0))

    def _differences(self, truth: Floats, model: Floats, readers: Floats) -> tuple[Floats, Floats]:
        """Return model minus reader, (n_readers, n_findings), and what each ECG adds to it.

        The model counts on the ECGs that it answered, each reader on those of them that the reader read too. What ECGs
        add is of shape (n_readers, n_records, n_findings).
        """
        concerned = self._concerned(truth) & ~np.isnan(model)
        value, added = _share(np.where(concerned, model == truth, np.nan))
        theirs, their_added = _share(np.where(concerned & ~np.isnan(readers), readers == truth, np.nan))
        influence = np.where(np.isnan(added), 0.0, added)[None] - np.where(np.isnan(their_added), 0.0, their_added)
        return value[None] - theirs, np.moveaxis(influence, 1, 2)

    def _tested(
        self, study: ReaderStudy, values: Floats, influence: Floats, n: int, level: float, *, over: str = ""
    ) -> Estimate:
        """Return the mean difference with the one-sided test of inferiority by the margin, and what follows from it."""
        is_read = ~np.isnan(values)
        words = f"{self.measure} of the model minus mean over readers;{over} margin {self.margin:g}"
        if not is_read.any():
            reason = "no ECG that concerns it was read by the model and the readers"
            return Estimate.undefined(reason=reason, method=words, n=n, level=level)
        comparison = mean_over_readers(
            values=values[is_read],
            influence=influence[is_read].T,
            cluster=study.patients,
            readers="random" if is_read.sum() >= FEWEST_RANDOM_READERS else "fixed",
            margin=self.margin,
            level=level,
            method=words,
        )
        return replace(
            comparison,
            n=n,
            n_clusters=study.n_patients,
            method=f"{comparison.method}; {verdict(comparison, self.margin)}",
        )


def verdict(estimate: Estimate, margin: float) -> str:
    """Say what an interval shows beside a margin: "not worse by the margin; better; ...".

    Examples
    --------
    >>> verdict(Estimate(value=0.02, low=-0.01, high=0.04, method="", n=9), 0.05)
    'not worse by the margin; not shown better; equivalent within the margin'
    """
    if estimate.low is None or estimate.high is None:
        return "no interval, so that nothing is shown"
    worse = "not worse by the margin" if estimate.low > -margin else "not shown to be no worse by the margin"
    if estimate.high < -margin:
        worse = "worse by more than the margin"
    better = "better" if estimate.low > 0 else "not shown better"
    within = estimate.low > -margin and estimate.high < margin
    return f"{worse}; {better}; {'equivalent within the margin' if within else 'not shown equivalent'}"


def _share(outcome: Floats) -> tuple[Floats, Floats]:
    """Return the share of an outcome (..., n_records) and what each record adds to it (its influence)."""
    is_read = ~np.isnan(outcome)
    n = is_read.sum(axis=-1)
    value = np.divide(np.where(is_read, outcome, 0.0).sum(axis=-1), n, out=np.full(n.shape, np.nan), where=n > 0)
    scale = outcome.shape[-1] / np.maximum(n, 1)
    return value, (outcome - value[..., None]) * scale[..., None]
