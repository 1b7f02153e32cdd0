"""What reading costs a model: recordings a second alone and together, processors, memory and, if asked for, energy.

The recordings are those of the test split, held in memory and moved in time: neither loading counts, nor what a model
remembers of recordings that it has read. A model that another machine answers for is not asked again: its seconds would
be the network's, and its answers may be paid for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.cost import EnergyFacts, ModelCost
from ecg_eval.domain.recording import Recording
from ecg_eval.errors import EcgEvalError
from ecg_eval.pipeline.apart.processes import in_words
from ecg_eval.pipeline.energy import Energy, estimated_energy
from ecg_eval.pipeline.metering import metered

TOGETHER = 32
_ALONE = 4
_AT_MOST_S = 20.0  # for all of it, by what reading the test split took
_ENERGY_S = 3.0  # power is looked at every second: less would be a matter of chance


@dataclass(frozen=True)
class CostRequest:
    """What is measured of a model's costs.

    Attributes
    ----------
    measure : bool
        Whether recordings are read once more for it.
    energy_country : str or None
        Whose electricity it is; None where energy is not estimated.
    """

    measure: bool = False
    energy_country: str | None = None


NOTHING = CostRequest()


def measured_cost(
    model: Model, recordings: Recordings, findings: Sequence[str], *, s_each: float, asked: CostRequest
) -> tuple[ModelCost, Energy]:
    """Return what reading some recordings costs a model that has read them before.

    Parameters
    ----------
    model : Model
        Taught.
    recordings : Recordings
        Up to 32 are used; fewer are used several times.
    findings : sequence of str
    s_each : float
        Seconds that it took for a recording before, to know what will take too long.
    asked : CostRequest
    """
    reason = _not_measured(model, len(recordings), s_each, asked)
    if reason:
        return ModelCost(reason=reason), Energy()
    try:
        return _measured(model, recordings, findings, asked)
    except (Exception, SystemExit) as error:
        words = str(error) if isinstance(error, EcgEvalError) else in_words(error)
        return ModelCost(reason=f"it failed when it was asked once more: {words}"), Energy()


def energy_facts(reading: Energy, teaching: Energy) -> EnergyFacts | None:
    """Return both in one, reading's as of 1,000 recordings; None where neither was measured."""
    measured = sorted((e for e in (reading, teaching) if e.method), key=lambda e: e.wh is None)
    if not measured:
        return None
    return EnergyFacts(
        method=measured[0].method,
        country=measured[0].country,
        read_wh_per_1000=_rounded(reading.wh),
        read_g_co2_per_1000=_rounded(reading.g_co2),
        fit_wh=_rounded(teaching.wh),
        fit_g_co2=_rounded(teaching.g_co2),
    )


def _not_measured(model: Model, n: int, s_each: float, asked: CostRequest) -> str:
    if not asked.measure:
        return "not asked for (`costs.measure`)"
    if not model.reads_signals:
        return "it looks at no recording"
    if model.works_elsewhere:
        return "another machine or service answers for it, whose costs are not seen here"
    if not n:
        return "there is no recording to read"
    if s_each * (_ALONE + TOGETHER) > _AT_MOST_S:
        return f"reading {_ALONE + TOGETHER} recordings once more would take longer than {_AT_MOST_S:g} s"
    return ""


def _measured(
    model: Model, recordings: Recordings, findings: Sequence[str], asked: CostRequest
) -> tuple[ModelCost, Energy]:
    loaded = [recordings.load(record_id) for record_id in recordings.ids[:TOGETHER]]
    several = [loaded[i % len(loaded)] for i in range(TOGETHER)]

    def read(round_: int, n: int) -> None:
        moved = {f"cost-{round_}-{i}": _moved(r, 1 + round_ * TOGETHER + i) for i, r in enumerate(several[:n])}
        named = {key: replace(r, record_id=key) for key, r in moved.items()}
        model.scores(Recordings(tuple(named), named.__getitem__), findings)

    read(0, 1)  # what is done once, such as choosing kernels, is no cost of a recording
    start = perf_counter()
    for round_ in range(1, 1 + _ALONE):
        read(round_, 1)
    alone_s = perf_counter() - start
    with metered() as together:
        read(1 + _ALONE, TOGETHER)
    cost = ModelCost(
        n_together=TOGETHER,
        per_s_alone=_rounded(_ALONE / alone_s),
        per_s_together=_rounded(TOGETHER / together.seconds),
        cpu_s_per_1000=_rounded(1000 * together.cpu_s / TOGETHER),
        memory_mb=_rounded(together.memory_mb),
    )
    n_read, round_ = 0, 2 + _ALONE
    with estimated_energy(asked.energy_country) as energy:
        end = perf_counter() + _ENERGY_S
        while asked.energy_country is not None and perf_counter() < end:
            read(round_, TOGETHER)
            n_read, round_ = n_read + TOGETHER, round_ + 1
    if energy.wh is not None and energy.g_co2 is not None:
        energy.wh, energy.g_co2 = 1000 * energy.wh / n_read, 1000 * energy.g_co2 / n_read
    return cost, energy


def _moved(recording: Recording, samples: int) -> Recording:
    """Return the tracing begun some samples later, its end followed by its beginning: the same ECG, other samples."""
    return replace(recording, signal=np.roll(recording.signal, samples, axis=0))


def _rounded(value: float | None) -> float | None:
    """Return three digits: more would be noise."""
    return None if value is None else float(f"{value:.3g}")
