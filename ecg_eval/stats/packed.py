"""Many rows of numbers of which each has few different ones: a byte a number, and a table a row.

What each patient adds to the error of a share depends on how many ECGs they have and how many of these count, so that
hundreds of thousands of patients share some ten numbers.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.intp] | NDArray[np.bool_] | list[int] | slice
_DIFFERENT = 256  # that a byte tells apart
_AT_ONCE = 1 << 22  # numbers of one block


class Packed:
    """An array (n_readers, n_findings, n_units), held in a byte a number; ``numpy.asarray`` gives it back, exactly.

    Parameters
    ----------
    codes : ndarray of uint8 (n_readers, n_findings, n_units)
    table : ndarray (n_readers, n_findings, n_different)
        What the codes of each row stand for.
    """

    def __init__(self, codes: NDArray[np.uint8], table: Floats) -> None:
        self.codes, self.table = codes, table
        self.shape: tuple[int, ...] = codes.shape

    def __array__(self, dtype: object = None, copy: object = None) -> Floats:
        """Return it as it was."""
        return np.take_along_axis(self.table, self.codes.astype(np.intp), axis=-1)

    def take(self, readers: Places, findings: Places) -> "Packed":
        """Return some rows, chosen by position or mask on the first two axes."""
        return Packed(self.codes[readers][:, findings], self.table[readers][:, findings])


def scaled(numbers: "Floats | Packed", factor: Floats) -> "Floats | Packed":
    """Return numbers (n_readers, n_findings, n_units) times a factor of each row."""
    if isinstance(numbers, Packed):
        return Packed(numbers.codes, numbers.table * factor[..., None])
    return numbers * factor[..., None]


def packed(numbers: Floats) -> "Floats | Packed":
    """Return numbers in a byte each, or as they are where a row has more than 256 different ones.

    Examples
    --------
    >>> numbers = np.array([[[0.5, 0.0, 0.5]]])
    >>> np.asarray(packed(numbers)).tolist()
    [[[0.5, 0.0, 0.5]]]
    """
    codes = np.empty(numbers.shape, dtype=np.uint8)
    tables = []
    for place in np.ndindex(numbers.shape[:-1]):
        different, which = np.unique(numbers[place], return_inverse=True)
        if len(different) > _DIFFERENT:
            return numbers
        codes[place] = which
        tables.append(different)
    width = max((len(different) for different in tables), default=1)
    table = np.array([np.pad(different, (0, width - len(different))) for different in tables])
    return Packed(codes, table.reshape(*numbers.shape[:-1], width))


def concatenated(parts: "Sequence[Floats | Packed]", axis: int) -> "Floats | Packed":
    """Return arrays one after the other along one of the first two axes; packed where all are."""
    if not all(isinstance(part, Packed) for part in parts):
        return np.concatenate([np.asarray(part) for part in parts], axis=axis)
    rows = [part for part in parts if isinstance(part, Packed)]
    width = max(part.table.shape[-1] for part in rows)
    tables = [np.pad(part.table, ((0, 0), (0, 0), (0, width - part.table.shape[-1]))) for part in rows]
    return Packed(np.concatenate([part.codes for part in rows], axis=axis), np.concatenate(tables, axis=axis))


def blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Yield the findings of an array (n_readers, n_findings, n_units) in parts that fit in memory; all, where they do.

    Examples
    --------
    >>> list(blocks((3, 71, 1000))), list(blocks((4, 3, 1 << 20)))
    ([slice(0, 71, None)], [slice(0, 1, None), slice(1, 2, None), slice(2, 3, None)])
    """
    n_readers, n_findings, n_units = shape
    step = min(max(_AT_ONCE // max(n_readers * n_units, 1), 1), max(n_findings, 1))
    yield from (slice(start, min(start + step, n_findings)) for start in range(0, n_findings, step))
