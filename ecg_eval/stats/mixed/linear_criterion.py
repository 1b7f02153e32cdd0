"""The profiled likelihood of a linear mixed model, and how its standard errors depend on the variances.

With theta the standard deviation of each random term relative to the residual's, V = I + sum theta² Z Z'. All that the
data say goes into a few cross-products, so that one value costs no pass over the observations. The term of most levels
(ECGs) has a diagonal block and is taken out first; what is left (readers) is small and dense.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

Array = NDArray[np.float64]
Index = NDArray[np.intp]


class Term(NamedTuple):
    """A random term: a grouping with one column.

    Attributes
    ----------
    name : str
    n_levels : int
    codes : ndarray of int (n_observations,)
    column : ndarray (n_observations,)
    """

    name: str
    n_levels: int
    codes: Index
    column: Array


class At(NamedTuple):
    """What the criterion is made of at one theta.

    Attributes
    ----------
    log_determinant : float
        Of V.
    information : ndarray (n_fixed, n_fixed)
        X' V^-1 X.
    coefficients : ndarray (n_fixed,)
    residual : float
        Weighted residual sum of squares.
    """

    log_determinant: float
    information: Array
    coefficients: Array
    residual: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Criterion:
    """-2 (restricted) log likelihood of a linear mixed model as a function of theta, the residuals' variance profiled.

    Attributes
    ----------
    terms : tuple of Term
    restricted : bool
    n, p : int
        Observations and fixed effects.
    first : int
        Place of the term of most levels.
    squares : ndarray (n_levels of the first,)
        Diagonal of its Z'Z.
    crossed : ndarray (n_levels of the first, n_levels of all others)
    others : ndarray (n_levels of all others, the same)
    of_level : ndarray of int (n_levels of all others,)
        Term of each of them.
    first_data, other_data : ndarray (n_levels, p + 1)
        Z'[X, y].
    data : ndarray (p + 1, p + 1)
        [X, y]'[X, y].
    """

    terms: tuple[Term, ...]
    restricted: bool
    n: int
    p: int
    first: int
    squares: Array
    crossed: Array
    others: Array
    of_level: Index
    first_data: Array
    other_data: Array
    data: Array

    @classmethod
    def of(cls, y: Array, design: Array, terms: Sequence[Term], *, restricted: bool) -> "Criterion":
        """Return the criterion of some observations."""
        first = max(range(len(terms)), key=lambda t: terms[t].n_levels)
        rest = [t for t in range(len(terms)) if t != first]
        observed = np.column_stack([design, y])
        between = [_product(terms[first], terms[t]) for t in rest]
        blocks = [[_product(terms[a], terms[b]) for b in rest] for a in rest]
        return cls(
            terms=tuple(terms),
            restricted=restricted,
            n=len(y),
            p=design.shape[1],
            first=first,
            squares=np.asarray(np.bincount(terms[first].codes, weights=terms[first].column ** 2), dtype=np.float64),
            crossed=np.hstack([np.zeros((terms[first].n_levels, 0)), *between]),
            others=np.block(blocks) if rest else np.zeros((0, 0)),
            of_level=np.repeat(np.array(rest, dtype=np.intp), [terms[t].n_levels for t in rest]),
            first_data=_sums(terms[first], observed),
            other_data=np.vstack([np.zeros((0, observed.shape[1])), *(_sums(terms[t], observed) for t in rest)]),
            data=observed.T @ observed,
        )

    def at(self, theta: Array) -> At:
        """Return what the criterion is made of."""
        s, r = float(theta[self.first]), theta[self.of_level]
        diagonal = s**2 * self.squares + 1
        between = s * self.crossed * r
        schur = r[:, None] * self.others * r + np.eye(len(r)) - between.T @ (between / diagonal[:, None])
        of_first, of_others = s * self.first_data, r[:, None] * self.other_data
        left = of_others - between.T @ (of_first / diagonal[:, None])
        gram = self.data - of_first.T @ (of_first / diagonal[:, None])
        log_determinant = float(np.log(diagonal).sum())
        if len(r):
            factor = linalg.cholesky(schur, lower=True)
            half = linalg.solve_triangular(factor, left, lower=True)
            gram = gram - half.T @ half
            log_determinant += 2 * float(np.log(np.diag(factor)).sum())
        information = gram[: self.p, : self.p]
        coefficients = np.asarray(np.linalg.solve(information, gram[: self.p, self.p]), dtype=np.float64)
        residual = float(gram[self.p, self.p] - coefficients @ gram[: self.p, self.p])
        return At(log_determinant, information, coefficients, residual)

    @property
    def freedom(self) -> int:
        """Return the number of observations, less the fixed effects where they are taken out."""
        return self.n - self.p if self.restricted else self.n

    def residual_variance(self, at: At) -> float:
        """Return the variance of the residuals that goes with a theta."""
        return at.residual / self.freedom

    def value(self, theta: Array) -> float:
        """Return -2 log likelihood, lme4's convention."""
        at = self.at(np.asarray(theta, dtype=np.float64))
        value = at.log_determinant + self.freedom * (1 + np.log(2 * np.pi * max(at.residual, 1e-300) / self.freedom))
        return float(value + (np.linalg.slogdet(at.information)[1] if self.restricted else 0.0))

    def satterthwaite(self, theta: Array, sigma: float, free: Index) -> Array:
        """Return the degrees of freedom of each coefficient, 2 C² / (g' A g).

        C is its variance as a function of theta and sigma, g the gradient, A twice the inverse Hessian of the deviance;
        both by central differences. Terms whose variance is 0 are held there (`free` names the others).
        """
        start = np.r_[theta[free], sigma]

        def split(x: Array) -> tuple[Array, float]:
            whole = theta.copy()
            whole[free] = x[:-1]
            return whole, float(x[-1])

        def deviance(x: Array) -> float:
            whole, s = split(x)
            at = self.at(whole)
            value = at.log_determinant + np.linalg.slogdet(at.information)[1] + at.residual / s**2
            return float(value + self.freedom * np.log(2 * np.pi * s**2))

        def variances(x: Array) -> Array:
            whole, s = split(x)
            return np.asarray(s**2 * np.diag(np.linalg.inv(self.at(whole).information)))

        steps = np.diag(1e-3 * np.maximum(np.abs(start), 1e-2))
        gradient = np.array([(variances(start + h) - variances(start - h)) / (2 * h.sum()) for h in steps])

        def second(g: Array, h: Array) -> float:
            corners = deviance(start + g + h) - deviance(start + g - h) - deviance(start - g + h)
            return (corners + deviance(start - g - h)) / float(4 * g.sum() * h.sum())

        hessian = np.array([[second(g, h) for h in steps] for g in steps])
        spread = 2 * np.linalg.pinv(hessian, hermitian=True)
        return np.asarray(2 * variances(start) ** 2 / np.einsum("ik,ij,jk->k", gradient, spread, gradient))


def _product(one: Term, other: Term) -> Array:
    """Return Z' Z of two terms, (levels of one, levels of the other)."""
    cell = one.codes * other.n_levels + other.codes
    counts = np.bincount(cell, weights=one.column * other.column, minlength=one.n_levels * other.n_levels)
    return np.asarray(counts.reshape(one.n_levels, other.n_levels))


def _sums(term: Term, observed: Array) -> Array:
    """Return Z' [X, y], (levels, columns)."""
    columns = [np.bincount(term.codes, weights=term.column * x, minlength=term.n_levels) for x in observed.T]
    return np.column_stack(columns)
