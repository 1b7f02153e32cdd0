"""Mean squares of the readers' figures of merit, and the terms that turn them into a test.

Obuchowski and Rockette (1995) model the figure of merit of modality i and reader j as mean + modality + reader +
interaction + error, the errors being correlated because the cases are the same:

    Cov1   same reader, different modalities      Cov2   different readers, same modality
    Cov3   different readers, different modalities

Every covariance is an average over the pairs of cells of its kind. Because the expected mean squares are linear in the
covariance matrix, the averages are right for missing reads too, pairs without a common case counting with their zero.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse.csgraph import connected_components

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mrmc.study import BoolArray, FloatArray, IntArray, StudyArrays, any_along

Design = Literal[
    "crossed",
    "cases_nested_in_readers",
    "cases_nested_in_modalities",
    "readers_nested_in_modalities",
    "split_plot",
]
DESIGNS = (
    "crossed",
    "cases_nested_in_readers",
    "cases_nested_in_modalities",
    "readers_nested_in_modalities",
    "split_plot",
)


def reader_blocks(study: StudyArrays) -> IntArray:
    """Return the block of each reader, (n_readers,): a chain of common cases joins the readers of a block."""
    read = any_along(study.read, 0).astype(np.float64)
    return np.asarray(connected_components(read @ read.T > 0, directed=False)[1], dtype=np.intp)


def design_of(study: StudyArrays) -> Design:
    """Recognise the design from who read what.

    Reads that are merely missing leave a study crossed.
    """
    n_modalities, n_readers = study.scores.shape[:2]
    has_read = study.read.any(axis=2)
    if n_modalities > 1 and (has_read.sum(axis=0) == 1).all():
        return "readers_nested_in_modalities"
    if n_readers > 1 and (study.read.any(axis=0).sum(axis=0) == 1).all():
        return "cases_nested_in_readers"
    if n_modalities > 1 and (study.read.any(axis=1).sum(axis=0) == 1).all():
        return "cases_nested_in_modalities"
    n_blocks = int(reader_blocks(study).max(initial=0)) + 1
    if 1 < n_blocks < n_readers:
        return "split_plot"
    return "crossed"


def checked_design(who: str, design: str, study: StudyArrays) -> Design:
    """Return the design asked for, after comparing it with who read what; "auto" recognises it.

    "crossed" may be asked of any study in which each reader has reads in each modality.
    """
    recognised = design_of(study)
    if design in ("auto", recognised):
        return recognised
    if design not in DESIGNS:
        raise ArgumentError(who, "design", f"'auto' or one of {DESIGNS}", design)
    if design == "crossed" and study.read.any(axis=2).all():
        return "crossed"
    raise ArgumentError(who, "design", f"the one that the reads show ({recognised})", design, "Use 'auto'.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Covariances:
    """Averages of the error covariance matrix by kind of pair of cells; 0 where the design has no such pair."""

    error_variance: float
    cov1: float
    cov2: float
    cov3: float

    @classmethod
    def averaged(
        cls, covariance: FloatArray, modality: IntArray, reader: IntArray, design: Design, block: IntArray
    ) -> "Covariances":
        """Average over the cells given, whose modality, reader and block of readers are (n_cells,).

        In a split plot only pairs of one block count; readers of different blocks have no case in common.
        """
        same_modality = modality[:, None] == modality
        same_reader = reader[:, None] == reader
        counted = block[:, None] == block if design == "split_plot" else np.ones_like(same_reader)

        def mean(kind: BoolArray, *, exists: bool) -> float:
            kind = kind & counted
            if not (exists and kind.any()):
                return 0.0
            covariances = covariance[kind]
            covariances = covariances[
                np.isfinite(covariances)
            ]  # cells that share too few cases tell nothing of their covariance
            return float(covariances.mean()) if covariances.size else np.nan

        free_of_readers = design != "cases_nested_in_readers"
        free_of_modalities = design != "cases_nested_in_modalities"
        return cls(
            error_variance=float(np.diag(covariance).mean()),
            cov1=mean(~same_modality & same_reader, exists=free_of_modalities),
            cov2=mean(same_modality & ~same_reader, exists=free_of_readers),
            cov3=mean(~same_modality & ~same_reader, exists=free_of_readers and free_of_modalities),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SumOfSquares:
    """One line of an analysis of variance."""

    sum_of_squares: float
    df: int

    @property
    def mean_square(self) -> float:
        """Sum of squares over degrees of freedom; NaN without any."""
        return self.sum_of_squares / self.df if self.df else np.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanSquares:
    """Analysis of variance of the figures of merit.

    Attributes
    ----------
    table : dict
        Lines T (modality), R (reader; within modalities in parallel arms) and, where crossed, TR.
    error : SumOfSquares
        What modalities are compared with: modality x reader, within blocks in a split plot, or readers within
        modalities.
    multiplier : float
        Weight of Cov2 - Cov3 in the expectation of MS(T) above that of `error`: the number of readers where all read
        the same cases, the mean block size (weighted by size) in a split plot.
    n_readers : ndarray (n_modalities,)
        Readers of each modality.
    nested : bool
        Whether readers lie within modalities.
    """

    table: dict[str, SumOfSquares]
    error: SumOfSquares
    multiplier: float
    n_readers: FloatArray
    nested: bool


def _line(deviations: FloatArray, df: int) -> SumOfSquares:
    return SumOfSquares(sum_of_squares=float((deviations**2).sum()), df=df)


def mean_squares(values: FloatArray, design: Design, blocks: IntArray) -> MeanSquares:
    """Return the mean squares of values (n_modalities, n_readers); NaN cells only where readers have one arm."""
    if design == "readers_nested_in_modalities":
        return _nested_mean_squares(values)
    t, r = values.shape
    grand, by_modality, by_reader = (
        values.mean(),
        values.mean(axis=1, keepdims=True),
        values.mean(axis=0, keepdims=True),
    )
    interaction = values - by_modality - by_reader + grand
    modality_reader = error = _line(interaction, (t - 1) * (r - 1))
    multiplier = float(r)
    if design == "split_plot":
        size = np.bincount(blocks)
        centred = np.empty_like(interaction)
        for block in range(size.size):
            inside = interaction[:, blocks == block]
            centred[:, blocks == block] = inside - inside.mean(axis=1, keepdims=True)
        multiplier = float((size**2).sum() / r)
        error = _line(centred, (t - 1) * (r - size.size))
    return MeanSquares(
        table={
            "T": _line(np.sqrt(r) * (by_modality - grand), t - 1),
            "R": _line(np.sqrt(t) * (by_reader - grand), r - 1),
            "TR": modality_reader,
        },
        error=error,
        multiplier=multiplier,
        n_readers=np.full(t, float(r)),
        nested=False,
    )


def _nested_mean_squares(values: FloatArray) -> MeanSquares:
    """Return the mean squares where each reader has one modality; NaN marks the others.

    The multiplier is (n - sum n_i^2 / n) / (t - 1) of the n_i readers of the modalities.
    """
    n_readers = (~np.isnan(values)).sum(axis=1).astype(np.float64)
    n, t = n_readers.sum(), n_readers.size
    by_modality = np.nanmean(values, axis=1)
    grand = np.nansum(values) / n
    within = _line(np.nan_to_num(values - by_modality[:, None]), int(n) - t)
    return MeanSquares(
        table={"T": _line(np.sqrt(n_readers) * (by_modality - grand), t - 1), "R": within},
        error=within,
        multiplier=float((n - (n_readers**2).sum() / n) / (t - 1)),
        n_readers=n_readers,
        nested=True,
    )
