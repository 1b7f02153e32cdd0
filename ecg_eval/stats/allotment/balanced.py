"""Things divided into parts in which each level of what is known of them is as frequent as it can be.

Levels are balanced one by one (findings, difficulty, practice): with a dozen findings no two things need be alike, and
strata of all columns together would hold one thing each. The start is systematic, in an order that is random among
things that are alike (so that common combinations are shared out too); then two things of different parts change places
as long as that makes the parts more alike.

Cost that is made small: the sum over parts and levels of (count - expected count)^2, the expected count being the
level's whole count times the part's share of the things. As minimisation of imbalance in trials: Taves, Clinical
Pharmacology & Therapeutics 1974;15:443-453, for all things at once in place of one after the other.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CANDIDATES = 400  # things of a part that are tried for an exchange at once
_MOST_EXCHANGES = 2_000
_GAIN = 1e-9


def equal_sizes(n: int, n_parts: int) -> list[int]:
    """Return the sizes of parts that differ by one at most, the larger ones first.

    Examples
    --------
    >>> equal_sizes(11, 3)
    [4, 4, 3]
    """
    return [n // n_parts + (part < n % n_parts) for part in range(n_parts)]


def balanced_parts(*, levels: Ints, sizes: Sequence[int], rng: np.random.Generator) -> Ints:
    """Divide things into parts of given sizes, in which each level is as frequent as it can be.

    Parameters
    ----------
    levels : ndarray of int, shape (n_things, n_columns)
        Level of each thing in each column; any numbers (-1 for unknown is a level as others are).
    sizes : sequence of int
        Things of each part; their sum is n_things.
    rng : numpy Generator

    Returns
    -------
    ndarray of int, shape (n_things,)
        Part of each thing, from 0.

    Examples
    --------
    >>> parts = balanced_parts(levels=np.array([[0], [0], [1], [1]]), sizes=[2, 2], rng=np.random.default_rng(1))
    >>> sorted(parts[:2].tolist()), sorted(parts[2:].tolist())
    ([0, 1], [0, 1])
    """
    n_parts, shape = len(sizes), np.asarray(sizes, dtype=np.float64)
    order = rng.permutation(len(levels))
    if levels.shape[1]:
        order = order[np.lexsort(levels[order].T[::-1])]
    part = np.empty(len(levels), dtype=np.int64)
    part[order] = _dealt(shape, rng)
    if n_parts < 2 or not levels.shape[1]:
        return part
    members = one_hot(levels)
    expected = np.outer(shape / max(shape.sum(), 1), members.sum(axis=0))
    counts = np.stack([members[part == p].sum(axis=0) for p in range(n_parts)])
    pairs = [(a, b) for a in range(n_parts) for b in range(a + 1, n_parts)]
    best = {pair: _best_exchange(members, part, counts - expected, pair, rng) for pair in pairs}
    for _ in range(_MOST_EXCHANGES):
        changed = min(best, key=lambda pair: best[pair][0])
        gain, i, j = best[changed]
        if gain > -_GAIN:
            break
        counts[part[i]] += members[j] - members[i]
        counts[part[j]] += members[i] - members[j]
        part[i], part[j] = part[j], part[i]
        for pair in pairs:
            if set(pair) & set(changed):  # what is best between two others is still so
                best[pair] = _best_exchange(members, part, counts - expected, pair, rng)
    return part


def one_hot(levels: Ints) -> Floats:
    """Return which level of which column each thing has, (n_things, n_levels of all columns): 1 or 0."""
    return np.concatenate(
        [(column[:, None] == np.unique(column)[None, :]).astype(np.float64) for column in levels.T], axis=1
    )


def _dealt(sizes: Floats, rng: np.random.Generator) -> Ints:
    """Return parts in turn, each as often as its size says and as evenly spread as can be, (n_things,)."""
    n = int(sizes.sum())
    at = np.concatenate([(np.arange(size) + rng.random()) / size for size in sizes if size]) if n else np.zeros(0)
    part = np.repeat(np.arange(len(sizes)), sizes.astype(np.int64))
    return part[np.argsort(at, kind="stable")].astype(np.int64)


def _best_exchange(
    members: Floats, part: Ints, excess: Floats, pair: tuple[int, int], rng: np.random.Generator
) -> tuple[float, int, int]:
    """Return the exchange between two parts that changes the cost most (below 0 is better), and of which things.

    With v what part a gains, the cost changes by 2 v . (excess of a - excess of b) + 2 |v|^2.
    """
    a, b = pair
    first, second = (_some(np.flatnonzero(part == p), rng) for p in pair)
    if not (len(first) and len(second)):
        return 0.0, 0, 0
    weight = members @ (excess[a] - excess[b])
    here, there = members[first], members[second]
    apart = here.sum(axis=1)[:, None] + there.sum(axis=1)[None, :] - 2 * here @ there.T  # |v|^2 of members of 0 and 1
    change = 2 * (weight[second][None, :] - weight[first][:, None]) + 2 * apart
    best = int(change.argmin())
    i, j = divmod(best, change.shape[1])
    return float(change[i, j]), int(first[i]), int(second[j])


def _some(things: Ints, rng: np.random.Generator) -> Ints:
    return things if len(things) <= _CANDIDATES else rng.choice(things, _CANDIDATES, replace=False)
