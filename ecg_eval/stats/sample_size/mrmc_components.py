"""The variance components that readers x cases are planned from.

They are the Obuchowski-Rockette components of a pilot with two arms (or of planning values), always together with the
number of cases they belong to, because the error parts shrink in proportion to it.
"""

from dataclasses import dataclass

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mrmc.or_result import ObuchowskiRockette
from ecg_eval.stats.sample_size.arguments import check_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class MrmcComponents:
    """Variance components of an Obuchowski-Rockette model, with the number of cases they belong to.

    Attributes
    ----------
    test_reader : float
        Var(TR), spread between readers of the true difference between the arms. A pilot may estimate it below zero; it
        then counts as zero, as in Hillis et al. (2011).
    cov1 : float
        Covariance of the errors of one reader in the two arms.
    cov2 : float
        Covariance of the errors of two readers in one arm.
    cov3 : float
        Covariance of the errors of two readers in different arms.
    error : float
        Var(error), variance of one reader's error in one arm.
    n_cases : int
        Cases on which the covariances were estimated, in the mix of cases that the new study will have.
    reader : float or None
        Var(R), spread between readers that both arms share; only designs whose arms have different readers need it.
    """

    test_reader: float
    cov1: float
    cov2: float
    cov3: float
    error: float
    n_cases: int
    reader: float | None = None

    def __post_init__(self) -> None:
        """Refuse components that no model can have."""
        check_whole("MrmcComponents", 2, n_cases=self.n_cases)
        if not self.error > 0:
            raise ArgumentError("MrmcComponents", "error", "above 0", self.error)
        if not abs(self.cov1) < self.error:
            rule = "smaller than the error variance"
            raise ArgumentError("MrmcComponents", "cov1", rule, self.cov1, "Were the components mixed up?")

    @classmethod
    def from_dbm(
        cls,
        *,
        case: float,
        test_reader: float,
        test_case: float,
        reader_case: float,
        error: float,
        n_cases: int,
        reader: float | None = None,
    ) -> "MrmcComponents":
        """Translate Dorfman-Berbaum-Metz components (of jackknife pseudovalues) into Obuchowski-Rockette ones.

        Cov1 = (case + reader_case) / K, Cov2 = (case + test_case) / K, Cov3 = case / K,
        Var(error) = (case + test_case + reader_case + error) / K, Var(R) and Var(TR) unchanged
        (Hillis et al., Acad Radiol 2008;15:647-661, table 4).
        """
        return cls(
            test_reader=test_reader,
            cov1=(case + reader_case) / n_cases,
            cov2=(case + test_case) / n_cases,
            cov3=case / n_cases,
            error=(case + test_case + reader_case + error) / n_cases,
            n_cases=n_cases,
            reader=reader,
        )

    @classmethod
    def from_analysis(cls, *, result: ObuchowskiRockette, n_cases: int) -> "MrmcComponents":
        """Take the components from the analysis of a pilot with two arms.

        Parameters
        ----------
        result : ObuchowskiRockette
            With random cases; the arms of a crossed study, or readers nested in them.
        n_cases : int
            Cases of the pilot that the figure of merit counts, in the mix that the new study will have (for
            sensitivity, the positive ones).
        """
        parts = result.components
        if parts.covariances is None or parts.modality_reader is None:
            rule = "an analysis with random cases and a spread of readers between the arms"
            remedy = "Analyse a crossed pilot with random readers and cases."
            raise ArgumentError("MrmcComponents.from_analysis", "result", rule, result.design, remedy)
        return cls(
            test_reader=parts.modality_reader,
            cov1=parts.covariances.cov1,
            cov2=parts.covariances.cov2,
            cov3=parts.covariances.cov3,
            error=parts.covariances.error_variance,
            n_cases=n_cases,
            reader=parts.reader,
        )

    def to_dbm(self) -> dict[str, float]:
        """Give the Dorfman-Berbaum-Metz components: the inverse of `from_dbm`, without Var(R), which is the same."""
        k = self.n_cases
        return {
            "case": k * self.cov3,
            "test_reader": self.test_reader,
            "test_case": k * (self.cov2 - self.cov3),
            "reader_case": k * (self.cov1 - self.cov3),
            "error": k * (self.error - self.cov1 - self.cov2 + self.cov3),
        }

    @property
    def inputs(self) -> dict[str, float | int | str]:
        """The components under their names, for a plan."""
        given: dict[str, float | int | str] = {
            "test_reader": self.test_reader,
            "cov1": self.cov1,
            "cov2": self.cov2,
            "cov3": self.cov3,
            "error": self.error,
            "pilot_cases": self.n_cases,
        }
        return given if self.reader is None else {**given, "reader": self.reader}
