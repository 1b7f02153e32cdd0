"""1,024 random convolutions of the waveform and a ridge classifier: what an untrained network is worth.

On many ECG tasks a random encoder with a linear head comes close to pretrained ones, so that a trained network has to
beat it to have learnt anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.models._parts.calibration import Sigmoid, fit_sigmoid
from ecg_eval.models._parts.convolutions import N_STATISTICS, RandomKernels, draw_kernels
from ecg_eval.models._parts.loading import AT_ONCE, teachable, waveforms

_RATE_HZ, _DURATION_S = 100.0, 10.0
_N_KERNELS = 1024
_PENALTIES = np.logspace(1, 6, 11)
_SAMPLE = 32  # recordings that the thresholds are taken from
_ENOUGH = 4000  # recordings that a ridge is fitted to at most, drawn at random: a floor need not see all


@dataclass(frozen=True, slots=True, eq=False)
class _Ridge:
    weights: NDArray[np.float64]
    middle: float
    penalty: float
    sigmoid: Sigmoid


class RandomConvolutions(Model):
    """Random dilated kernels over random leads, six statistics of each response, one calibrated ridge per finding.

    Source: Dempster A, Petitjean F, Webb GI. ROCKET. Data Min Knowl Discov 2020;34:1454-1495, with fewer kernels and
    more statistics of each.
    """

    trained_on = ()
    needs = "12 leads in any unit, 2 s or longer; the middle 10 s of longer recordings are used"

    def __init__(self) -> None:
        self._kernels: RandomKernels | None = None
        self._thresholds: list[NDArray[np.float64]] = []
        self._centre, self._spread = np.empty(0), np.empty(0)
        self._taught: dict[str, _Ridge] = {}
        self._untaught: dict[str, str] = {}

    def fit(self, recordings: Recordings, labels: pd.DataFrame, *, rng: np.random.Generator) -> None:
        """Draw the kernels, take thresholds from some training recordings, and fit one ridge a finding."""
        signals, usable, patients, _ = waveforms(recordings, sampling_rate_hz=_RATE_HZ, duration_s=_DURATION_S)
        lessons, self._untaught = teachable(labels, usable, patients)
        self._taught, self._kernels = {}, None
        if not lessons:
            return
        kernels = draw_kernels(n_kernels=_N_KERNELS, n_leads=signals.shape[1], n_samples=signals.shape[2], rng=rng)
        sample = rng.permutation(np.flatnonzero(usable))[:_SAMPLE]
        self._kernels, self._thresholds = kernels, kernels.thresholds(signals[sample])
        x = kernels.features(signals, self._thresholds)
        self._centre, self._spread = x[usable].mean(axis=0), x[usable].std(axis=0) + 1e-6
        x = (x - self._centre) / self._spread
        for code, can_teach in lessons.items():
            rows = np.sort(rng.permutation(np.flatnonzero(can_teach))[:_ENOUGH])
            y = labels[code].to_numpy(dtype=float, na_value=np.nan)[rows]
            self._taught[code] = _fit_ridge(x[rows], y, patients[rows])

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return calibrated probabilities; NaN for findings not taught and recordings without a usable signal."""
        answers = np.full((len(recordings), len(findings)), np.nan)
        if self._kernels is None:
            return answers
        for rows, part in recordings.parts(AT_ONCE):
            signals, usable, _, _ = waveforms(part, sampling_rate_hz=_RATE_HZ, duration_s=_DURATION_S)
            x = (self._kernels.features(signals[usable], self._thresholds) - self._centre) / self._spread
            for column, code in enumerate(findings):
                if code in self._taught:
                    ridge = self._taught[code]
                    answers[rows, column][usable] = ridge.sigmoid(x @ ridge.weights + ridge.middle)
        return answers

    def card(self) -> ModelCard:
        """Return the number of features, the penalties chosen and the findings not taught."""
        penalties = {code: ridge.penalty for code, ridge in self._taught.items()}
        return ModelCard(
            facts={"n_features": _N_KERNELS * N_STATISTICS},
            by_finding={"penalty": penalties},
            not_taught=dict(self._untaught),
        )


def _fit_ridge(x: NDArray[np.float64], y: NDArray[np.float64], patients: NDArray[np.str_]) -> _Ridge:
    """Fit a ridge to -1 and 1 with the penalty whose scores of patients left out are nearest.

    In the dual, with ``H = (X X' + constant + penalty I)^-1`` and ``c = H z``, the score of a patient's recordings g
    without fitting to them is ``z_g - (H_gg)^-1 c_g``.
    """
    middle = 2 * float(y.mean()) - 1
    z = 2 * y - 1 - middle
    gram = x @ x.T
    constant = float(np.trace(gram))  # a constant feature, so loud that its weight is hardly penalised: the intercept
    values, vectors = np.linalg.eigh(gram + constant)
    _, person, n_each = np.unique(patients, return_inverse=True, return_counts=True)
    several = [np.flatnonzero(person == p) for p in np.flatnonzero(n_each > 1)]
    turned = vectors.T @ z
    tried = []
    for penalty in _PENALTIES:
        inverse = 1 / (np.maximum(values, 0) + penalty)
        dual = vectors @ (inverse * turned)
        outside = z - dual / ((vectors**2) @ inverse)
        for group in several:
            block = (vectors[group] * inverse) @ vectors[group].T
            outside[group] = z[group] - np.linalg.solve(block, dual[group])
        tried.append((float(np.mean((outside - z) ** 2)), float(penalty), dual, outside))
    _, penalty, dual, outside = min(tried, key=lambda t: t[0])
    return _Ridge(x.T @ dual, middle + constant * float(dual.sum()), penalty, fit_sigmoid(outside + middle, y))
