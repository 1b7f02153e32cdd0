"""A scikit-learn estimator in a skops file, on the beat measurements of each recording or on its samples."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Recordings
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.findings import CANONICAL
from ecg_eval.errors import ConfigError, InputFileError
from ecg_eval.models._parts.beat_table import TABLE_NAMES, beat_table
from ecg_eval.models._parts.network_input import Batch
from ecg_eval.models._parts.outside_network import Outputs, OutsideNetwork, existing_file, missing_library

_FEATURES = ("beat_measurements", "samples")


class SklearnSkops(OutsideNetwork):
    """An estimator with ``predict_proba`` that was saved by skops.

    skops, unlike pickle, says which types a file holds before any is made. Types beyond those that it trusts itself are
    refused unless the configuration names them.

    Parameters
    ----------
    path : Path
    outputs, input, trained_on, spelling, batch
        As for every outside network (``_parts/outside_network.py``). `outputs` names the estimator's columns: of a
        multi-label estimator its labels, of one with two classes the finding that its second class stands for.
    features : str
        "beat_measurements" (``ecg_eval.models.sklearn_skops.FEATURE_NAMES``, NaN where not measurable; `input` is then
        not asked for) or "samples" (each window flattened).
    trusted : sequence of str
        Further types that may be made, such as "my_package.MyScaler".
    """

    def __init__(
        self,
        path: Path,
        *,
        outputs: Sequence[str | None],
        trained_on: Sequence[str],
        input: Mapping[str, object] | None = None,
        spelling: str = CANONICAL,
        batch: int = 256,
        features: str = "beat_measurements",
        trusted: Sequence[str] = (),
    ) -> None:
        if features not in _FEATURES:
            raise ConfigError("sklearn_skops", "features", f"one of {', '.join(_FEATURES)}", features)
        if features == "samples" and input is None:
            raise ConfigError("sklearn_skops", "input", "given where features are samples", remedy="Add `input:`.")
        unused = {"sampling_rate_hz": 500, "duration_s": 10}
        super().__init__(outputs=outputs, input=input or unused, trained_on=trained_on, spelling=spelling, batch=batch)
        self.features = features
        if features == "beat_measurements":
            self.needs = "12 leads in mV, 2 s or longer, any sampling rate"
        existing_file(self.name, path)
        self._estimator = _open(self.name, path, list(trusted))

    def forward(self, windows: Batch) -> Outputs:
        """Return the probabilities of a batch of windows, flattened."""
        return self._probabilities(windows.reshape(len(windows), -1))

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return probabilities; NaN for a recording that cannot be measured and a finding that is not among outputs."""
        if self.features == "samples":
            return super().scores(recordings, findings)
        table = beat_table(recordings, who=self.name)
        self._not_read.clear()
        self._not_read.update(table.reasons)
        answers = np.full((len(recordings), len(findings)), np.nan)
        if table.measurable.any():
            probabilities = self._checked(
                self._probabilities(table.values[table.measurable]), int(table.measurable.sum())
            )
            for column, code in enumerate(findings):
                if code in self.outputs:
                    answers[table.measurable, column] = probabilities[:, self.outputs.index(code)]
        return answers

    def _probabilities(self, x: NDArray[np.floating]) -> Outputs:
        """Return probabilities of shape (n, n_outputs) from whichever form the estimator answers in."""
        answer = self._estimator.predict_proba(x)
        if isinstance(answer, list):  # one array (n, 2) a label, as scikit-learn's multi-output estimators answer
            return np.column_stack([np.asarray(a)[:, -1] for a in answer])
        table = np.asarray(answer, dtype=np.float64)
        return table[:, 1:] if len(self.outputs) == 1 and table.shape[1] == 2 else table

    def card(self) -> ModelCard:
        """Return outputs, features and the estimator's class."""
        return super().card().also(features=self.features, estimator=type(self._estimator).__name__)


FEATURE_NAMES = TABLE_NAMES


def _open(who: str, path: Path, trusted: list[str]) -> Any:
    try:
        import skops.io
    except ImportError:
        raise missing_library(who, "skops", "networks") from None
    try:
        unknown = sorted(set(skops.io.get_untrusted_types(file=path)) - set(trusted))
        if unknown:
            remedy = "Name them under `trusted:` if you know what they do; save the estimator by skops.io.dump."
            raise InputFileError(who, str(path), "made of trusted types", unknown[:8], remedy)
        estimator = skops.io.load(path, trusted=trusted)
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:  # skops's own words for other files
        if isinstance(error, InputFileError):
            raise
        rule = "a file of skops.io.dump"
        remedy = f"{str(error)[:160]} A pickle or joblib file is not opened, since opening runs what it holds."
        raise InputFileError(who, str(path), rule, remedy=remedy) from None
    if not hasattr(estimator, "predict_proba"):
        raise InputFileError(who, str(path), "an estimator with predict_proba", type(estimator).__name__)
    return estimator
