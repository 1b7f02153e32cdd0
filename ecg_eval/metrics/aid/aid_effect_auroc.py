"""AUROC with the aid minus AUROC without it, by the mean squares that the study's design asks for."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.design import PERIODS, design_of
from ecg_eval.domain.evaluation import AIDED_MINUS_UNAIDED, Row
from ecg_eval.domain.reading import AIDED, UNAIDED
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.averages import FEWEST_RANDOM_READERS
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette

ARMS = (AIDED, UNAIDED)
NO_PERIODS = "a ranking cannot be adjusted for period, as this design asks"


class AidEffectAuroc(Metric):
    """AUROC of the readers' scores with help minus the same without it."""

    question = "With the aid, do readers score ECGs that show the finding further above the others?"
    source = "Obuchowski and Rockette, Commun Stat Simul 1995;24:285; Hillis, Stat Med 2014;33:330"
    caveat = "Of scores, which not every reader gives; readers may rank better and yet call as before."
    answers = "question"
    short_name = "aid_auroc"
    needs_scores = True
    signed = True

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield the effect on the readers of every kind who give scores, then on each of them, finding by finding."""
        if not study.reference.exists:
            return
        scores = study.cube("scores")
        for group, everybody in study.human_groups.items():
            places = {(r, a): p for a in ARMS for r, p in study.places(everybody, a).items()}
            scored = {who: p for who, p in places.items() if not np.isnan(scores[p]).all()}
            readers = list(dict.fromkeys(reader for reader, _ in scored))
            if len({arm for _, arm in scored}) < len(ARMS):
                continue
            truths = study.truths(judged=tuple(readers))
            for f, finding in enumerate(study.findings):
                for reader, estimate in self._estimates(study, scored, truths[f], f, level):
                    yield Row(
                        metric=self.name,
                        reader=reader or group,
                        reader_kind=study.kind(everybody[0]),
                        arm=AIDED_MINUS_UNAIDED,
                        finding=finding,
                        is_group=not reader,
                        n_readers=1 if reader else len(readers),
                        n_people=study.people([reader] if reader else readers),
                        estimate=estimate,
                    )

    def _estimates(
        self, study: ReaderStudy, scored: dict[tuple[str, str], int], truth: np.ndarray, f: int, level: float
    ) -> Iterator[tuple[str, Estimate]]:
        """Yield the effect on the group (without a name), then on each reader who has both arms."""
        table = study.cube("scores")[list(scored.values()), f]
        place, record = np.nonzero(~np.isnan(table) & ~np.isnan(truth))
        n = len(np.unique(record))
        words = "AUROC, aided minus unaided"
        reason = NO_PERIODS if design_of(study).analysis == PERIODS else _why_not(truth[record])
        if reason:
            yield "", Estimate.undefined(reason=reason, method=words, n=n, level=level)
            return
        names = np.array([reader for reader, _ in scored], dtype=object)
        arms = np.array([arm for _, arm in scored], dtype=object)
        few = len(set(names)) < FEWEST_RANDOM_READERS
        analysis = obuchowski_rockette(
            reader=names[place],
            modality=arms[place],
            case=record,
            truth=truth[record],
            score=table[place, record],
            cluster=study.patients[record],
            readers="fixed" if few else "random",
            level=level,
        )
        e = analysis.difference(AIDED, UNAIDED)
        design = analysis.design.replace("_", " ")
        yield "", replace(e, method=f"{words}; {e.method}, {design}", n=n, n_clusters=study.n_patients)
        for pair in analysis.reader_differences:
            of_reader = replace(pair.estimate, method=f"{words}; {pair.estimate.method}", n_clusters=study.n_patients)
            yield str(pair.reader), of_reader


def _why_not(truth: np.ndarray) -> str:
    """Say why nothing can be ranked, or nothing."""
    if len(np.unique(truth)) < 2:
        return "no case has the finding" if not truth.any() else "every case has the finding"
    return ""
