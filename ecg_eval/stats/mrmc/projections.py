"""Sequential sums of squares of scores by reader, case and modality, and what to expect of them.

For each effect in turn the drop of the residual sum of squares when it enters the model (type I). Its expectation is a
sum of variances of the random effects, with the coefficients tr(M X X') taken before and after, M the residual
projection and X the indicators of an effect's levels (Wen and Gallas 2023). No large matrix is made: the means of cases
are taken off first, and only the few columns of the other effects are orthogonalised; what lies orthogonal to
reader x case lives in the differences of the two modalities.
"""

from dataclasses import dataclass

import numpy as np

from ecg_eval.stats.mrmc.study import FloatArray, IntArray

PAIR_EFFECT = {"RM": "R", "CM": "C"}  # what a modality interaction is among differences of two modalities


@dataclass(frozen=True, slots=True, kw_only=True)
class SumOfSquaresTerm:
    """One effect of a sequential analysis of variance; `coefficients` of the variances in its expectation."""

    effect: str
    sum_of_squares: float
    df: int
    coefficients: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Reads that exist, each with its modality, reader and case.

    Attributes
    ----------
    score : ndarray (n_reads,)
    modality, reader, case : ndarray (n_reads,), int
        Codes without gaps.
    """

    score: FloatArray
    modality: IntArray
    reader: IntArray
    case: IntArray

    @classmethod
    def of(cls, scores: FloatArray) -> "Reads":
        """Take the reads out of (n_modalities, n_readers, n_cases), NaN where there is none."""
        read = np.nonzero(~np.isnan(scores))
        codes = [np.unique(axis, return_inverse=True)[1].astype(np.intp) for axis in read]
        return cls(score=scores[read], modality=codes[0], reader=codes[1], case=codes[2])

    def levels(self, effect: str) -> IntArray:
        """Return the level of an effect (letters R, C, M) of each read, codes without gaps."""
        axes = {"R": self.reader, "C": self.case, "M": self.modality}
        combined = np.zeros(self.score.size, dtype=np.intp)
        for letter in effect:
            axis = axes[letter]
            combined = combined * (axis.max(initial=-1) + 1) + axis
        return np.unique(combined, return_inverse=True)[1].astype(np.intp)

    def pairs(self) -> "Reads":
        """Return, for each reader and case read in both of two modalities, the difference over the square root of 2.

        Orthogonal to reader x case; the error keeps its variance, and reader x modality and case x modality become
        effects of reader and of case with their variances.
        """
        cell = self.levels("RC")
        n_cells = int(cell.max(initial=-1)) + 1
        sign = 1.0 - 2.0 * self.modality
        in_both = np.bincount(cell, minlength=n_cells) == 2
        difference = np.bincount(cell, weights=sign * self.score, minlength=n_cells)[in_both] / np.sqrt(2)
        first = np.zeros(n_cells, dtype=np.intp)
        first[cell] = np.arange(cell.size)
        read = first[in_both]
        return Reads(
            score=difference,
            modality=np.zeros(difference.size, dtype=np.intp),
            reader=np.unique(self.reader[read], return_inverse=True)[1].astype(np.intp),
            case=np.unique(self.case[read], return_inverse=True)[1].astype(np.intp),
        )

    def variance_of_mean(self, components: dict[str, float]) -> float:
        """Return the variance of the mean score: each effect's variance x sum of squared shares of its levels."""
        n = self.score.size
        if n == 0:
            return float("nan")
        shares = sum(
            components[effect] * float((np.bincount(self.levels(effect)) ** 2).sum()) / n**2 for effect in ("R", "C")
        )
        return shares + components["error"] / n

    def variance_of_modality_difference(self, components: dict[str, float]) -> float:
        """Return the variance of the difference of two modalities' mean scores, main effects counted as common."""
        total = 0.0
        for code in range(int(self.modality.max(initial=-1)) + 1):
            here = self.modality == code
            n = int(here.sum())
            for effect, axis in (("RM", self.reader), ("CM", self.case)):
                total += components[effect] * float((np.bincount(axis[here]) ** 2).sum()) / n**2
            total += components["error"] / n
        return total if self.score.size else float("nan")


