"""Gradient-boosted trees on beat measurements (combined-lead beats, the 12-lead median beat), age and sex.

Careful measurements and shallow trees are the cost-effective core at the size of clinical studies; depth of a network
buys little below some ten thousand recordings.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Look, Model, Recordings
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.models._parts.beat_table import (
    NEEDS_NO_UNIT,
    TABLE_NAMES,
    BeatTable,
    beat_table,
    lacks_millivolts,
    look_at_beats,
)
from ecg_eval.models._parts.calibration import Sigmoid, fit_sigmoid
from ecg_eval.models._parts.loading import teachable

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

_FOLDS = 4
_LARGE = 1000  # training recordings from which more trees pay


@dataclass(frozen=True, slots=True, eq=False)
class _Taught:
    """The trees of one finding, one set per fold, and what makes a probability of their mean logit."""

    trees: list["HistGradientBoostingClassifier"]
    sigmoid: Sigmoid
    n: int
    n_positive: int


class BeatBoosting(Model):
    """One ensemble of boosted trees per finding, calibrated out of fold.

    Each finding gets four sets of trees, each taught without one quarter of the patients. Their scores on the patients
    left out place the sigmoid that makes probabilities of scores (Platt 1999); the answer is the mean of the four.

    Taught on an archive in which no recording is in millivolts (z-scores), it measures amplitudes in standard
    deviations of their own lead, leaves out what compares leads (axes, voltage sums), and reads recordings of any unit
    so; its card says which. An archive in millivolts keeps both, and recordings in other units are refused.

    Attributes
    ----------
    outside : dict of str to ndarray, shape (n_training,)
        Finding -> calibrated log odds of each training recording, by trees that were taught without its patient; NaN
        where it could not be measured or the finding is not known.
    """

    trained_on = ()
    needs = "12 leads, in mV unless it was taught without, 2 s or longer, any sampling rate; age and sex where known"

    def __init__(self) -> None:
        self._taught: dict[str, _Taught] = {}
        self._untaught: dict[str, str] = {}
        self._not_measurable: dict[str, int] = {}
        self._n_training = 0
        self._scale_leads = False
        self.outside: dict[str, NDArray[np.float64]] = {}

    def _table(self, recordings: Recordings) -> BeatTable:
        return beat_table(recordings, who=self.name, scale_leads=self._scale_leads)

    def _columns(self) -> NDArray[np.bool_]:
        return NEEDS_NO_UNIT if self._scale_leads else np.ones(len(TABLE_NAMES), dtype=bool)

    def looks(self, recordings: Recordings) -> tuple[Look, ...]:
        """Return the look at the beats of one recording; see ``Model.looks``."""
        return (look_at_beats(self.name, scale_leads=lacks_millivolts(recordings)),)

    def fit(self, recordings: Recordings, labels: pd.DataFrame, *, rng: np.random.Generator) -> None:
        """Learn each finding from the recordings that can be measured and where it is known.

        Raises
        ------
        SignalError
            For recordings that are not in millivolts where others are.
        """
        self._scale_leads = lacks_millivolts(recordings)
        table, columns = self._table(recordings), self._columns()
        self.outside = {}
        self._taught, self._not_measurable = {}, table.reasons
        self._n_training = int(table.measurable.sum())
        lessons, self._untaught = teachable(labels, table.measurable, table.patients)
        with _threads(self._n_training):
            for code, can_teach in lessons.items():
                y = labels[code].to_numpy(dtype=float, na_value=np.nan)[can_teach]
                x = table.values[np.ix_(can_teach, columns)]
                self._taught[code], outside = _teach(x, y, table.patients[can_teach], rng)
                self.outside[code] = np.full(len(recordings), np.nan)
                self.outside[code][can_teach] = outside

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return calibrated probabilities; NaN for recordings without a measurable beat and findings not taught."""
        answers = np.full((len(recordings), len(findings)), np.nan)
        if not any(code in self._taught for code in findings):
            return answers
        table = self._table(recordings)
        x = table.values[np.ix_(table.measurable, self._columns())]
        if not table.measurable.any():
            return answers
        with _threads(len(table.values)):
            for column, code in enumerate(findings):
                if code in self._taught:
                    answers[table.measurable, column] = _answer(self._taught[code], x)
        return answers

    @property
    def n_parameters(self) -> int:
        """Count the numbers that it holds: one a node of its trees, a limit or an answer, and two a sigmoid."""
        return sum(map(_size, self._taught.values()))

    def card(self) -> ModelCard:
        """Return sizes, settings, the findings not taught, and why recordings could not be measured."""
        return ModelCard(
            facts={
                "n_parameters": self.n_parameters,
                "n_features": int(self._columns().sum()),
                "n_training": self._n_training,
                "amplitudes_in": "standard deviations of each lead" if self._scale_leads else "mV",
            },
            settings=_settings(self._n_training),
            by_finding={
                "n": {code: taught.n for code, taught in self._taught.items()},
                "n_positive": {code: taught.n_positive for code, taught in self._taught.items()},
            },
            not_taught=dict(self._untaught),
            counts={"not_measurable_in_training": dict(self._not_measurable)},
        )


def _threads(n: int) -> AbstractContextManager[object]:
    """Return a context with one thread for small sets: more would wait for one another, long on a busy machine."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    return nullcontext() if n >= _LARGE else threadpool_limits(limits=1)


def _settings(n: int) -> dict[str, bool | int | float]:
    """Return the settings of the trees: shallow, slow, few features a split, as clinical data sets are small."""
    return {
        "learning_rate": 0.03 if n >= _LARGE else 0.05,
        "max_iter": 300 if n >= _LARGE else 100,
        "max_leaf_nodes": 8,
        "min_samples_leaf": 15 if n >= _LARGE else 5,
        "l2_regularization": 1.0,
        "max_features": 0.1 if n >= _LARGE else 0.2,
        "max_bins": 64,
        "early_stopping": False,
    }


def _teach(
    x: NDArray[np.float64], y: NDArray[np.float64], patients: NDArray[np.str_], rng: np.random.Generator
) -> tuple[_Taught, NDArray[np.float64]]:
    """Return the trees of a finding, and calibrated log odds of each recording by those taught without its patient."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedGroupKFold

    seeds = [int(seed) for seed in rng.integers(2**31, size=_FOLDS + 1)]
    folds = StratifiedGroupKFold(n_splits=_FOLDS, shuffle=True, random_state=seeds[-1])
    trees, outside = [], np.empty(len(y))
    for seed, (inner, left_out) in zip(seeds, folds.split(x, y, patients), strict=False):
        trees.append(HistGradientBoostingClassifier(**_settings(len(y)), random_state=seed).fit(x[inner], y[inner]))
        outside[left_out] = trees[-1].decision_function(x[left_out])
    sigmoid = fit_sigmoid(outside, y)
    taught = _Taught(trees, sigmoid, n=len(y), n_positive=int(y.sum()))
    return taught, sigmoid.slope * outside + sigmoid.intercept


def _size(taught: _Taught) -> int:
    return 2 + sum(len(tree.nodes) for trees in taught.trees for stage in trees._predictors for tree in stage)


def _answer(taught: _Taught, x: NDArray[np.float64]) -> NDArray[np.float64]:
    return taught.sigmoid(np.mean([trees.decision_function(x) for trees in taught.trees], axis=0))
