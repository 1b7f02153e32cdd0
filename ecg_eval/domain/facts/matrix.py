"""Models taught on one archive and read on another: one value a model, pair of archives and seed."""

from collections.abc import Sequence
from dataclasses import dataclass

from ecg_eval.stats.estimate import Estimate


@dataclass(frozen=True, kw_only=True)
class MatrixNumber:
    """How well a model that was taught on one archive reads the test folds of another, or of the same.

    Attributes
    ----------
    model, taught_on, read_on : str
    seed : int
    finding : str
    value : Estimate
        The area under the ROC curve.
    """

    model: str
    taught_on: str
    read_on: str
    seed: int
    finding: str
    value: Estimate


@dataclass(frozen=True, kw_only=True)
class RankStability:
    """Whether another seed would have ranked the models otherwise, for one pair of archives.

    Attributes
    ----------
    taught_on, read_on : str
    best : tuple of str
        The model with the highest number, by seed.
    agreement : float or None
        Kendall's tau-b between the rankings of two seeds, the mean over all pairs of seeds: 1 always the same order, -1
        never; None where there is one seed, one model, or nothing but ties.
    """

    taught_on: str
    read_on: str
    best: tuple[str, ...]
    agreement: float | None


@dataclass(frozen=True, kw_only=True)
class MatrixResult:
    """All of a train x test matrix.

    Attributes
    ----------
    name : str
        Of the run.
    archives : tuple of tuple of str and str and int
        Name, title, and ECGs of the test folds that were read.
    numbers : tuple of MatrixNumber
    ranks : tuple of RankStability
    failed : tuple of tuple of str
        Model, archive that it was taught on, and why it left no number.
    unsaid : tuple of tuple of str
        Model, archive that it was taught on, and what it cannot say of any recording: a finding without a score, so
        that its number for all findings is of fewer than the others'.
    shared : tuple of tuple of str
        Pairs of archives that share recordings.
    simulated : bool
        Whether any of the archives is of nobody's ECGs.
    level : float
    overall : str
        The finding that stands for all.
    """

    name: str
    archives: tuple[tuple[str, str, int], ...]
    numbers: tuple[MatrixNumber, ...]
    ranks: tuple[RankStability, ...]
    failed: tuple[tuple[str, str, str], ...]
    unsaid: tuple[tuple[str, str, str], ...]
    shared: tuple[tuple[str, str], ...]
    simulated: bool
    level: float
    overall: str

    def cell(self, model: str, taught_on: str, read_on: str) -> Sequence[MatrixNumber]:
        """Return the numbers of one model and pair of archives for all findings together, one a seed."""
        return [
            x
            for x in self.numbers
            if (x.model, x.taught_on, x.read_on, x.finding) == (model, taught_on, read_on, self.overall)
        ]
