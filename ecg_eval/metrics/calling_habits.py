"""Whether readers call a finding equally often: Cochran's Q over the readers of a kind."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.stats.agreement.marginal_homogeneity import cochran_q


class CallingHabits(Metric):
    """Cochran's Q: whether the readers of a kind call a finding in the same share of the ECGs that all have read."""

    question = "Do some readers call the finding more often than others, on the same ECGs?"
    source = "Cochran, Biometrika 1950;37:256"
    caveat = "Takes no account of patients with several ECGs, and says that readers differ, not who is right."
    answers = "question"
    short_name = "habits"
    is_test = True

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield a row for every kind of reader, arm and finding."""
        calls = study.cube("calls")
        for everybody in study.human_groups.values():
            kind = study.kind(everybody[0])
            for arm in dict.fromkeys(a for _, a in study.reader_arms):
                places = study.places(everybody, arm)
                if len(places) < 2:
                    continue
                members = list(places)
                table = calls[list(places.values())]
                for f, finding in enumerate(study.findings):
                    found = cochran_q(ratings=table[:, f].T)
                    share = np.nanmean(table[:, f], axis=1) if not np.isnan(table[:, f]).all(axis=1).any() else []
                    told = f"; called in {min(share):.3f} to {max(share):.3f} of the ECGs" if len(share) else ""
                    yield Row(
                        metric=self.name,
                        reader=f"all {kind} ({len(members)})",
                        reader_kind=kind,
                        arm=arm,
                        finding=finding,
                        is_group=True,
                        n_readers=len(members),
                        n_people=study.people(members),
                        estimate=replace(found, level=level, method=f"{found.method}{told}"),
                    )
