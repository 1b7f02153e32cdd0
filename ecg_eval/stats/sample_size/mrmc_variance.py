"""The variance of a reader study at sizes to come, and the power of its test: the kernel under `mrmc.py`.

The crossed design is Hillis, Obuchowski and Berbaum (Acad Radiol 2011;18:129-142, eq. 10); the others follow the
marginal-mean analysis of variance of Hillis (Stat Med 2014;33:330-360), as in Hillis and Schartz (J Med Imaging
2018;5:045503), with equal numbers throughout. J readers, s = (pilot cases) / (cases that one reader reads), Var(TR) and
C = Cov2 - Cov3 truncated at 0:

================  ==================================================  ===============================  ========
design            V: variance of an arm's mean that does not cancel   M: what the mean square          df of M
                  in the difference, times J                          of the readers estimates
================  ==================================================  ===============================  ========
crossed           Var(TR) + s [Var(e) - Cov1 + (J - 1) C]             Var(TR) + s [Var(e) - Cov1 - C]  J - 1
split-plot        the same with J / G for J, in G blocks              the same                         J - G
own-cases         Var(TR) + s [Var(e) - Cov1]                         V                                J - 1
parallel-cases    Var(TR) + s [Var(e) + (J - 1) Cov2]                 Var(TR) + s [Var(e) - Cov2]      J - 1
parallel-readers  M + s J C                                           Var(R) + Var(TR)                 2(J - 1)
                                                                      + s [Var(e) - Cov2]
one-arm           Var(R) + s [Var(e) + (J - 1) Cov2]                  Var(R) + s [Var(e) - Cov2]       J - 1
================  ==================================================  ===============================  ========

The test refers F = (J / 2) d^2 / V to F(1, df V^2 / M^2), noncentral by (J / 2) delta^2 / V; with one arm J takes the
place of J / 2. Negative Var(R) and Cov2 count as 0 too.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from ecg_eval.stats.sample_size.mrmc_components import MrmcComponents
from ecg_eval.stats.sample_size.mrmc_design import MrmcDesign

Array = NDArray[np.float64]


class PowerCurve(NamedTuple):
    """What the test does at each size asked for; arrays of one shape (sizes,)."""

    power: Array
    noncentrality: Array
    df: Array  # infinite for chi-squared and normal
    critical: Array

    def first_reaching(self, power: float) -> int | None:
        """Return the place of the first size whose power is enough; None where there is none."""
        enough = np.flatnonzero(self.power >= power)
        return int(enough[0]) if enough.size else None

    @property
    def best(self) -> float:
        """The largest power found; 0 where none could be computed."""
        return float(np.nanmax(self.power, initial=0.0))


def power_curve(components: MrmcComponents, design: MrmcDesign, n_readers: ArrayLike, n_cases: ArrayLike) -> PowerCurve:
    """Compute the power at each size; NaN where V or M is not above zero.

    Parameters
    ----------
    components : MrmcComponents
        Variance components with the number of cases they belong to.
    design : MrmcDesign
        Difference, test, and how readers and cases meet.
    n_readers, n_cases : array_like, shapes that broadcast to (sizes,)
        Sizes to try.

    Returns
    -------
    PowerCurve
        Arrays of shape (sizes,).
    """
    readers, cases = np.broadcast_arrays(np.asarray(n_readers, float), np.asarray(n_cases, float))
    legacy = design.method == "hillis_berbaum_2004"
    total, mean_square, df = _variances(components, design, readers, cases)
    if legacy:
        total, mean_square = _legacy_variances(components, readers, cases)
    if design.analysis == "RRFC":
        total = mean_square
    elif design.analysis == "FRRC":
        total = mean_square = total - max(components.test_reader, 0.0)
        df = cases - 1 if legacy else np.full(total.shape, np.inf)
    usable = (total > 0) & (mean_square > 0)
    total, mean_square = np.where(usable, total, np.nan), np.where(usable, mean_square, np.nan)
    df = df * (total / mean_square) ** 2
    arms = 1 if design.design == "one_arm" else 2
    return _noncentral_test(design, readers / arms * design.shift**2 / total, df)


def _variances(
    components: MrmcComponents, design: MrmcDesign, readers: Array, cases: Array
) -> tuple[Array, Array, Array]:
    """Return V, M and the degrees of freedom of M (table at the head of the file)."""
    c = components
    scale = c.n_cases * design.n_blocks / cases
    between, gap = max(c.test_reader, 0.0), max(c.cov2 - c.cov3, 0.0)
    of_case, of_readers = between + scale * (c.error - c.cov1), max(c.reader or 0.0, 0.0)
    match design.design:
        case "own_cases":
            return of_case, of_case, readers - 1
        case "parallel_cases":
            mean_square = between + scale * (c.error - c.cov2)
            return between + scale * (c.error + (readers - 1) * max(c.cov2, 0.0)), mean_square, readers - 1
        case "parallel_readers":
            mean_square = of_readers + between + scale * (c.error - c.cov2)
            return mean_square + scale * readers * gap, mean_square, 2 * (readers - 1)
        case "one_arm":
            total = of_readers + scale * (c.error + (readers - 1) * max(c.cov2, 0.0))
            return total, of_readers + scale * (c.error - c.cov2), readers - 1
        case _:
            per_block = readers / design.n_blocks
            return of_case + scale * (per_block - 1) * gap, of_case - scale * gap, readers - design.n_blocks


def _legacy_variances(components: MrmcComponents, readers: Array, cases: Array) -> tuple[Array, Array]:
    """Return V = Var(TR) + [Var(e) + J Var(TC)] / K of the pseudovalues, and M = V without Var(TC).

    Hillis and Berbaum (Acad Radiol 2004;11:1260-1273), with Var(TR) and Var(TC) truncated at 0.
    """
    pseudo = components.to_dbm()
    mean_square = max(components.test_reader, 0.0) + pseudo["error"] / cases
    return mean_square + readers * max(pseudo["test_case"], 0.0) / cases, mean_square


def _noncentral_test(design: MrmcDesign, noncentrality: Array, df: Array) -> PowerCurve:
    """Compute the power of F(1, df) two-sided, or of t(df) one-sided against a margin."""
    finite = np.minimum(df, 1e12)  # there F is chi-squared and t is normal to 1e-12
    if design.margin is None:
        critical = np.asarray(stats.f.isf(design.alpha, 1, finite), float)
        missed = special.ncfdtr(1, finite, noncentrality, critical)
    else:
        critical, noncentrality = np.asarray(stats.t.isf(design.alpha, finite), float), np.sqrt(noncentrality)
        missed = special.nctdtr(finite, noncentrality, critical)
    return PowerCurve(np.asarray(1 - missed, float), noncentrality, df, critical)
