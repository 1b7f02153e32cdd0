"""How cases were drawn from a population with unequal chances, and what that makes of an error.

Each case stands for `weight` cases of the population. What cases add to the error of a statistic is summed over the
primary units of the draw (patients, or cases) within its strata. A case outside a statistic's domain (of a sensitivity,
one without the finding) adds 0 and belongs there: how many of them were drawn is part of what a draw could have given.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.patient_sums import patient_sums

Floats = NDArray[np.float64]

WHO = "SamplingDesign"


@dataclass(frozen=True, kw_only=True, eq=False)
class SamplingDesign:
    """The draw of some cases from a population; ``SamplingDesign.of`` makes it.

    Attributes
    ----------
    weight : ndarray (n_cases,)
        How many cases of the population each stands for, 0 or more; a case of weight 0 stands for none.
    unit : ndarray of int (n_cases,)
        Primary unit of each case: its patient, or itself.
    stratum : ndarray of int (n_units,)
        Stratum of each unit; all 0 where there are none.
    fraction : ndarray (n_strata,)
        Share of the stratum's population that was drawn; 0 where that is not known or small.
    """

    weight: Floats
    unit: NDArray[np.intp]
    stratum: NDArray[np.intp]
    fraction: Floats

    @classmethod
    def of(
        cls,
        *,
        weight: ArrayLike,
        cluster: ArrayLike | None = None,
        stratum: ArrayLike | None = None,
        population: ArrayLike | None = None,
    ) -> "SamplingDesign":
        """Return the draw of some cases.

        Parameters
        ----------
        weight : array_like (n_cases,)
            0 or more, not all 0.
        cluster : array_like (n_cases,), optional
            Patient of each case.
        stratum : array_like (n_cases,), optional
            Stratum that it was drawn from. Where a patient has cases of several the strata are not used: the error is
            then that between patients, as a rule a little too large.
        population : array_like (n_cases,), optional
            How many cases its stratum has in the population, for the finite population correction.

        Raises
        ------
        ArgumentError
            For weights that are missing or negative, and arrays of other lengths.
        """
        w = np.asarray(weight, dtype=np.float64)
        if w.ndim != 1 or not (w >= 0).all() or not w.any():
            raise ArgumentError(WHO, "weight", "one-dimensional, 0 or more, and not all 0", w[~(w >= 0)][:3].tolist())
        unit = np.arange(w.size) if cluster is None else _codes("cluster", cluster, w.size)
        of_unit, fraction = np.zeros(int(unit.max()) + 1, dtype=np.intp), np.zeros(1)
        codes = None if stratum is None else _codes("stratum", stratum, w.size)
        if codes is not None:
            of_unit[unit] = codes
            if (of_unit[unit] != codes).any():
                of_unit[:], codes = 0, None
            else:
                fraction = np.zeros(int(codes.max()) + 1)
        if codes is not None and population is not None:
            size = np.asarray(population, dtype=np.float64)
            if size.shape != w.shape or not (size > 0).all():
                raise ArgumentError(WHO, "population", f"above 0 for each of the {w.size} cases", size.shape)
            fraction = np.bincount(of_unit) / np.array([size[codes == h][0] for h in range(fraction.size)])
        return cls(weight=w, unit=unit, stratum=of_unit, fraction=fraction)

    @property
    def n_strata(self) -> int:
        """Count the strata."""
        return self.fraction.size

    @property
    def n_units(self) -> int:
        """Count the primary units."""
        return self.stratum.size

    @cached_property
    def effective_n(self) -> float:
        """Return Kish's (sum w)² / sum w²: so many cases of equal weight would tell as much of what varies alike."""
        return float(self.weight.sum() ** 2 / (self.weight**2).sum())

    @property
    def design_effect(self) -> float:
        """Return cases over Kish's number of cases: by how much unequal weights raise a variance."""
        return self.weight.size / self.effective_n

    def freedom(self, inside: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return how many units have a case of a domain (..., n_cases), and that less its strata, each (...)."""
        units = patient_sums(values=inside, cluster=self.unit) > 0
        n_units = units.sum(axis=-1)
        strata = np.stack([units[..., self.stratum == h].any(axis=-1) for h in range(self.n_strata)])
        return n_units, n_units - strata.sum(axis=0)

    def variance(self, deviations: Floats) -> Floats:
        """Return the variance of statistics, (...), from what each case adds to their errors, (..., n_cases).

        Sum over strata of (1 - f) m / (m - 1) sum (Z - mean Z)², Z the sums over the m units of the stratum. A stratum
        of one unit is centred at the mean of all units. NaN with one unit in all.
        """
        totals = patient_sums(values=deviations, cluster=self.unit)
        if self.n_units < 2:
            return np.full(totals.shape[:-1], np.nan)
        variance = np.zeros(totals.shape[:-1])
        for h, fraction in enumerate(self.fraction):
            z = totals[..., self.stratum == h]
            m = z.shape[-1]
            centre = (z if m > 1 else totals).mean(axis=-1, keepdims=True)
            variance += (1 - fraction) * m / max(m - 1, 1) * ((z - centre) ** 2).sum(axis=-1)
        return variance


def _codes(what: str, labels: ArrayLike, n: int) -> NDArray[np.intp]:
    array = np.asarray(labels)
    if array.shape != (n,):
        raise ArgumentError(WHO, what, f"one for each of the {n} cases", array.shape)
    return np.asarray(np.unique(array, return_inverse=True)[1], dtype=np.intp)
