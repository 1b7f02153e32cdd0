"""Whether reading times differ between three or more arms: Friedman's test over readers."""

from collections.abc import Iterator

import numpy as np

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import Row
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.bases.of_ecg import of_ecgs
from ecg_eval.metrics.bases.pooled import pooled_row
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.measurement.several_conditions import friedman_test

TWO_ARMS = "fewer than three arms: see aid_effect_seconds"


class SecondsOverArms(Metric):
    """Kendall's W of the arms by each reader's median time: 1 where they have the same order for all readers."""

    question = "Do reading times differ between the arms?"
    source = "Friedman, J Am Stat Assoc 1937;32:675; Iman and Davenport, Commun Stat A 1980;9:571"
    caveat = "Says that some arms differ, not which nor by how much."
    answers = "question"
    short_name = "seconds_w"
    uses = ("seconds",)

    def rows(self, study: ReaderStudy, *, level: float) -> Iterator[Row]:
        """Yield the readers of every kind."""
        times = of_ecgs(study, "seconds")
        for group, everybody in study.human_groups.items():
            arms = list(dict.fromkeys(arm for reader, arm in study.reader_arms if reader in everybody))
            table = np.full((len(everybody), len(arms)), np.nan)
            for i, reader in enumerate(everybody):
                for j, arm in enumerate(arms):
                    place = study.place(reader, arm)
                    if place is not None and not np.isnan(times[place]).all():
                        table[i, j] = np.nanmedian(times[place])
            if len(arms) < 3:
                estimate = Estimate.undefined(reason=TWO_ARMS, method="Kendall W", level=level)
            else:
                estimate = friedman_test(values=table).f_test
            yield pooled_row(self.name, study, (group, everybody, ""), estimate, is_group=True)
