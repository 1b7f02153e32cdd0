"""What may enter the kernels for binary outcomes: counts, 0/1 arrays, patients, a level, the name of a method.

Every kernel for binary outcomes asks here, so that they all refuse the same things in the same words. Missing is not
absent: a case with NaN in any of its arrays is left out of that kernel and not counted in `n`.
"""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from ecg_eval.errors import ArgumentError, suggestion

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


class BinaryCases(NamedTuple):
    """Cases without missing values.

    Attributes
    ----------
    columns : tuple of (n_cases,) float arrays
        The 0/1 arrays in the order given.
    cluster : (n_cases,) int array
        The number of each case's patient, 0 to n_clusters - 1; one patient per case where none was given.
    n_clusters : int
        Distinct patients among the cases.
    """

    columns: tuple[Floats, ...]
    cluster: Codes
    n_clusters: int


def normal_quantile(who: str, level: float) -> float:
    """Return z with P(-z < Z < z) = level, after checking that the level is between 0 and 1."""
    if not 0 < level < 1:
        raise ArgumentError(who, "level", "between 0 and 1", level, "A 95 % interval has level=0.95.")
    return float(ndtri(0.5 + level / 2))


def check_method(who: str, method: str, methods: Collection[str]) -> None:
    """Refuse an unknown method, with a suggestion."""
    if method not in methods:
        raise ArgumentError(who, "method", "one of its methods", method, suggestion(str(method), methods))


def check_count(who: str, name: str, count: float) -> int:
    """Return a count as int; refuse what is not a whole number of 0 or more."""
    number = np.asarray(count)
    if number.shape != () or number.dtype.kind not in "biuf" or not (number >= 0) or number != np.floor(number):
        raise ArgumentError(who, name, "a whole number of 0 or more", count)
    return int(number)


def check_part(who: str, name: str, count: float, total_name: str, total: float) -> tuple[int, int]:
    """Return a count and the total that it is a part of, both as int."""
    part, whole = check_count(who, name, count), check_count(who, total_name, total)
    if part > whole:
        raise ArgumentError(who, name, f"at most {total_name} = {whole}", part)
    return part, whole


def binary_array(who: str, name: str, values: ArrayLike) -> Floats:
    """Return an array of 0, 1 and NaN (missing) as float; refuse any other value."""
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise ArgumentError(who, name, "an array of 0 and 1 (NaN where missing)", array.dtype.name)
    array = array.astype(np.float64)
    strange = ~((array == 0) | (array == 1) | np.isnan(array))
    if strange.any():
        raise ArgumentError(who, name, "an array of 0 and 1 (NaN where missing)", float(array[strange].flat[0]))
    return array


def cluster_codes(who: str, cluster: ArrayLike, n_cases: int) -> Codes:
    """Return the patient of each case as a number from 0; refuse a case without a patient."""
    ids = np.asarray(cluster)
    if ids.shape != (n_cases,):
        raise ArgumentError(who, "cluster", f"one patient for each of the {n_cases} cases", ids.shape)
    nameless = (
        np.isnan(ids) if ids.dtype.kind == "f" else np.array([i is None for i in ids] if ids.dtype == object else [])
    )
    if nameless.any():
        raise ArgumentError(who, "cluster", "given for every case", None, "A case without a patient cannot be grouped.")
    return np.unique(ids, return_inverse=True)[1]


def complete_cases(who: str, *, cluster: ArrayLike | None = None, **arrays: ArrayLike) -> BinaryCases:
    """Check 0/1 arrays of one length and leave out the cases where any of them is missing.

    Parameters
    ----------
    who : str
        The kernel that asks, for the message.
    cluster : (n_cases,) array of int or str, optional
        The patient of each case.
    **arrays : (n_cases,) array of 0, 1, NaN
        The arrays by the name that the user knows them by.

    Raises
    ------
    ArgumentError
        When an array is not of one dimension, has another length than the first, or holds another value.
    """
    columns = [binary_array(who, name, values) for name, values in arrays.items()]
    n_cases = columns[0].shape[0] if columns[0].ndim else 0
    for name, column in zip(arrays, columns, strict=True):
        if column.shape != (n_cases,):
            raise ArgumentError(who, name, f"of one dimension and as long as {next(iter(arrays))}", column.shape)
    complete = ~np.isnan(columns).any(axis=0)
    codes = np.arange(n_cases) if cluster is None else cluster_codes(who, cluster, n_cases)
    patients, codes = np.unique(codes[complete], return_inverse=True)
    return BinaryCases(tuple(column[complete] for column in columns), codes, patients.size)
