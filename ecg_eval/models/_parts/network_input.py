"""What a network takes: leads, rate, length, unit, normalisation and order of axes, and recordings turned into it.

A trained network knows one input. What a recording brings is converted where that is sound (another rate, another order
of leads, microvolts) and refused where it is not (a lead that is missing, a unit that is no voltage). Long recordings
are read in windows whose scores are averaged, short ones end in zeros, both only as the configuration allows.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Recordings
from ecg_eval.domain.leads import STANDARD_LEADS, canonical_lead
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import ConfigError, EcgEvalError, SignalError, suggestion
from ecg_eval.signals.resample import resample

Batch = NDArray[np.float32]
_LAYOUTS = ("leads_first", "samples_first")
_LONG = ("windows", "middle", "first", "refuse")
_SHORT = ("zeros", "refuse")
_UNITS = {"mV": 1.0, "uV": 1000.0, "any": 1.0}


def _nothing(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return x


def _z_score(axis: int | None) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    def normed(x: NDArray[np.float64]) -> NDArray[np.float64]:
        spread = x.std(axis=axis)
        return np.asarray((x - x.mean(axis=axis)) / np.where(spread > 0, spread, 1.0))

    return normed


def _to_one(x: NDArray[np.float64]) -> NDArray[np.float64]:
    largest = np.abs(x).max(axis=0)
    return np.asarray(x / np.where(largest > 0, largest, 1.0))


# of one window, shape (n_samples, n_leads)
NORMALISATIONS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "none": _nothing,
    "z_score_lead": _z_score(0),
    "z_score_recording": _z_score(None),
    "largest_lead": _to_one,
}


@dataclass(frozen=True, kw_only=True)
class NetworkInput:
    """The input of a network.

    Attributes
    ----------
    leads : tuple of str
        In the network's order; the twelve standard ones when not given.
    sampling_rate_hz, duration_s : float
    units : str
        "mV", "uV", or "any" for a network whose normalisation forgets the unit.
    normalisation : str
        A key of ``NORMALISATIONS``: "none", "z_score_lead" (mean 0 and SD 1 of each lead), "z_score_recording" (of all
        leads together), "largest_lead" (each lead's largest absolute value is 1); of each window.
    mean, sd : tuple of float
        What is subtracted from, and divided by, before the normalisation: one number, or one a lead.
    layout : str
        "leads_first" for (n, n_leads, n_samples), "samples_first" for (n, n_samples, n_leads).
    long : str
        Of a longer recording: "windows" (consecutive ones, scores averaged), its "middle", its "first" part, "refuse".
    short : str
        A shorter recording ends in "zeros", or "refuse".
    """

    leads: tuple[str, ...] = STANDARD_LEADS
    sampling_rate_hz: float
    duration_s: float
    units: str = "mV"
    normalisation: str = "none"
    mean: tuple[float, ...] = (0.0,)
    sd: tuple[float, ...] = (1.0,)
    layout: str = "leads_first"
    long: str = "windows"
    short: str = "zeros"

    @classmethod
    def of(cls, stated: Mapping[str, Any], *, who: str) -> "NetworkInput":
        """Return the input that a configuration states.

        Raises
        ------
        ConfigError
            For an unknown key or word, or a key that is missing.
        """
        keys = [f.name for f in fields(cls)]
        for key in stated:
            if key not in keys:
                raise ConfigError(f"{who}.input", "key", "a fact of the input", key, suggestion(str(key), keys))
        for key in ("sampling_rate_hz", "duration_s"):
            if not (isinstance(stated.get(key), int | float) and stated[key] > 0):
                raise ConfigError(f"{who}.input", key, "a positive number", stated.get(key))
        words: dict[str, Iterable[str]] = {
            **{"units": _UNITS, "normalisation": NORMALISATIONS},
            **{"layout": _LAYOUTS, "long": _LONG, "short": _SHORT},
        }
        for key, words_of_key in words.items():
            allowed = tuple(words_of_key)
            if key in stated and stated[key] not in allowed:
                remedy = suggestion(str(stated[key]), allowed)
                raise ConfigError(f"{who}.input", key, f"one of {', '.join(allowed)}", stated[key], remedy)
        given = dict(stated)
        given["leads"] = tuple(canonical_lead(str(x)) for x in stated.get("leads", STANDARD_LEADS))
        for key in ("mean", "sd"):
            value = stated.get(key, 1.0 if key == "sd" else 0.0)
            given[key] = tuple(map(float, value)) if isinstance(value, list | tuple) else (float(value),)
            if len(given[key]) not in (1, len(given["leads"])) or (key == "sd" and 0 in given[key]):
                raise ConfigError(f"{who}.input", key, f"one number, or {len(given['leads'])} of them", value)
        return cls(**given)

    @property
    def n_samples(self) -> int:
        """Samples of a window."""
        return round(self.sampling_rate_hz * self.duration_s)

    @property
    def shape(self) -> tuple[int, int]:
        """Return the shape of one window as the network takes it."""
        inner = (len(self.leads), self.n_samples)
        return inner if self.layout == "leads_first" else (inner[1], inner[0])

    @property
    def words(self) -> str:
        """Say what is taken, as reports print it."""
        unit = {"any": "any unit"}.get(self.units, self.units)
        rest = "" if self.normalisation == "none" else f", {self.normalisation.replace('_', ' ')}"
        return f"{len(self.leads)} leads in {unit} at {self.sampling_rate_hz:g} Hz, {self.duration_s:g} s{rest}"

    def windows(self, recording: Recording, *, who: str) -> Batch:
        """Return a recording as the network takes it, shape (n_windows, *shape).

        Raises
        ------
        SignalError
            When a lead is missing, the unit is another, or the length is refused.
        """
        if self.units != "any":
            recording.require_millivolts(who=who)
        signal = np.nan_to_num(recording.select(self.leads).astype(np.float64)) * _UNITS[self.units]
        if recording.sampling_rate_hz != self.sampling_rate_hz:
            signal = resample(
                signal=signal, sampling_rate_hz=recording.sampling_rate_hz, target_rate_hz=self.sampling_rate_hz
            )
        starts = self.starts(len(signal), who=f"{who}, recording {recording.record_id}")
        parts = [signal[start : start + self.n_samples] for start in starts]
        normed = [NORMALISATIONS[self.normalisation]((x - np.array(self.mean)) / np.array(self.sd)) for x in parts]
        padded = [np.pad(x, ((0, self.n_samples - len(x)), (0, 0))) for x in normed]
        stacked = np.stack(padded).astype(np.float32)
        return np.ascontiguousarray(stacked.transpose(0, 2, 1)) if self.layout == "leads_first" else stacked

    def starts(self, n: int, *, who: str) -> list[int]:
        """Return where the windows of a recording begin, in samples at the network's rate.

        Parameters
        ----------
        n : int
            Samples of the recording at that rate.
        who : str
            For messages.

        Raises
        ------
        SignalError
            When the length is refused.
        """
        wanted = self.n_samples
        if n < wanted and self.short == "refuse":
            raise _wrong_length(who, f"{self.duration_s:g} s or longer", n / self.sampling_rate_hz)
        if n > wanted and self.long == "refuse":
            raise _wrong_length(who, f"{self.duration_s:g} s long", n / self.sampling_rate_hz)
        if n <= wanted or self.long == "first":
            return [0]
        if self.long == "middle":
            return [(n - wanted) // 2]
        # a last window that would be cut short ends with the recording instead
        starts = [*range(0, n - wanted + 1, wanted)]
        return [*starts, *([n - wanted] if starts[-1] + wanted < n else [])]


def _wrong_length(who: str, rule: str, seconds: float) -> EcgEvalError:
    return SignalError(who, "its length", rule, f"{seconds:g} s", "The network's configuration refuses other lengths.")


def batches(
    recordings: Recordings, network_input: NetworkInput, *, who: str, size: int, reasons: Counter[str]
) -> Iterator[tuple[NDArray[np.int64], Batch]]:
    """Yield (row of each window, windows) until all recordings are read.

    Parameters
    ----------
    recordings : Recordings
    network_input : NetworkInput
    who : str
        The model, for messages.
    size : int
        Windows at a time; a recording's windows stay together.
    reasons : Counter
        Counts why recordings were not read.
    """
    rows: list[int] = []
    windows: list[Batch] = []
    for row, record_id in enumerate(recordings.watch(recordings.ids)):
        try:
            got = network_input.windows(recordings.load(record_id), who=who)
        except EcgEvalError as error:
            reasons[f"{error.what} is not {error.rule}"] += 1
            continue
        rows += [row] * len(got)
        windows.append(got)
        if len(rows) >= size:
            yield np.array(rows), np.concatenate(windows)
            rows, windows = [], []
    if rows:
        yield np.array(rows), np.concatenate(windows)
