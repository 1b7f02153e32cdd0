"""Figures of merit that are read off the empirical ROC curve: partial areas, single points, expected utility.

The curve joins the points (false positive fraction, true positive fraction) of all thresholds by straight lines, so
that tied scores give slanted pieces. Leaving out a patient lowers the counts at that patient's thresholds; the curves
of all such patients are made as one array.

Between two points of the curve there are two conventions. ``"curve"`` walks along the curve itself (pROC).
``"vertices"`` joins the highest points above each horizontal coordinate and reads off that line (MRMCaov), which cuts
the corner where the curve first runs flat and then steps up; with continuous scores it gives slightly larger values.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mrmc.figures_of_merit import FigureOfMerit
from ecg_eval.stats.mrmc.pair_sums import quotient
from ecg_eval.stats.mrmc.study import BoolArray, FloatArray, IntArray

Interpolation = Literal["curve", "vertices"]
BLOCK = 2_000_000  # numbers in one block of curves, about 16 MB


class CurveFigure(FigureOfMerit):
    """A figure of merit computed from the points of the ROC curve."""

    by_order = True

    @abstractmethod
    def of_curves(self, false_positive: FloatArray, true_positive: FloatArray) -> FloatArray:
        """Return the figure of each curve; both arrays are (n_curves, n_points), rising from 0 to 1."""

    def values(self, scores: FloatArray, truth: BoolArray) -> FloatArray:
        """Return the figure of each cell."""
        return np.array([self._of_counts(_Counts.of(row, truth).counts[None])[0] for row in scores])

    def left_out(self, scores: FloatArray, truth: BoolArray, cluster: IntArray, n_clusters: int) -> FloatArray:
        """Return the figure of each cell without each cluster."""
        return np.array([self._left_out_of(_Counts.of(row, truth), row, cluster, n_clusters) for row in scores])

    def _left_out_of(self, cell: "_Counts", row: FloatArray, cluster: IntArray, n_clusters: int) -> FloatArray:
        of_read = cluster[~np.isnan(row)]
        result = np.repeat(self._of_counts(cell.counts[None]), n_clusters)
        if n_clusters == cluster.size:  # cases of one class at one threshold leave the same curve behind
            _, first, unit = np.unique(cell.kind, return_index=True, return_inverse=True)
        else:
            first, unit = np.arange(of_read.size), np.unique(of_read, return_inverse=True)[1]
        n_units = int(unit.max(initial=-1)) + 1
        values = np.empty(n_units)
        step = max(1, BLOCK // cell.counts.size) if cell.counts.size else 1
        for start in range(0, n_units, step):
            cases = first[(unit[first] >= start) & (unit[first] < start + step)]
            remaining = np.repeat(cell.counts[None], min(step, n_units - start), axis=0)
            np.subtract.at(remaining, (unit[cases] - start, cell.positive[cases], cell.level[cases]), 1.0)
            values[start : start + step] = self._of_counts(remaining)
        result[of_read] = values[unit]
        return result

    def _of_counts(self, counts: FloatArray) -> FloatArray:
        """Return the figure from the cases of each class at each threshold, (n_curves, 2, n_thresholds)."""
        points = np.zeros((*counts.shape[:2], counts.shape[2] + 1))
        np.cumsum(counts, axis=2, out=points[:, :, 1:])
        points = quotient(points, points[:, :, -1:])
        defined = ~np.isnan(points).any(axis=(1, 2))
        values = np.full(defined.size, np.nan)
        if defined.any():
            values[defined] = self.of_curves(points[defined, 0], points[defined, 1])
        return values


@dataclass(frozen=True, slots=True)
class _Counts:
    """The reads of one cell, counted at their thresholds.

    `counts` is (2, n_thresholds): healthy and diseased cases, highest threshold first; `level` (n_reads,) is each
    read's threshold, `positive` (n_reads,) its class as 0 or 1.
    """

    counts: FloatArray
    level: IntArray
    positive: IntArray

    @property
    def kind(self) -> IntArray:
        """Class and threshold of each read as one number."""
        kind: IntArray = self.positive * self.counts.shape[1] + self.level
        return kind

    @classmethod
    def of(cls, row: FloatArray, truth: BoolArray) -> "_Counts":
        read = ~np.isnan(row)
        levels, level = np.unique(-row[read], return_inverse=True)
        positive = truth[read].astype(np.intp)
        counts = np.bincount(positive * levels.size + level, minlength=2 * levels.size)
        return cls(counts.reshape(2, -1).astype(np.float64), level.astype(np.intp), positive)


def _at(position: IntArray, y: FloatArray) -> FloatArray:
    """Return y[curve, position] for one position a curve."""
    return np.take_along_axis(y, position[:, None], axis=1)[:, 0]


def height(
    x: FloatArray, y: FloatArray, at: float, *, interpolation: Interpolation = "curve", from_left: bool = False
) -> FloatArray:
    """Return the height of each curve at one horizontal coordinate.

    Parameters
    ----------
    x, y : ndarray (n_curves, n_points)
        Both never fall along a curve, and go from 0 to 1.
    at : float
        Horizontal coordinate, in [0, 1].
    interpolation : {"curve", "vertices"}
        See the head of this file.
    from_left : bool
        At a vertical piece of the curve, its lower end instead of its upper one.
    """
    before = ((x < at) if from_left else (x <= at)).sum(axis=1) - 1
    before = np.maximum(before, 0)
    after = np.minimum(before + 1, x.shape[1] - 1)
    if interpolation == "vertices":
        after = (x <= _at(after, x)[:, None]).sum(axis=1) - 1
    x0, x1 = _at(before, x), _at(after, x)
    y0, y1 = _at(before, y), _at(after, y)
    share = np.divide(at - x0, x1 - x0, out=np.zeros_like(x0), where=x1 > x0)
    return y0 + (y1 - y0) * share


def area_between(
    x: FloatArray, y: FloatArray, low: float, high: float, *, interpolation: Interpolation = "curve"
) -> FloatArray:
    """Return the area under each curve between two horizontal coordinates, by trapezoids."""
    y_low = height(x, y, low, interpolation=interpolation)[:, None]
    y_high = height(x, y, high, interpolation=interpolation, from_left=interpolation == "curve")[:, None]
    heights = np.where(x <= low, y_low, np.where(x >= high, y_high, y))
    widths = np.diff(np.clip(x, low, high), axis=1)
    area: FloatArray = (widths * (heights[:, 1:] + heights[:, :-1]) / 2).sum(axis=1)
    return area


def _check_fraction(who: str, what: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ArgumentError(who, what, "between 0 and 1", value)


@dataclass(frozen=True)
class PartialArea(CurveFigure):
    """Area under a part of the empirical ROC curve.

    Parameters
    ----------
    over : {"specificity", "sensitivity"}
        "specificity": area below the curve between two specificities. "sensitivity": area to the right of the curve
        between two sensitivities.
    minimum, maximum : float
        Bounds of that range. The default, specificity 0.8 to 1, keeps the readers who would not send every
        second healthy patient on.
    standardised : bool
        Divide by the width of the range, so that the largest value is 1. Without it the largest value is the width.
    interpolation : {"curve", "vertices"}
        See the head of this file.

    References
    ----------
    McClish DK (1989). Analyzing a portion of the ROC curve. Medical Decision Making 9:190-195.
    """

    over: Literal["specificity", "sensitivity"] = "specificity"
    minimum: float = 0.8
    maximum: float = 1.0
    standardised: bool = False
    interpolation: Interpolation = "curve"

    def __post_init__(self) -> None:
        """Refuse a range that is none."""
        if self.over not in ("specificity", "sensitivity"):
            raise ArgumentError("PartialArea", "over", "'specificity' or 'sensitivity'", self.over)
        _check_fraction("PartialArea", "minimum", self.minimum)
        _check_fraction("PartialArea", "maximum", self.maximum)
        if self.minimum >= self.maximum:
            raise ArgumentError("PartialArea", "minimum", "below maximum", (self.minimum, self.maximum))

    @property
    def name(self) -> str:  # type: ignore[override]
        """Name with the range."""
        kind = "standardised partial AUC" if self.standardised else "partial AUC"
        return f"{kind} ({self.over} {self.minimum:g}-{self.maximum:g})"

    @property
    def bounds(self) -> tuple[float, float]:  # type: ignore[override]
        """From 0 to the width of the range, or to 1."""
        return 0.0, 1.0 if self.standardised else self.maximum - self.minimum

    def of_curves(self, false_positive: FloatArray, true_positive: FloatArray) -> FloatArray:
        """Return the partial areas."""
        width = self.maximum - self.minimum
        if self.over == "specificity":
            low, high = 1 - self.maximum, 1 - self.minimum
            area = area_between(false_positive, true_positive, low, high, interpolation=self.interpolation)
        else:
            ranges = (self.minimum, self.maximum)
            area = width - area_between(true_positive, false_positive, *ranges, interpolation=self.interpolation)
        return area / width if self.standardised else area


@dataclass(frozen=True)
class SensitivityAt(CurveFigure):
    """Sensitivity at a given specificity, read off the empirical ROC curve."""

    specificity: float
    interpolation: Interpolation = "curve"

    def __post_init__(self) -> None:
        """Refuse what is no proportion."""
        _check_fraction("SensitivityAt", "specificity", self.specificity)

    @property
    def name(self) -> str:  # type: ignore[override]
        """Name with the specificity."""
        return f"sensitivity at specificity {self.specificity:g}"

    def of_curves(self, false_positive: FloatArray, true_positive: FloatArray) -> FloatArray:
        """Return the height of each curve at 1 - specificity."""
        return height(false_positive, true_positive, 1 - self.specificity, interpolation=self.interpolation)


@dataclass(frozen=True)
class SpecificityAt(CurveFigure):
    """Specificity at a given sensitivity, read off the empirical ROC curve.

    Along a flat piece "curve" gives the larger specificity; "vertices" gives the smaller one, as MRMCaov does.
    """

    sensitivity: float
    interpolation: Interpolation = "curve"

    def __post_init__(self) -> None:
        """Refuse what is no proportion."""
        _check_fraction("SpecificityAt", "sensitivity", self.sensitivity)

    @property
    def name(self) -> str:  # type: ignore[override]
        """Name with the sensitivity."""
        return f"specificity at sensitivity {self.sensitivity:g}"

    def of_curves(self, false_positive: FloatArray, true_positive: FloatArray) -> FloatArray:
        """Return 1 minus the false positive fraction where each curve reaches the sensitivity."""
        lower_end = self.interpolation == "curve"
        return 1 - height(
            true_positive, false_positive, self.sensitivity, interpolation=self.interpolation, from_left=lower_end
        )


@dataclass(frozen=True)
class ExpectedUtility(CurveFigure):
    """Largest value of sensitivity - slope x (1 - specificity) on the curve; with slope 1, Youden's index.

    References
    ----------
    Abbey CK, Samuelson FW, Gallas BD (2013). Statistical power considerations for a utility endpoint in observer
    performance studies. Academic Radiology 20:798-806.
    """

    slope: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a slope that is not positive."""
        if not self.slope > 0:
            raise ArgumentError("ExpectedUtility", "slope", "above 0", self.slope)

    @property
    def name(self) -> str:  # type: ignore[override]
        """Name with the slope."""
        return f"expected utility (slope {self.slope:g})"

    def of_curves(self, false_positive: FloatArray, true_positive: FloatArray) -> FloatArray:
        """Return the largest utility among the points of each curve."""
        utility: FloatArray = (true_positive - self.slope * false_positive).max(axis=1)
        return utility
