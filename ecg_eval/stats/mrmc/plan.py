"""How a reader study is to be analysed: the settings that its analyses share, checked once."""

from dataclasses import dataclass
from typing import Literal

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mrmc.covariance import CovarianceMethod
from ecg_eval.stats.mrmc.figures_of_merit import FigureOfMerit
from ecg_eval.stats.mrmc.intervals import check_level

Effect = Literal["random", "fixed"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a study is to be analysed; see `obuchowski_rockette`."""

    figure: FigureOfMerit
    covariance: CovarianceMethod = "jackknife"
    readers: Effect = "random"
    cases: Effect = "random"
    level: float = 0.95
    clip: bool = True
    constrain: bool = True

    @classmethod
    def checked(
        cls,
        who: str,
        figure: FigureOfMerit,
        covariance: CovarianceMethod,
        readers: Effect,
        cases: Effect,
        level: float,
    ) -> "Plan":
        """Refuse effects that are neither random nor fixed, and two fixed ones."""
        check_level(who, level)
        for what, effect in (("readers", readers), ("cases", cases)):
            if effect not in ("random", "fixed"):
                raise ArgumentError(who, what, "'random' or 'fixed'", effect)
        if readers == cases == "fixed":
            raise ArgumentError(who, "readers and cases", "random in one of the two at least", "both fixed")
        return cls(figure, covariance, readers, cases, level)

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Where intervals of values are cut."""
        return self.figure.bounds if self.clip else None

    @property
    def method(self) -> str:
        """Words for the method field of estimates."""
        return self.method_with(self.readers)

    def method_with(self, readers: Effect) -> str:
        """Words for the method field, readers being random or fixed."""
        covariance = f"{self.covariance} covariance{self._over}, " if self.cases == "random" else ""
        return f"Obuchowski-Rockette, {covariance}{readers} readers, {self.cases} cases"

    @property
    def _over(self) -> str:
        """Over which cases a jackknife goes, where not over all."""
        return "" if self.figure.cases_used == "all" else f" over the {self.figure.cases_used} cases"
