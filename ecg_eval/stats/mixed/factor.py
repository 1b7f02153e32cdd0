"""The matrix M = A'WA + I of a mixed model, factorised by parts.

M = [[D, B], [B', C]] with D block-diagonal (see `terms.py`). By the Schur complement S = C - B' D^-1 B,

    log|M| = log|D| + log|S|,
    M^-1   = [[D^-1 + E S^-1 E', -E S^-1], [-S^-1 E', S^-1]],   E = D^-1 B.

With n cases in clusters and few readers this costs n (readers)^2, where a dense factor would cost (n + readers)^3.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from ecg_eval.stats.mixed.terms import Index, Layout

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Where the products of two slots of a row of A fall in D, B or C.

    Attributes
    ----------
    pairs : tuple of (int, int, str, ndarray of int)
        Two slots, the part ("D", "B", "C") and the flat place in it of each observation; every unordered pair once, in
        B the first slot is of the first part.
    """

    layout: Layout
    pairs: tuple[tuple[int, int, str, Index], ...]

    @classmethod
    def of(cls, layout: Layout) -> "Pattern":
        """Work out the places once; they do not depend on the parameters."""
        w, n2, n1 = layout.width, layout.n_second, layout.n_first
        pairs = []
        for a in range(layout.places.shape[1]):
            for b in range(a + 1):
                s, t = (a, b) if layout.is_first[a] else (b, a)
                left, right = layout.places[:, s], layout.places[:, t]
                if layout.is_first[s] and layout.is_first[t]:
                    pairs.append((s, t, "D", left * w + right % w))
                elif layout.is_first[s]:
                    pairs.append((s, t, "B", left * n2 + (right - n1)))
                else:
                    pairs.append((s, t, "C", (left - n1) * n2 + (right - n1)))
        return cls(layout, tuple(pairs))


@dataclass(frozen=True, slots=True)
class Factor:
    """M, factorised.

    Attributes
    ----------
    log_determinant : float
    d_inverse : ndarray, shape (n_clusters, width, width)
    e : ndarray, shape (n_clusters, width, n_second)
    s_inverse : ndarray, shape (n_second, n_second)
    """

    pattern: Pattern
    log_determinant: float
    d_inverse: Array
    e: Array
    s_inverse: Array

    def solve(self, right: Array) -> Array:
        """Solve M x = right for a vector of length `size`."""
        layout = self.pattern.layout
        first = right[: layout.n_first].reshape(layout.n_clusters, layout.width)
        second = self.s_inverse @ (right[layout.n_first :] - np.einsum("cwj,cw->j", self.e, first))
        top = np.einsum("cvw,cw->cv", self.d_inverse, first) - self.e @ second
        return np.concatenate([top.ravel(), second])

    def inverse_rows(self, a: Array) -> Array:
        """Return M^-1 a_i at the places of row i itself, for every row a_i of A.

        Parameters
        ----------
        a : ndarray, shape (n_observations, n_slots)
            Non-zeros of A.

        Returns
        -------
        ndarray, shape (n_observations, n_slots)
        """
        weighted = self.e @ self.s_inverse
        parts = {
            "D": (self.d_inverse + weighted @ np.swapaxes(self.e, 1, 2)).ravel(),
            "B": -weighted.ravel(),
            "C": self.s_inverse.ravel(),
        }
        rows = np.zeros_like(a)
        for s, t, part, flat in self.pattern.pairs:
            entry = parts[part][flat]
            rows[:, s] += entry * a[:, t]
            if s != t:
                rows[:, t] += entry * a[:, s]
        return rows


def factorise(pattern: Pattern, a: Array, weights: Array) -> Factor:
    """Build and factorise M = A' diag(weights) A + I.

    Parameters
    ----------
    pattern : Pattern
    a : ndarray, shape (n_observations, n_slots)
    weights : ndarray, shape (n_observations,)
        Not negative.
    """
    layout = pattern.layout
    n, w, n2 = layout.n_clusters, layout.width, layout.n_second
    d, b, c = np.zeros(n * w * w), np.zeros(n * w * n2), np.zeros(n2 * n2)
    parts = {"D": d, "B": b, "C": c}
    for s, t, part, flat in pattern.pairs:
        parts[part] += np.bincount(flat, weights * a[:, s] * a[:, t], minlength=len(parts[part]))
    blocks, rest = _mirrored(d.reshape(n, w, w)) + np.eye(w), _mirrored(c.reshape(1, n2, n2))[0] + np.eye(n2)
    cross = b.reshape(n, w, n2)
    if w == 1:
        d_inverse, log_d = 1 / blocks, float(np.log(blocks).sum())
    else:
        d_inverse, log_d = np.asarray(np.linalg.inv(blocks), float), float(np.linalg.slogdet(blocks)[1].sum())
    e = d_inverse @ cross
    schur = rest - np.tensordot(cross, e, axes=([0, 1], [0, 1]))
    root = linalg.cholesky(schur, lower=True)
    s_inverse = linalg.cho_solve((root, True), np.eye(n2))
    log_determinant = log_d + 2 * float(np.log(np.diag(root)).sum())
    return Factor(pattern, log_determinant, d_inverse, e, s_inverse)


def _mirrored(half: Array) -> Array:
    """Complete symmetric blocks, of whose off-diagonal pairs only one entry was filled."""
    full = half + np.swapaxes(half, 1, 2)
    diagonal = np.arange(half.shape[1])
    full[:, diagonal, diagonal] /= 2
    return full
