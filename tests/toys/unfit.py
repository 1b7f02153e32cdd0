"""Models that may not be used, each for one reason, and one that may."""

import time

import numpy as np
from toys.toy_study import ToyModel

from ecg_eval.domain.contracts import Model


class Sound(Model):
    """The logistic of the mean of lead I; no answer where there is nothing to be read."""

    trained_on = ()
    needs = "lead I in mV"

    def one(self, recording):
        recording.require_millivolts(who=self.name)
        lead = recording.select(("I",))[:, 0]
        return 1 / (1 + np.exp(-np.nanmean(lead))) if np.nanstd(lead) > 0 else np.nan

    def scores(self, recordings, findings):
        return np.array([[self.one(r)] * len(findings) for r in recordings])


class Unseeded(Sound):
    def one(self, recording):
        return float(np.random.default_rng().random())


class DrawnWhenMade(Sound):
    def __init__(self):
        self.weight = float(np.random.default_rng().random())

    def one(self, recording):
        return self.weight


class NormsOverTheBatch(Sound):
    def scores(self, recordings, findings):
        scores = super().scores(recordings, findings)
        return (scores - scores.min()) / max(np.ptp(scores), 1e-9)


class ReadsIds(Sound):
    def one(self, recording):
        return 1.0 if recording.record_id.endswith("7") and recording.record_id.startswith("t") else 0.0


class SpoilsItsInput(Sound):
    def one(self, recording):
        np.subtract(recording.signal, recording.signal.mean(), out=recording.signal)
        return 0.5


class BlindToMissing(Sound):
    def one(self, recording):
        return float(np.clip(recording.select(("I",)).mean(), 0, 1)) if not np.isnan(recording.signal).any() else 7.0


class BlindToLong(Sound):
    def one(self, recording):
        if recording.duration_s > 30:
            time.sleep(600)
        return super().one(recording)


class ByPosition(ToyModel):
    """Takes the first lead, whichever it is."""


class Mute(Sound):
    def one(self, recording):
        return np.nan
