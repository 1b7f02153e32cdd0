"""The data of a mixed model in the form that its likelihood needs.

A random term is a grouping (readers, cases, patients) with one or more columns whose coefficients vary between its
levels; a lone column of ones is a random intercept. The coefficients of a level are Lambda u with u standard normal and
Lambda lower triangular (the relative covariance factor of lme4). So the linear predictor is X beta + A u, where row i
of A has few non-zeros: for each term, the columns of i times Lambda, at the places of i's level.

To factorise A'WA + I cheaply the places are laid out in two parts. The first are clusters that no other first-part
effect crosses, so their matrix is block-diagonal: the levels of the largest grouping, together with those of a
coarser grouping that it is nested in (recordings within patients). The second part, all that is crossed with them
(readers), is small in a reader study and is treated as dense.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecg_eval.errors import ArgumentError

Array = NDArray[np.float64]
Index = NDArray[np.intp]

_MAX_FIRST = 20_000_000  # numbers that the padded blocks of the first part may hold (160 MB)
_MAX_CROSSED = 100_000_000  # numbers that the block between the two parts may hold (800 MB)


@dataclass(frozen=True, slots=True)
class RandomTerm:
    """One grouping with its columns.

    Attributes
    ----------
    name : str
    levels : tuple of str
        Names of the levels, sorted.
    codes : ndarray of int, shape (n_observations,)
        Level of each observation.
    columns : ndarray, shape (n_observations, n_columns)
        Covariates whose coefficients vary; ones for an intercept.
    column_names : tuple of str, length n_columns
        Empty for a lone intercept.
    """

    name: str
    levels: tuple[str, ...]
    codes: Index
    columns: Array
    column_names: tuple[str, ...] = ()

    @property
    def n_columns(self) -> int:
        """Coefficients a level."""
        return int(self.columns.shape[1])

    @property
    def n_theta(self) -> int:
        """Entries of the lower triangle of Lambda."""
        return self.n_columns * (self.n_columns + 1) // 2

    @property
    def labels(self) -> tuple[str, ...]:
        """Name of each coefficient: that of the grouping, and of its column where there is more to tell."""
        return tuple(f"{self.name}|{c}" for c in self.column_names) or (self.name,)


@dataclass(frozen=True, slots=True)
class MixedData:
    """Counts, design and random terms of the observations that entered.

    Attributes
    ----------
    successes, trials : ndarray, shape (n_observations,)
    design : ndarray, shape (n_observations, n_fixed)
    terms : tuple of RandomTerm
    names : tuple of str, length n_fixed
    """

    successes: Array
    trials: Array
    design: Array
    terms: tuple[RandomTerm, ...]
    names: tuple[str, ...] = ()

    @property
    def n_theta(self) -> int:
        """Parameters of all covariance factors."""
        return sum(t.n_theta for t in self.terms)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the coefficients of every term stand in the vector u.

    Attributes
    ----------
    n_clusters, width : int
        The first part of u has shape (n_clusters, width); padding places never meet an observation.
    n_second : int
        Length of the second part.
    places : ndarray of int, shape (n_observations, n_slots)
        Place in u of each non-zero of a row of A; slots run over terms and their columns in order.
    is_first : tuple of bool, length n_slots
        Whether a slot lies in the first part.
    slot_term : tuple of (int, int), length n_slots
        Term and column of a slot.
    level_places : tuple of ndarray of int, shapes (n_levels, n_columns)
        Place in u of each level's coefficients, by term.
    """

    n_clusters: int
    width: int
    n_second: int
    places: Index
    is_first: tuple[bool, ...]
    slot_term: tuple[tuple[int, int], ...]
    level_places: tuple[Index, ...]

    @property
    def n_first(self) -> int:
        """Length of the first part, padding included."""
        return self.n_clusters * self.width

    @property
    def size(self) -> int:
        """Length of u."""
        return self.n_first + self.n_second


def lay_out(terms: Sequence[RandomTerm]) -> Layout:
    """Choose the first part and give every coefficient its place."""
    finest = max(range(len(terms)), key=lambda t: len(terms[t].levels) * terms[t].n_columns)
    outer = _nesting(terms, finest)
    clusters = terms[outer].codes if outer is not None else terms[finest].codes
    n_clusters = int(clusters.max()) + 1
    level_places: list[Index] = [np.empty(0, np.intp)] * len(terms)
    if outer is None:
        width = terms[finest].n_columns
        level_places[finest] = np.arange(n_clusters * width).reshape(n_clusters, width)
    else:
        cluster_of_level, rank = _ranks_in_clusters(terms[finest], terms[outer])
        head = terms[outer].n_columns
        width = head + (int(rank.max()) + 1) * terms[finest].n_columns
        level_places[outer] = np.arange(n_clusters)[:, None] * width + np.arange(head)
        inside = head + rank[:, None] * terms[finest].n_columns + np.arange(terms[finest].n_columns)
        level_places[finest] = cluster_of_level[:, None] * width + inside
    start = n_first = n_clusters * width
    for t, term in enumerate(terms):
        if t not in (finest, outer):
            count = len(term.levels) * term.n_columns
            level_places[t] = start + np.arange(count).reshape(len(term.levels), term.n_columns)
            start += count
    if n_first * (start - n_first) > _MAX_CROSSED:
        rule = f"crossed in at most {_MAX_CROSSED:,} places (levels of the largest times levels of those that cross it)"
        remedy = "Leave a grouping out, or give one that the largest is nested in."
        raise ArgumentError("logistic_mixed_model", "groups", rule, n_first * (start - n_first), remedy)
    slots = [(t, c) for t, term in enumerate(terms) for c in range(term.n_columns)]
    return Layout(
        n_clusters=n_clusters,
        width=width,
        n_second=start - n_first,
        places=np.column_stack([level_places[t][terms[t].codes, c] for t, c in slots]),
        is_first=tuple(t in (finest, outer) for t, _ in slots),
        slot_term=tuple(slots),
        level_places=tuple(level_places),
    )


def _ranks_in_clusters(fine: RandomTerm, outer: RandomTerm) -> tuple[Index, Index]:
    """Return the cluster of every fine level, and its rank among the levels of that cluster."""
    cluster = np.zeros(len(fine.levels), np.intp)
    cluster[fine.codes] = outer.codes
    order = np.argsort(cluster, kind="stable")
    first = np.searchsorted(cluster[order], cluster[order])
    rank = np.empty_like(cluster)
    rank[order] = np.arange(len(order)) - first
    return cluster, rank


def _nesting(terms: Sequence[RandomTerm], finest: int) -> int | None:
    """Return the largest term that the finest one is nested in and that still makes small blocks."""
    fine = terms[finest]
    candidates = sorted((t for t in range(len(terms)) if t != finest), key=lambda t: len(terms[t].levels), reverse=True)
    for t in candidates:
        outer = terms[t]
        pairs = np.unique(fine.codes * len(outer.levels) + outer.codes)
        if len(pairs) > len(fine.levels):
            continue
        most = int(np.bincount(pairs % len(outer.levels)).max())
        width = outer.n_columns + most * fine.n_columns
        if len(outer.levels) * width**2 <= _MAX_FIRST:
            return t
    return None


def lower_triangles(terms: Sequence[RandomTerm], theta: Array) -> list[Array]:
    """Return Lambda of every term; theta runs down the columns of each lower triangle."""
    out, start = [], 0
    for term in terms:
        q = term.n_columns
        factor = np.zeros((q, q))
        columns, rows = np.triu_indices(q)
        factor[rows, columns] = theta[start : start + term.n_theta]
        out.append(factor)
        start += term.n_theta
    return out
