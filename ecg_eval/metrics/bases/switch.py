"""How often a reading turns when the aid is there."""

from abc import ABC

import numpy as np

from ecg_eval.domain.reading import AIDED
from ecg_eval.domain.study import Codes, Floats
from ecg_eval.metrics.bases.aid import Aid
from ecg_eval.stats.clusters.clustered import clustered_proportion
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.proportion.proportions import single_proportion


class Switch(Aid, ABC):
    """A share of the readings that could turn in one direction: outcomes are (turned, could turn)."""

    arm = AIDED
    span = (0.0, 1.0)

    def estimate(self, aided: Floats, unaided: Floats, cluster: Codes | None, level: float) -> Estimate:
        """Return the share that turned, of those that could."""
        known = ~(np.isnan(aided) | np.isnan(unaided))
        if not known.any():
            reason = "no reading could turn in this direction"
            return Estimate.undefined(reason=reason, method="Wilson", level=level)
        if cluster is not None:
            return clustered_proportion(event=aided[known], cluster=cluster[known], level=level)
        return single_proportion(n_events=int(aided[known].sum()), n=int(known.sum()), level=level)

    def share(self, aided: Floats, unaided: Floats) -> Floats:
        """Return whether each reading turned."""
        return aided
