"""Logistic regression on age and sex alone: what a model knows before it has seen the ECG."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.errors import SignalError
from ecg_eval.models._parts.beat_table import person
from ecg_eval.models._parts.loading import teachable

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

_DECADE = 10.0
_MIDDLE_AGE = 60.0


class AgeSex(Model):
    """A score from age, its square and sex. A model that does not beat it has read the patient, not the ECG."""

    trained_on = ()
    needs = "age and sex; a recording without either is scored as an average one in that respect"

    def __init__(self) -> None:
        self._taught: dict[str, LogisticRegression] = {}
        self._untaught: dict[str, str] = {}

    def fit(self, recordings: Recordings, labels: pd.DataFrame, *, rng: np.random.Generator) -> None:
        """Fit one regression a finding, with a weak ridge penalty (C = 1)."""
        from sklearn.linear_model import LogisticRegression

        x, usable, patients = _people(recordings)
        lessons, self._untaught = teachable(labels, usable, patients)
        self._taught = {}
        for code, can_teach in lessons.items():
            y = labels[code].to_numpy(dtype=float, na_value=np.nan)[can_teach]
            self._taught[code] = LogisticRegression().fit(x[can_teach], y)

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return probabilities; NaN for findings not taught and recordings that cannot be loaded."""
        answers = np.full((len(recordings), len(findings)), np.nan)
        x, usable, _ = _people(recordings)
        if usable.any():
            for column, code in enumerate(findings):
                if code in self._taught:
                    answers[usable, column] = self._taught[code].predict_proba(x[usable])[:, 1]
        return answers

    def card(self) -> ModelCard:
        """Return the odds ratios per decade of age (at 60) and for men, and the findings not taught."""
        odds = {
            name: {code: float(np.exp(line.coef_[0, column])) for code, line in self._taught.items()}
            for name, column in (("odds_ratio_per_decade", 0), ("odds_ratio_male", 2))
        }
        return ModelCard(by_finding=odds, not_taught=dict(self._untaught))


def _people(recordings: Recordings) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.str_]]:
    """Return decades from 60, their square, sex from -1/2 to 1/2, and whether each is unknown (then 0)."""
    people = np.full((len(recordings), 2), np.nan)
    usable, patients = np.ones(len(recordings), dtype=bool), list(recordings.ids)
    for row, record_id in enumerate(recordings.watch(recordings.ids)):
        try:
            recording = recordings.load(record_id)
        except SignalError:
            usable[row] = False
        else:
            people[row], patients[row] = person(recording), recording.patient_id
    decades, male = (people[:, 0] - _MIDDLE_AGE) / _DECADE, people[:, 1] - 0.5
    x = np.stack([decades, decades**2, male, np.isnan(decades), np.isnan(male)], axis=1)
    return np.nan_to_num(x), usable, np.array(patients, dtype=str)
