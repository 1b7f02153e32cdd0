"""Trees on measurements and networks on waveforms, averaged and calibrated.

The two see different things: `beat_boosting` states what `small_network` misses. benchmarks/models.md shows what their
mean reaches beside each of them.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Look, Model, Recordings
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.errors import ConfigError
from ecg_eval.models._parts.calibration import Sigmoid, fit_sigmoid
from ecg_eval.models.beat_boosting import BeatBoosting
from ecg_eval.models.small_network import SmallNetwork

_SUREST = 1e-9  # probabilities are kept this far from 0 and 1 when log odds are made of them


class Ensemble(Model):
    """The mean of the calibrated log odds of `beat_boosting` and of four small networks, calibrated once more.

    Trees and networks are each taught without one quarter of the patients at a time; their scores of the patients left
    out calibrate each of the two, and the sigmoid of their mean (Platt 1999). Where one of the two cannot read a
    recording the other answers alone, and the card counts it.

    Parameters
    ----------
    epochs : int
        Passes of each network over its training recordings.
    folds : int
        Networks, 2 or more.
    """

    trained_on = ()
    needs = "12 leads in any unit that the training recordings have too, 2 s or longer; age and sex where known"

    def __init__(self, epochs: int = 20, *, folds: int = 4) -> None:
        if folds < 2:
            raise ConfigError(self.name, "folds", "2 or more", folds, "Use small_network for one network.")
        self._trees, self._networks = BeatBoosting(), SmallNetwork(epochs=epochs, folds=folds)
        self._sigmoids: dict[str, Sigmoid] = {}
        self._alone: dict[str, int] = {}

    def looks(self, recordings: Recordings) -> tuple[Look, ...]:
        """Return the look of its trees; see ``Model.looks``."""
        return self._trees.looks(recordings)

    def fit(self, recordings: Recordings, labels: pd.DataFrame, *, rng: np.random.Generator) -> None:
        """Teach both parts, and place the sigmoid of their mean on the patients that each was taught without."""
        for part in (self._trees, self._networks):
            part.fit(recordings, labels, rng=rng)
        self._sigmoids = {}
        for code in labels.columns:
            outside = [part.outside[code] for part in (self._trees, self._networks) if code in part.outside]
            if outside:
                mean = _mean(outside)
                has_mean = np.isfinite(mean)
                y = labels[code].to_numpy(dtype=float, na_value=np.nan)
                self._sigmoids[code] = fit_sigmoid(mean[has_mean], y[has_mean])

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return calibrated probabilities; NaN where neither part can answer, and for findings not taught."""
        trees, networks = (part.scores(recordings, findings) for part in (self._trees, self._networks))
        mean = _mean([_log_odds(trees), _log_odds(networks)])
        answers = np.full(mean.shape, np.nan)
        for column, code in enumerate(findings):
            if code in self._sigmoids:
                answers[:, column] = self._sigmoids[code](mean[:, column])
        by_trees, by_networks = (np.isfinite(answers_of).any(axis=1) for answers_of in (trees, networks))
        self._alone = {
            "beat_boosting": int((by_trees & ~by_networks).sum()),
            "small_network": int((by_networks & ~by_trees).sum()),
        }
        return answers

    def card(self) -> ModelCard:
        """Return what both parts say of themselves, and how often one of them answered alone."""
        trees, networks = self._trees.card(), self._networks.card()
        n_parameters = self._trees.n_parameters + self._networks.n_parameters
        return ModelCard(
            facts={**trees.facts, **networks.facts, "n_parameters": n_parameters, "calibrated": True},
            settings=trees.settings,
            by_finding=trees.by_finding,
            not_taught={**trees.not_taught, **networks.not_taught},
            counts={**trees.counts, "answered_by_one_part_alone": {k: n for k, n in self._alone.items() if n}},
        )


def _log_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.clip(probabilities, _SUREST, 1 - _SUREST)
    return np.asarray(np.log(p / (1 - p)))


def _mean(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean of the parts that answer; NaN where none does."""
    stacked = np.array(parts)
    n = np.isfinite(stacked).sum(axis=0)
    return np.asarray(np.divide(np.nansum(stacked, axis=0), n, out=np.full(n.shape, np.nan), where=n > 0))
