"""The one form in which a number leaves this package: an ``Estimate``, or many at once as columns, ``Estimates``.

A bare float hides how sure it is, and 0.0 or NaN for "cannot be computed" is read as a result by the next program.
So a value that exists carries its interval, the method and what was counted; one that does not carries the reason,
and the report prints that reason. A value can also exist while its interval does not (an AUC of 1 has DeLong variance
0): then the bounds are None and the reason says why.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError

if TYPE_CHECKING:
    from typing_extensions import TypeIs

Floats = NDArray[np.float64]

NO_COUNT = -1  # in a column of counts: nothing was counted, which is not 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A statistic with its uncertainty, or the reason why there is none.

    Attributes
    ----------
    value : float or None
        The point estimate; None where it cannot be computed, and then `reason` is given.
    low, high : float or None
        Bounds of the interval; None where there is none. A bound of infinity is written None with a reason.
    level : float
        Coverage that the interval aims at, in (0, 1).
    method : str
        How value and interval were made, in words that a paper could print ("Wilson", "DeLong, logit scale").
    n : int
        Cases that entered (missing ones do not).
    n_positive : int or None
        Cases with the finding, or with the event counted, where that has a meaning.
    n_clusters : int or None
        Independent units (patients) among the cases.
    n_discordant : int or None
        Of paired cases, those on which the two sides differ.
    standard_error : float or None
        On the scale of `value` unless `method` says otherwise.
    df : float or None
        Degrees of freedom of the t distribution behind interval and test, or of the test's chi-squared or F (there of
        the numerator); None for the normal distribution.
    df_denominator : float or None
        Degrees of freedom of the denominator, where `statistic` is an F.
    statistic : float or None
        Test statistic that belongs to `p_value`.
    p_value, p_adjusted : float or None
        Two-sided unless `method` says otherwise; the second after correction for multiplicity.
    n_unusable : int
        Resamples that this statistic could not use (a class was empty). They are left out and counted.
    pre_specified : bool
        Whether an analysis plan named this estimate before the data were seen.
    reason : str or None
        Why there is no value, or no interval.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    method: str
    n: int
    n_positive: int | None = None
    n_clusters: int | None = None
    n_discordant: int | None = None
    standard_error: float | None = None
    df: float | None = None
    df_denominator: float | None = None
    statistic: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    n_unusable: int = 0
    pre_specified: bool = False
    reason: str | None = None

    def __post_init__(self) -> None:
        """Refuse what would be read as a result and is none."""
        for name in (
            "value",
            "low",
            "high",
            "standard_error",
            "df",
            "df_denominator",
            "statistic",
            "p_value",
            "p_adjusted",
        ):
            number = getattr(self, name)
            if number is None:
                continue
            if not isfinite(number):
                remedy = "Use None and say why in reason."
                raise ArgumentError("Estimate", name, "a finite number or None", number, remedy)
            # numpy scalars would print as np.float64(...) and not survive JSON
            object.__setattr__(self, name, float(number))
        if self.value is None and not self.reason:
            raise ArgumentError("Estimate", "reason", "given where value is None", self.reason)
        if not 0 < self.level < 1:
            raise ArgumentError("Estimate", "level", "between 0 and 1", self.level)

    @classmethod
    def undefined(
        cls,
        *,
        reason: str,
        method: str,
        n: int = 0,
        level: float = 0.95,
        n_positive: int | None = None,
        n_clusters: int | None = None,
        n_unusable: int = 0,
    ) -> "Estimate":
        """Return the estimate that cannot be computed, with the reason why."""
        return cls(
            value=None,
            reason=reason,
            method=method,
            n=n,
            level=level,
            n_positive=n_positive,
            n_clusters=n_clusters,
            n_unusable=n_unusable,
        )

    def mapped(self, *, scale: float, shift: float = 0.0, method: str | None = None) -> "Estimate":
        """Return the estimate of ``shift + scale * value``, with what survives that change of scale.

        Value and bounds are mapped (a negative scale exchanges the bounds), the standard error is multiplied by the
        size of the scale; it must be on the scale of the value, and not that of a logarithm. Statistic and p-values
        test the value against 0: they stay where 0 stays 0 and the direction the same (no shift, a scale above 0) and
        are dropped elsewhere, so that a balanced accuracy (1 + J) / 2 does not carry the test of Youden's J = 0.

        Parameters
        ----------
        scale, shift : float
            Finite numbers; the scale is not 0.
        method : str, optional
            Words for the result; those of this estimate otherwise.

        Examples
        --------
        >>> youden = Estimate(value=0.5, low=0.25, high=0.75, p_value=0.001, method="Newcombe", n=80)
        >>> accuracy = youden.mapped(scale=0.5, shift=0.5, method="balanced accuracy, Newcombe")
        >>> print(accuracy)
        0.750 (95 % CI 0.625 to 0.875; balanced accuracy, Newcombe, n = 80)
        >>> accuracy.p_value is None
        True
        """
        if not isfinite(scale) or scale == 0 or not isfinite(shift):
            raise ArgumentError("Estimate.mapped", "scale and shift", "finite, the scale not 0", (scale, shift))

        def moved(number: float | None) -> float | None:
            return None if number is None else shift + scale * number

        low, high = moved(self.low), moved(self.high)
        tested = shift == 0 and scale > 0
        return replace(
            self,
            value=moved(self.value),
            low=low if scale > 0 else high,
            high=high if scale > 0 else low,
            method=self.method if method is None else method,
            standard_error=None if self.standard_error is None else abs(scale) * self.standard_error,
            statistic=self.statistic if tested else None,
            p_value=self.p_value if tested else None,
            p_adjusted=self.p_adjusted if tested else None,
        )

    def adjusted(self, p_adjusted: float, *, by: str) -> "Estimate":
        """Return a copy with the p-value after correction for multiplicity, the correction named in `method`."""
        return replace(self, p_adjusted=p_adjusted, method=f"{self.method}; p adjusted by {by}")

    def __str__(self) -> str:
        """Give value and interval in one line for people.

        Examples
        --------
        >>> print(Estimate(value=0.9, low=0.8, high=0.95, method="Wilson", n=50))
        0.900 (95 % CI 0.800 to 0.950; Wilson, n = 50)
        """
        if self.value is None:
            return f"not computable: {self.reason} ({self.method}, n = {self.n})"
        if self.low is None and self.high is None:
            why = f": {self.reason}" if self.reason else ""
            return f"{self.value:.3f} (no interval{why}; {self.method}, n = {self.n})"
        low = "unbounded" if self.low is None else f"{self.low:.3f}"
        high = "unbounded" if self.high is None else f"{self.high:.3f}"
        return f"{self.value:.3f} ({100 * self.level:g} % CI {low} to {high}; {self.method}, n = {self.n})"


if TYPE_CHECKING:

    class DefinedEstimate(Estimate):
        """What a type checker knows of an estimate that has a value; no such object is ever made."""

        value: float


def is_defined(estimate: Estimate) -> "TypeIs[DefinedEstimate]":
    """Tell whether an estimate has a value; a type checker then knows that `value` is a float.

    Examples
    --------
    >>> some = [Estimate(value=0.9, method="Wilson", n=50), Estimate.undefined(reason="no case", method="Wilson")]
    >>> [estimate.value for estimate in some if is_defined(estimate)]
    [0.9]
    """
    return estimate.value is not None


NUMBERS = ("value", "low", "high", "standard_error", "df", "statistic", "p_value", "p_adjusted")
COUNTS = ("n", "n_positive", "n_clusters", "n_discordant", "n_unusable")
_TYPES: dict[str, type[object]] = {
    **{"method": object, "reason": object, "pre_specified": bool},
    **dict.fromkeys(COUNTS, np.int64),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimates:
    """Many estimates as columns, one row an estimate: what a kernel with a leading batch axis leaves.

    Arrays of shape (n_estimates,), made by `of_columns` (from arrays and single values) or `of` (from estimates).
    Iterating, or an index, gives ``Estimate`` objects.

    Attributes
    ----------
    value, low, high, standard_error, df, statistic, p_value, p_adjusted : ndarray of float
        NaN for what an ``Estimate`` gives as None.
    level : ndarray of float
    n, n_positive, n_clusters, n_discordant, n_unusable : ndarray of int
        ``NO_COUNT`` (-1) for None.
    method, reason : ndarray of str
        `reason` is empty for None, and filled in where `value` is NaN.
    pre_specified : ndarray of bool
    """

    value: Floats
    low: Floats
    high: Floats
    level: Floats
    method: NDArray[np.object_]
    n: NDArray[np.int64]
    n_positive: NDArray[np.int64]
    n_clusters: NDArray[np.int64]
    n_discordant: NDArray[np.int64]
    standard_error: Floats
    df: Floats
    statistic: Floats
    p_value: Floats
    p_adjusted: Floats
    n_unusable: NDArray[np.int64]
    pre_specified: NDArray[np.bool_]
    reason: NDArray[np.object_]

    @classmethod
    def of_columns(
        cls, *, value: ArrayLike, method: ArrayLike, n: ArrayLike, level: ArrayLike = 0.95, **others: ArrayLike
    ) -> "Estimates":
        """Return the estimates with these columns: arrays of shape (n_estimates,), or one value for all.

        Parameters
        ----------
        value, method, n, level, **others
            As the attributes; what is not given is unknown.

        Raises
        ------
        ArgumentError
            Where a value is NaN and no reason says why, a number is infinite, or a level is outside (0, 1).
        """
        given = {"value": value, "method": method, "n": n, "level": level, **others}
        size = np.asarray(value).size
        unknown = {"n_unusable": 0, "pre_specified": False, "reason": ""} | dict.fromkeys(COUNTS[1:4], NO_COUNT)
        columns = {}
        for name in (f.name for f in fields(cls)):
            kind = _TYPES.get(name, np.float64)
            column: NDArray[np.generic] = np.asarray(given.pop(name, unknown.get(name, np.nan)), dtype=kind)
            columns[name] = np.ascontiguousarray(np.broadcast_to(column, (size,)))
        if given:
            raise ArgumentError("Estimates", "columns", "fields of an Estimate", sorted(given))
        if any(np.isinf(columns[name]).any() for name in NUMBERS):
            raise ArgumentError("Estimates", "numbers", "finite, or NaN for none", remedy="Say why in reason.")
        if (np.isnan(columns["value"]) & (columns["reason"] == "")).any():
            raise ArgumentError("Estimates", "reason", "given where value is NaN", "")
        if not ((columns["level"] > 0) & (columns["level"] < 1)).all():
            raise ArgumentError("Estimates", "level", "between 0 and 1", level)
        return cls(**columns)

    @classmethod
    def of(cls, estimates: Sequence[Estimate]) -> "Estimates":
        """Return single estimates as columns."""
        none = {**dict.fromkeys(NUMBERS, np.nan), **dict.fromkeys(COUNTS, NO_COUNT), "reason": ""}
        columns: dict[str, ArrayLike] = {}
        for name in (f.name for f in fields(cls)):
            cells = [getattr(e, name) for e in estimates]
            filled = [none[name] if c is None else c for c in cells] if name in none else cells
            columns[name] = np.array(filled, dtype=_TYPES.get(name, np.float64))
        return cls.of_columns(**columns)

    @classmethod
    def concatenate(cls, parts: Sequence["Estimates"]) -> "Estimates":
        """Return one after the other."""
        return cls(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)})

    def take(self, which: object) -> "Estimates":
        """Return some of them, by position or mask."""
        return Estimates(**{f.name: getattr(self, f.name)[which] for f in fields(self)})

    def __len__(self) -> int:
        """Count them."""
        return len(self.value)

    def __getitem__(self, position: int) -> Estimate:
        """Return one."""
        cells = {f.name: getattr(self, f.name)[position] for f in fields(self)}
        for name in NUMBERS:
            cells[name] = None if np.isnan(cells[name]) else float(cells[name])
        for name in COUNTS:
            cells[name] = None if cells[name] == NO_COUNT else int(cells[name])
        cells |= {"reason": cells["reason"] or None, "level": float(cells["level"])}
        return Estimate(**cells | {"pre_specified": bool(cells["pre_specified"])})

    def __iter__(self) -> Iterator[Estimate]:
        """Give one after the other."""
        return (self[i] for i in range(len(self)))
