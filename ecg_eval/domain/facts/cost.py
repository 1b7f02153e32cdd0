"""What a model costs: processors, time, memory and, where it was asked for, energy. It is never the same twice."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class EnergyFacts:
    """Energy of teaching and of reading, as another program estimates it.

    Attributes
    ----------
    method : str
        That program, its version, and how it knows the power of this machine.
    country : str
        Whose electricity the emissions are of, as the user chose.
    read_wh_per_1000, read_g_co2_per_1000 : float or None
        Watt hours, and grams of carbon dioxide (equivalent), of reading 1,000 recordings; None where unknown.
    fit_wh, fit_g_co2 : float or None
        Of teaching; None where it was not taught here.
    """

    method: str
    country: str
    read_wh_per_1000: float | None = None
    read_g_co2_per_1000: float | None = None
    fit_wh: float | None = None
    fit_g_co2: float | None = None


@dataclass(frozen=True, kw_only=True)
class ModelCost:
    """What reading costs, on recordings of the test split, moved in time so that nothing is remembered of them.

    Attributes
    ----------
    reason : str
        Why nothing was measured; empty where it was.
    n_together : int
        Recordings handed over at once.
    per_s_alone, per_s_together : float or None
        Recordings a second by the clock, handed over one at a time and together, loading not included.
    cpu_s_per_1000 : float or None
        Seconds of processors for 1,000 recordings, handed over together.
    memory_mb : float or None
        Peak that reading them together adds to what is held before, in MB.
    """

    reason: str = ""
    n_together: int = 0
    per_s_alone: float | None = None
    per_s_together: float | None = None
    cpu_s_per_1000: float | None = None
    memory_mb: float | None = None
