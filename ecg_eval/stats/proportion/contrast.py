"""What every comparison of two proportions gives: a value, an interval, a test, and reasons for what is missing.

Differences, ratios and odds ratios, of pairs and of independent groups, differ in their formulas alone; those stand in
a `Contrast` each.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ecg_eval.stats.estimate import Estimates
from ecg_eval.stats.proportion.binary_data import Floats, check_method, normal_quantile
from ecg_eval.stats.proportion.proportions import Bounds
from ecg_eval.stats.proportion.score_statistics import Corrections, PairedTables
from ecg_eval.stats.proportion.unpaired_scores import TwoGroups

Tables = TypeVar("Tables", PairedTables, TwoGroups)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast(Generic[Tables]):
    """One way to set two proportions against each other, and its formulas.

    Attributes
    ----------
    equal : float
        What it is where the proportions are equal: 0 of a difference, 1 of a ratio.
    default : str
        The method where none is named.
    methods : mapping of str to str
        Methods of the interval, with the words for them.
    scores : mapping of str to Corrections
        Those that invert a score statistic.
    score : callable
        The score statistic of tables at a hypothetical contrast.
    bounds : callable
        The interval of tables, none of them empty, by a method and for a level.
    point : callable
        The contrast (infinite where it is divided by 0, NaN where it is 0 / 0) and its standard error, that of the
        logarithm for ratios; 0 or NaN where there is none.
    no_value : tuple of (str, callable)
        Why tables have no contrast, and which ones; the first reason that holds counts.
    no_interval : str
        Why a method leaves a value without interval.
    """

    equal: float
    default: str
    methods: Mapping[str, str]
    scores: Mapping[str, Corrections]
    score: Callable[[Tables, Floats, Corrections], Floats]
    bounds: Callable[[Tables, str, float], Bounds]
    point: Callable[[Tables], tuple[Floats, Floats]]
    no_value: tuple[tuple[str, Callable[[Tables], NDArray[np.bool_]]], ...] = ()
    no_interval: str = "nothing varies or a count is 0, so that this method has no interval"

    def chosen(self, who: str, method: str | None, level: float) -> str:
        """Check method and level, and give the method.

        Raises
        ------
        ArgumentError
            An unknown method, a level outside (0, 1).
        """
        normal_quantile(who, level)
        check_method(who, method or self.default, self.methods)
        return method or self.default

    def missing(self, tables: Tables) -> NDArray[np.bool_]:
        """Tell which tables have no contrast."""
        return np.asarray(np.any([holds(tables) for _, holds in self.no_value], axis=0))

    def statistics(self, tables: Tables, method: str, tested: NDArray[np.bool_]) -> Floats:
        """Give z of equality by the score methods, and on the log scale by ``log``; NaN for the others."""
        z = np.full(tested.shape, np.nan)
        if method in self.scores and tested.any():
            some = type(tables)(*(part[tested] for part in tables))
            z[tested] = self.score(some, np.full(int(tested.sum()), self.equal), self.scores[method])
        elif method == "log":
            value, error = self.point(tables)
            with np.errstate(divide="ignore", invalid="ignore"):
                z = np.where(error > 0, np.log(value) / error, np.nan)
        return z

    def estimates(
        self,
        tables: Tables,
        bounds: Bounds,
        *,
        method: str,
        level: float,
        tested: NDArray[np.bool_],
        **counts: Floats,
    ) -> Estimates:
        """Put value, interval, error, test and counts together; what is missing gets its reason."""
        low, high = bounds
        value, error = self.point(tables)
        z = self.statistics(tables, method, tested)
        missing = self.missing(tables)
        infinite = np.isinf(value)
        none = (low == high) | missing
        low, high = (np.where(none | ~np.isfinite(bound), np.nan, bound) for bound in (low, high))
        why = np.full(value.shape, "", dtype=object)
        for reason, holds in (
            ("there is no upper bound", np.isnan(high)),
            (self.no_interval, np.isnan(low)),
            ("the ratio is infinite", infinite),
        ):
            why[holds] = reason
        for reason, has_no_value in reversed(self.no_value):
            why[has_no_value(tables)] = reason
        return Estimates.of_columns(
            value=np.where(missing | infinite, np.nan, value),
            low=low,
            high=high,
            level=level,
            method=self.methods[method],
            standard_error=np.where((error > 0) & np.isfinite(error) & ~missing, error, np.nan),
            statistic=np.where(missing, np.nan, z),
            p_value=np.where(missing, np.nan, 2 * ndtr(-np.abs(z))),
            reason=why,
            **counts,
        )
