"""What became of models as tracings got worse: one value a model, perturbation, dose, metric and finding."""

from dataclasses import dataclass

from ecg_eval.stats.estimate import Estimate

CLEAN = "clean"


@dataclass(frozen=True, kw_only=True)
class StressNumber:
    """One number on changed tracings, and how it differs from that on the same tracings as they were.

    Attributes
    ----------
    model, perturbation : str
    dose : float or None
        None for the tracings as they were.
    metric, finding : str
    value : Estimate
    change : Estimate or None
        Less that on the tracings as they were, paired; None for these.
    """

    model: str
    perturbation: str
    dose: float | None
    metric: str
    finding: str
    value: Estimate
    change: Estimate | None = None

    @property
    def is_clear(self) -> bool:
        """Whether the interval of the change holds no zero."""
        c = self.change
        return c is not None and c.low is not None and c.high is not None and not c.low <= 0 <= c.high


@dataclass(frozen=True, kw_only=True)
class StressPart:
    """What was done to tracings, and how many of them it could be done to.

    Attributes
    ----------
    perturbation, unit, source, about : str
    doses : tuple of float
    dose_words : tuple of str
        As they are shown.
    n_records : tuple of int
        Recordings that each dose could be done to.
    reasons : tuple of tuple of str and int
        Why not to the others, and how many.
    """

    perturbation: str
    unit: str
    source: str
    about: str
    doses: tuple[float, ...]
    dose_words: tuple[str, ...]
    n_records: tuple[int, ...]
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class StressResult:
    """All of a stress test.

    Attributes
    ----------
    name : str
        Of the run.
    dataset : str
        Its title.
    simulated : bool
        Whether its recordings are of no patient.
    n_records : int
    parts : tuple of StressPart
    numbers : tuple of StressNumber
    failed : tuple of tuple of str
        Model, and why it left no reading.
    unsaid : tuple of tuple of str
        Model, and what it cannot say of any recording (a finding without a score, or without a threshold).
    silent : tuple of tuple
        Model, perturbation, dose, and how many of the changed recordings it did not answer.
    level : float
    overall : str
        The finding that stands for all.
    """

    name: str
    dataset: str
    simulated: bool
    n_records: int
    parts: tuple[StressPart, ...]
    numbers: tuple[StressNumber, ...]
    failed: tuple[tuple[str, str], ...]
    unsaid: tuple[tuple[str, str], ...]
    silent: tuple[tuple[str, str, float, int], ...]
    level: float
    overall: str
