"""What several studies say together: pooled numbers, the studies behind them, and whether they drift."""

from dataclasses import dataclass

from ecg_eval.stats.estimate import Estimate

QUANTITIES = ("sensitivity", "specificity", "kappa")
MODERATORS = ("version", "year")


@dataclass(frozen=True, kw_only=True)
class Question:
    """What numbers are pooled of.

    Attributes
    ----------
    quantity : str
        One of ``QUANTITIES``.
    reader : str
        Name of a program, or a kind of people.
    is_software : bool
    beside : str
        Of an agreement, whom with; empty otherwise.
    arm, finding : str
    """

    quantity: str
    reader: str
    is_software: bool
    beside: str = ""
    arm: str
    finding: str


@dataclass(frozen=True, kw_only=True)
class StudyNumber:
    """One study's number, as it entered.

    Attributes
    ----------
    study, software_version, period : str
    value, low, high : float or None
    cases : float
        ECGs behind a share, counted for what they are worth: many readers of one ECG, or many ECGs of a patient, count
        for less than as many ECGs. Of an agreement, its ECGs.
    weight : float or None
        Its share in the pooled number, summing to 1; None where nothing is pooled.
    """

    study: str
    software_version: str
    period: str
    value: float
    low: float | None
    high: float | None
    cases: float
    weight: float | None = None


@dataclass(frozen=True, kw_only=True)
class PooledNumber:
    """One pooled number.

    Attributes
    ----------
    question : Question
    estimate : Estimate
        On the scale of the quantity; undefined with a reason where nothing can be pooled.
    prediction_low, prediction_high : float or None
        Where the true value of a further study like these would lie.
    tau : float or None
        Standard deviation of the studies' true values; of shares on the logit scale.
    i_squared : float or None
        Share of the spread that is no chance, in [0, 1].
    heterogeneity : Estimate
        Cochran's Q.
    studies : tuple of StudyNumber
    withheld : int
        Studies that read this finding and withhold their number since it is small.
    notes : tuple of str
        What a reader must know of it, as words of the page.
    """

    question: Question
    estimate: Estimate
    prediction_low: float | None
    prediction_high: float | None
    tau: float | None
    i_squared: float | None
    heterogeneity: Estimate
    studies: tuple[StudyNumber, ...]
    withheld: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Whether a number moves with the program's version or over the years.

    Attributes
    ----------
    question : Question
    moderator : str
        One of ``MODERATORS``.
    test : Estimate
        F of the moderator, with its p; undefined with a reason.
    slope : Estimate or None
        Of "year": change of the logit (of kappa itself) a year.
    by_version : tuple of (str, int, Estimate)
        Of "version": version, studies, pooled number.
    """

    question: Question
    moderator: str
    test: Estimate
    slope: Estimate | None = None
    by_version: tuple[tuple[str, int, Estimate], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A file that was not pooled, or not as it stands.

    Attributes
    ----------
    kind : str
        "same_file" (the same evaluation twice, counted once), "same_study" (other files of a study: not independent),
        "simulated" (pooled with studies of people).
    study : str
    files : tuple of str
    """

    kind: str
    study: str
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Pooling:
    """All that was pooled.

    Attributes
    ----------
    studies : tuple of (str, str, str, int, bool)
        Name, dataset, design, ECGs (to the nearest ten), whether simulated.
    numbers : tuple of PooledNumber
    drifts : tuple of Drift
    refused : tuple of Refused
    level : float
    """

    studies: tuple[tuple[str, str, str, int, bool], ...]
    numbers: tuple[PooledNumber, ...]
    drifts: tuple[Drift, ...]
    refused: tuple[Refused, ...]
    level: float = 0.95
