"""AUROC: the probability that an ECG with the finding gets a higher score than one without."""

from dataclasses import replace

import numpy as np

from ecg_eval.domain.notes import BELOW_CHANCE, noted
from ecg_eval.domain.study import Codes, Floats, ReaderStudy
from ecg_eval.metrics.bases.averages import NO_FINDING, Averages
from ecg_eval.metrics.bases.by_reader import OfScores
from ecg_eval.metrics.bases.numbers import Masks
from ecg_eval.metrics.bases.panels import over_panels
from ecg_eval.stats.estimate import Estimate, Estimates
from ecg_eval.stats.mrmc.part_means import FIXED_READERS
from ecg_eval.stats.roc.area import auroc
from ecg_eval.stats.roc.macro_average import auroc_spread, macro_auroc


class MacroAuroc(Averages):
    """The means of AUROC, which have a kernel of their own for one reader."""

    def over_findings(self, chosen: Masks) -> Estimates:
        """Return each reader's macro AUROC over the findings chosen, (n_readers, n_findings)."""
        means = []
        for i, (reader, arm) in enumerate(self.numbers.who):
            columns = chosen[i]
            words = self._over(self.measure.label, columns)
            if not columns.any():
                means.append(Estimate.undefined(reason=NO_FINDING, method=words, level=self.level))
                continue
            used = self.numbers.used[i, columns]
            score = self.study.cube("scores")[self.study.reader_arms.index((reader, arm)), columns]
            by_panel = []
            for panel in self.study.reference.panels(self.study.findings, judged=reader):
                truth = np.where(used, panel[columns], np.nan)
                mean = macro_auroc(truth=truth.T, score=score.T, cluster=self.study.cluster, level=self.level)
                by_panel.append(replace(mean, method=f"{words}; {mean.method}, {FIXED_READERS}"))
            means.append(replace(over_panels(by_panel), n=int(used.sum(axis=1).max())))
        return Estimates.of(means)


class Auroc(OfScores):
    """Area under the receiver operating characteristic curve."""

    question = "Does the reader score ECGs that show the finding above those that do not?"
    source = "DeLong, DeLong and Clarke-Pearson, Biometrics 1988;44:837; clusters: Obuchowski, Biometrics 1997;53:567"
    caveat = "Says how well ECGs are ranked, not whether the threshold in use is a good one."
    of_both_classes = True
    averaged_by = MacroAuroc

    def estimate(self, truth: Floats, values: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return it for one finding, DeLong's interval on the logit scale."""
        area = auroc(truth=truth, score=values, cluster=cluster, level=level)
        if area.value is None or area.value >= 0.5:
            return area
        return replace(area, method=noted(area.method, BELOW_CHANCE))

    def spread(self, study: ReaderStudy, truth: Floats, values: Floats) -> tuple[float, Floats]:
        """Return DeLong's variance, at least that of the exponential model, and what each patient adds to the error."""
        return auroc_spread(truth=truth, score=values, cluster=study.patients)