def sequential_terms(reads: Reads, effects: tuple[str, ...]) -> tuple[SumOfSquaresTerm, ...]:
    """Return the terms of each effect in turn, and of the error last.

    `effects` are ("R", "C") or ("R", "C", "M", "RC", "RM", "CM"), the modality M fixed and the others random.
    """
    random = tuple(name for name in effects if name != "M")
    pairs = reads.pairs() if "RC" in effects else reads
    residuals, traces = [], []
    for i in range(len(effects) + 1):
        model = effects[:i]
        if "RC" in model:  # what is left in the space of pairs; effects within reader x case leave nothing
            residual = _Residual.of(pairs, tuple(PAIR_EFFECT[name] for name in model if name in PAIR_EFFECT))
            left = {name: residual.trace(pairs.levels(PAIR_EFFECT[name])) for name in PAIR_EFFECT}
            trace = {name: left.get(name, 0.0) for name in random}
        else:
            residual = _Residual.of(reads, model)
            trace = {name: residual.trace(reads.levels(name)) for name in random}
        residuals.append(residual)
        traces.append(trace)
    terms = [
        SumOfSquaresTerm(
            effect=name,
            sum_of_squares=residuals[i].sum_of_squares - residuals[i + 1].sum_of_squares,
            df=residuals[i].df - residuals[i + 1].df,
            coefficients={k: traces[i][k] - traces[i + 1][k] for k in random}
            | {"error": float(residuals[i].df - residuals[i + 1].df)},
        )
        for i, name in enumerate(effects)
    ]
    last = residuals[-1]
    error = traces[-1] | {"error": float(last.df)}
    terms.append(SumOfSquaresTerm(effect="error", sum_of_squares=last.sum_of_squares, df=last.df, coefficients=error))
    return tuple(terms)


def solve_components(terms: tuple[SumOfSquaresTerm, ...]) -> dict[str, float]:
    """Set the sums of squares of the random effects to their expectations; NaN where that has no single solution."""
    random = [term for term in terms if term.effect != "M"]
    names = [term.effect for term in random]
    matrix = np.array([[term.coefficients[name] for name in names] for term in random])
    scale = np.maximum(np.abs(matrix).max(axis=1, keepdims=True), 1e-300)
    if any(term.df < 1 for term in random) or np.linalg.cond(matrix / scale) > 1e10:
        return dict.fromkeys(names, float("nan"))
    solution = np.linalg.solve(matrix, np.array([term.sum_of_squares for term in random]))
    return {name: float(value) for name, value in zip(names, solution, strict=True)}


@dataclass(frozen=True, slots=True)
class _Residual:
    """Residual projection of a model: level means of `grouped` taken off, then the columns of `basis`."""

    grouped: IntArray
    basis: FloatArray
    sum_of_squares: float
    df: int

    @classmethod
    def of(cls, reads: Reads, model: tuple[str, ...]) -> "_Residual":
        """Project on the mean and a model's effects; the effect with most levels is taken off by its means."""
        levels = {name: reads.levels(name) for name in model}
        large = max(model, key=lambda name: levels[name].max(initial=-1), default=None)
        grouped = np.zeros(reads.score.size, dtype=np.intp) if large is None else levels[large]
        columns = [_indicators(levels[name]) for name in model if name != large]
        basis = np.empty((reads.score.size, 0))
        if columns and reads.score.size:
            basis = _orthonormal(_off_means(np.hstack(columns), grouped))
        residual = _off_means(reads.score[:, None], grouped)
        residual = residual - basis @ (basis.T @ residual)
        rank = int(grouped.max(initial=-1)) + 1 + basis.shape[1]
        return cls(grouped, basis, float((residual**2).sum()), reads.score.size - rank)

    def trace(self, level: IntArray) -> float:
        """Return tr(M X X') for the indicators X of an effect's levels: n less the squared length projected away."""
        n_groups = int(self.grouped.max(initial=-1)) + 1
        joint = np.bincount(level * n_groups + self.grouped).astype(np.float64)
        at = np.flatnonzero(joint)
        by_means = float((joint[at] ** 2 / np.bincount(self.grouped)[at % n_groups]).sum()) if at.size else 0.0
        by_basis = sum(float((np.bincount(level, weights=column) ** 2).sum()) for column in self.basis.T)
        value = level.size - by_means - by_basis
        # an effect within the model leaves rounding behind
        return 0.0 if abs(value) < 1e-8 * level.size else value


def _indicators(level: IntArray) -> FloatArray:
    return np.equal(level[:, None], np.arange(level.max(initial=-1) + 1)).astype(np.float64)


def _off_means(columns: FloatArray, grouped: IntArray) -> FloatArray:
    """Take the means of the groups off each column."""
    sums = np.stack([np.bincount(grouped, weights=column) for column in columns.T], axis=1)
    means = sums / np.bincount(grouped)[:, None]
    return np.asarray(columns - means[grouped], dtype=np.float64)


def _orthonormal(columns: FloatArray) -> FloatArray:
    """Return an orthonormal basis of the columns' span."""
    left, length, _ = np.linalg.svd(columns, full_matrices=False)
    spanned = length > 1e-9 * max(float(length.max()), 1e-3)
    return np.asarray(left[:, spanned], dtype=np.float64)
