"""How often a reading turns when the aid is there."""

from abc import ABC

import numpy as np

from ecg_eval.domain.reading import AIDED
from ecg_eval.domain.study import Codes
from ecg_eval.metrics.bases.aid import Aid, Outcomes
from ecg_eval.metrics.bases.numbers import Numbers, ReaderArm, Setting, share_numbers


class Switch(Aid, ABC):
    """A share of the readings that could turn in one direction: outcomes are (turned, could turn)."""

    arm = AIDED
    span = (0.0, 1.0)
    null = None

    def made(self, who: tuple[ReaderArm, ...], outcomes: Outcomes, cluster: Codes | None, level: float) -> Numbers:
        """Return the shares that turned, of those that could."""
        turned, could = outcomes
        is_known = ~(np.isnan(turned) | np.isnan(could))
        setting = Setting(who=who, cluster=cluster, level=level, empty="no reading could turn in this direction")
        events = np.where(is_known, turned, 0.0)
        return share_numbers(setting, events=events, cases=is_known.astype(np.float64), read=is_known)
