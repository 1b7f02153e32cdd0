"""What a reader study of two arms is to show, and how its readers and cases meet."""

from dataclasses import dataclass
from math import isfinite

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.arguments import check_between, check_one_of, check_whole
from ecg_eval.stats.sample_size.plan import percent

ANALYSES = ("RRRC", "FRRC", "RRFC")
DESIGNS = ("crossed", "split_plot", "own_cases", "parallel_cases", "parallel_readers", "one_arm")
METHODS = ("hillis_2011", "hillis_berbaum_2004")
_GENERALISES = {
    "RRRC": "for other readers and other cases",
    "FRRC": "for these very readers and other cases",
    "RRFC": "for other readers and these very cases",
}
_READS = {
    "crossed": ", each reading all {cases} cases in both arms",
    "split_plot": ", in {blocks} blocks that each read their own share of {cases} cases in both arms",
    "own_cases": ", each reading {cases} cases of their own in both arms",
    "parallel_cases": ", each reading {cases} cases in one arm and {cases} others in the other",
    "parallel_readers": " in each arm, all reading the same {cases} cases",
    "one_arm": ", each reading all {cases} cases",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MrmcDesign:
    """How readers and cases meet, what is tested and how: everything of a plan but its size.

    Attributes
    ----------
    effect : float
        The true difference between the arms that the study should find, on the metric's scale; with a `margin`, the
        true difference new minus old that is expected (0 = no difference).
    analysis : {"RRRC", "FRRC", "RRFC"}
        What the result should hold for: other readers and other cases, other cases only, other readers only.
    design : {"crossed", "split_plot", "own_cases", "parallel_cases", "parallel_readers", "one_arm"}
        crossed: all readers read all cases in both arms; split-plot: in blocks; own-cases: each reader has cases of
        their own, read in both arms; parallel-cases: each arm has its own cases; parallel-readers: each arm has its own
        readers, of the same cases; one-arm: the readers' mean against a stated value, or against one algorithm (with
        the components of the readers' differences from it). All but crossed are analysed as RRRC.
    n_blocks : int
        Blocks of a split-plot design; readers and cases divide into them evenly.
    margin : float or None
        None: two-sided test of a difference. Otherwise one-sided test of non-inferiority: the new arm is worse by less
        than `margin` (above 0).
    alpha : float
        Two-sided without, one-sided with a margin.
    method : {"hillis_2011", "hillis_berbaum_2004"}
        The second, kept to reproduce old protocols, truncates Var(T x C) of the pseudovalues instead of Cov2 - Cov3 and
        refers fixed readers to F(1, K - 1) instead of chi-squared. The two agree for random readers and cases where
        Cov2 >= Cov3.
    """

    effect: float
    analysis: str = "RRRC"
    design: str = "crossed"
    n_blocks: int = 1
    margin: float | None = None
    alpha: float = 0.05
    method: str = "hillis_2011"

    def __post_init__(self) -> None:
        """Refuse combinations that have no formula."""
        who = "MrmcDesign"
        check_one_of(who, "analysis", self.analysis, ANALYSES)
        check_one_of(who, "design", self.design, DESIGNS)
        check_one_of(who, "method", self.method, METHODS)
        check_between(who, 0, 1, alpha=self.alpha)
        if not isfinite(self.effect) or (self.margin is None and self.effect == 0):
            rule = "a finite number, and other than 0 without a margin"
            raise ArgumentError(who, "effect", rule, self.effect, "No size shows a difference of 0.")
        check_whole(who, 1, n_blocks=self.n_blocks)
        if self.design != "crossed" and (self.analysis != "RRRC" or self.method != "hillis_2011"):
            remedy = "Only the crossed design has the other analyses."
            raise ArgumentError(who, "design", f"crossed for {self.analysis}, {self.method}", self.design, remedy)
        if (self.design == "split_plot") != (self.n_blocks > 1):
            rule = "2 or more for a split-plot design and 1 for the others"
            raise ArgumentError(who, "n_blocks", rule, self.n_blocks)
        if self.margin is not None and not (self.margin > 0 and self.effect > -self.margin):
            rule = "above 0 and larger than the loss that is expected"
            raise ArgumentError(who, "margin", rule, self.margin, "No size shows what is not so.")

    @property
    def shift(self) -> float:
        """Distance between what is expected and what is to be refuted."""
        return self.effect if self.margin is None else self.effect + self.margin

    @property
    def test(self) -> str:
        """Formula, source and sides of the test, in words for a protocol."""
        source = {
            "hillis_2011": "Hillis, Obuchowski and Berbaum 2011",
            "hillis_berbaum_2004": "Hillis and Berbaum 2004",
        }[self.method]
        sides = "two-sided" if self.margin is None else "one-sided, non-inferiority"
        return f"{source}, {self.design.replace('_', '-')}, {self.analysis}, {sides}"

    @property
    def goal(self) -> str:
        """What is to be shown, in words."""
        if self.margin is None:
            return f"a difference of {self.effect:g} (two-sided alpha {percent(self.alpha)})"
        return (
            f"non-inferiority within {self.margin:g}, if the true difference is {self.effect:g} "
            f"(one-sided alpha {percent(self.alpha)}),"
        )

    @property
    def generalises(self) -> str:
        """For whom the result holds, in words."""
        return _GENERALISES[self.analysis]

    def who_reads(self, n_readers: int, n_cases: int) -> str:
        """Say who reads what."""
        return f"{n_readers} readers{_READS[self.design].format(cases=n_cases, blocks=self.n_blocks)},"

    @property
    def inputs(self) -> dict[str, float | int | str]:
        """The assumptions, for a plan."""
        given: dict[str, float | int | str] = {
            "effect": self.effect,
            "alpha": self.alpha,
            "analysis": self.analysis,
            "design": self.design,
            "n_blocks": self.n_blocks,
        }
        return given if self.margin is None else {**given, "margin": self.margin}
