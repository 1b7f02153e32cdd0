"""The score of the PhysioNet/CinC Challenges 2020 and 2021, with the organisers' matrix of credits or your own."""

from pathlib import Path

import numpy as np
import pandas as pd

from ecg_eval.domain.study import Floats
from ecg_eval.errors import InputFileError
from ecg_eval.metrics.bases.whole_reading import Complete, OfWholeReadings
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.challenge import challenge_score


class ChallengeScore(OfWholeReadings):
    """Credit of the calls, between that of always calling the normal class (0) and that of the truth (1).

    Parameters
    ----------
    weights : path, optional
        Table of credits with the codes of the findings as first column and as header (the Challenges' ``weights.csv``
        with this vocabulary's codes); each right call alone has credit 1 when not given.
    normal : str
        Code of the class that a program without information would always call.
    """

    question = "How much of the credit does the reader earn that clinicians give to right and nearly right findings?"
    source = "Perez Alday et al., Physiol Meas 2020;41:124003; Reyna et al., Computing in Cardiology 2021"
    caveat = "The credits are the organisers' judgement; below 0 is worse than always calling the normal class."
    short_name = "challenge"

    def __init__(self, *, weights: Path | None = None, normal: str = "NORM") -> None:
        self.weights, self.normal = weights, normal

    def _credit(self, findings: tuple[str, ...]) -> Floats:
        """Return the credits, rows the truth, columns the calls."""
        if self.weights is None:
            return np.eye(len(findings))
        table = pd.read_csv(self.weights, index_col=0, float_precision="round_trip")
        table.index, table.columns = table.index.astype(str), table.columns.astype(str)
        missing = [f for f in findings if f not in table.index or f not in table.columns]
        if missing:
            rule = "a square table with a row and a column for each finding"
            raise InputFileError(str(self.weights), "findings", rule, missing)
        return table.loc[list(findings), list(findings)].to_numpy(dtype=float)

    def estimate(self, readings: Complete, level: float) -> Estimate:
        """Return it with the normal interval of a ratio of sums."""
        if self.normal not in readings.findings:
            reason = "the normal class is not among the findings"
            return Estimate.undefined(reason=reason, method=self.label, n=len(readings.truth), level=level)
        return challenge_score(
            truth=readings.truth,
            call=readings.values,
            credit=self._credit(readings.findings),
            normal=readings.findings.index(self.normal),
            cluster=readings.cluster,
            level=level,
        )
