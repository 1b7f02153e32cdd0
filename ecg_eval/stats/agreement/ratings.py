"""What every agreement kernel does first: turn ratings of any kind into category codes, and count them.

Ratings come as numbers, booleans or text. A missing rating is NaN in a float array, None or NaN in an object array
and the empty string in a text array; it is coded -1 and never becomes a category of its own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecg_eval.errors import ArgumentError

Codes = NDArray[np.intp]
Floats = NDArray[np.float64]

MISSING = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedRatings:
    """Ratings as codes of an ordered list of categories.

    Attributes
    ----------
    codes : ndarray of int, shape (n_cases, n_raters)
        Index into `categories`; -1 where the rating is missing.
    categories : ndarray, shape (n_categories,)
        In the order given, otherwise sorted.
    """

    codes: Codes
    categories: NDArray[np.generic]

    @property
    def n_categories(self) -> int:
        """Count the categories, used or not."""
        return len(self.categories)

    def counts(self) -> Floats:
        """Count the raters who chose each category for each case, shape (n_cases, n_categories)."""
        n_cases = len(self.codes)
        case, rater = np.nonzero(self.codes != MISSING)
        flat = case * self.n_categories + self.codes[case, rater]
        table = np.bincount(flat, minlength=n_cases * self.n_categories)
        return table.reshape(n_cases, self.n_categories).astype(float)


def missing_mask(ratings: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Tell which ratings are missing: NaN, None, or empty text."""
    if ratings.dtype.kind == "f":
        return np.asarray(np.isnan(ratings))
    if ratings.dtype.kind == "O":
        flat = [r is None or r == "" or bool(r != r) for r in ratings.ravel()]  # noqa: PLR0124 - NaN alone differs from itself
        return np.array(flat, dtype=bool).reshape(ratings.shape)
    if ratings.dtype.kind == "U":
        return np.asarray(ratings == "", dtype=bool)
    return np.zeros(ratings.shape, dtype=bool)


def code_ratings(*, who: str, ratings: ArrayLike, categories: ArrayLike | None = None) -> CodedRatings:
    """Code ratings by category.

    Parameters
    ----------
    who : str
        The kernel that asks, named in errors.
    ratings : array_like, shape (n_cases, n_raters)
        Numbers, booleans or text; missing as `missing_mask` says.
    categories : array_like, optional
        All categories of the scale in their order, also those that nobody chose; the sorted ratings otherwise. Chance
        agreement of Gwet and of Brennan and Prediger, and every rank weight, depend on the length of this list.

    Returns
    -------
    CodedRatings

    Raises
    ------
    ArgumentError
        Ratings that are not a table, that cannot be sorted, or that are not among the categories.
    """
    table = np.asarray(ratings)
    if table.ndim != 2:
        raise ArgumentError(who, "ratings", "an array of shape (n_cases, n_raters)", table.shape)
    missing = missing_mask(table)
    try:
        seen, inverse = np.unique(table[~missing], return_inverse=True)
    except TypeError as error:
        remedy = "Use numbers or text, not both."
        raise ArgumentError(who, "ratings", "of one kind, so that categories have an order", remedy=remedy) from error
    scale = seen if categories is None else np.asarray(categories)
    codes = np.full(table.shape, MISSING, dtype=np.intp)
    codes[~missing] = (np.arange(len(seen)) if categories is None else _places(who, seen, scale))[inverse]
    return CodedRatings(codes=codes, categories=scale)


def _places(who: str, seen: NDArray[np.generic], scale: NDArray[np.generic]) -> Codes:
    """Find the place of every rating in the given categories."""
    if scale.ndim != 1 or len(set(scale.tolist())) != len(scale):
        raise ArgumentError(who, "categories", "a list of distinct categories", scale.tolist())
    place = {category: i for i, category in enumerate(scale.tolist())}
    strangers = [value for value in seen.tolist() if value not in place]
    if strangers:
        remedy = "Add it to categories, or mark it as missing."
        raise ArgumentError(who, "ratings", f"among the categories {scale.tolist()}", strangers[0], remedy)
    return np.array([place[value] for value in seen.tolist()], dtype=np.intp)


def code_beside(*, who: str, model: ArrayLike, readers: ArrayLike, categories: ArrayLike | None = None) -> CodedRatings:
    """Code a model's readings together with those of readers, the model in the first column.

    Raises
    ------
    ArgumentError
        A model of other cases than the readers, and what `code_ratings` refuses.
    """
    table, mine = np.asarray(readers), np.asarray(model)
    if table.ndim != 2 or mine.shape != (len(table),):
        rule = f"of shape (n_cases, n_readers) beside a model of shape {mine.shape}"
        raise ArgumentError(who, "readers", rule, table.shape)
    if {table.dtype.kind, mine.dtype.kind} & set("OU"):
        table, mine = table.astype(object), mine.astype(object)  # else numpy would write numbers, and NaN, as text
    return code_ratings(who=who, ratings=np.column_stack([mine, table]), categories=categories)


def two_raters(*, who: str, first: ArrayLike, second: ArrayLike) -> NDArray[np.generic]:
    """Put two raters beside each other, shape (n_cases, 2).

    Raises
    ------
    ArgumentError
        Raters that are not one-dimensional or not of the same length.
    """
    columns = [np.asarray(first), np.asarray(second)]
    if columns[0].ndim != 1 or columns[0].shape != columns[1].shape:
        got = (columns[0].shape, columns[1].shape)
        raise ArgumentError(who, "first and second", "one-dimensional and of the same length", got)
    if {c.dtype.kind for c in columns} & set("OU") and columns[0].dtype != columns[1].dtype:
        columns = [c.astype(object) for c in columns]  # else numpy would write numbers, and NaN, as text
    return np.column_stack(columns)


def code_table(*, who: str, table: ArrayLike, categories: ArrayLike | None = None) -> CodedRatings:
    """Code the table of two raters, as papers print it: a case a count, the first rater in the first column.

    Parameters
    ----------
    who : str
        The kernel that asks, named in errors.
    table : array_like of int, shape (n_categories, n_categories)
        Cases that the first rater put into the category of the row and the second into that of the column.
    categories : array_like, optional
        Their names in the order of the rows; numbers from 0 otherwise.

    Raises
    ------
    ArgumentError
        A table that is not square, or holds what is no count; other categories than rows.
    """
    counts = _counted(who, "table", table)
    if counts.shape[0] != counts.shape[1]:
        raise ArgumentError(who, "table", "square, a row and a column for each category", counts.shape)
    scale = _scale(who, counts, categories)
    cells = np.column_stack([axis.ravel() for axis in np.indices(counts.shape)])
    return CodedRatings(codes=np.repeat(cells, counts.ravel(), axis=0), categories=scale)


def code_counts(*, who: str, counts: ArrayLike, categories: ArrayLike | None = None) -> CodedRatings:
    """Code counts of raters by case and category, for coefficients that take raters for interchangeable.

    Parameters
    ----------
    who : str
        The kernel that asks, named in errors.
    counts : array_like of int, shape (n_cases, n_categories)
        Raters who put the case into the category; their number may differ between cases.
    categories : array_like, optional
        Their names in the order of the columns; numbers from 0 otherwise.

    Raises
    ------
    ArgumentError
        What is no table of counts; other categories than columns.
    """
    table = _counted(who, "counts", counts)
    scale = _scale(who, table, categories)
    n_ratings = table.sum(axis=1)
    codes = np.full((len(table), int(n_ratings.max(initial=0))), MISSING, dtype=np.intp)
    chosen = np.tile(np.arange(table.shape[1]), len(table))
    codes[np.arange(codes.shape[1]) < n_ratings[:, None]] = np.repeat(chosen, table.ravel())
    return CodedRatings(codes=codes, categories=scale)


def _scale(who: str, counts: Codes, categories: ArrayLike | None) -> NDArray[np.generic]:
    scale = np.arange(counts.shape[1]) if categories is None else np.asarray(categories)
    if scale.ndim != 1 or len(set(scale.tolist())) != counts.shape[1]:
        raise ArgumentError(who, "categories", f"{counts.shape[1]} distinct ones, as in the table", scale.tolist())
    return scale


def _counted(who: str, name: str, counts: ArrayLike) -> Codes:
    table = np.asarray(counts, dtype=float)
    if table.ndim != 2 or not (np.isfinite(table).all() and (table >= 0).all() and (table == np.floor(table)).all()):
        raise ArgumentError(who, name, "a table of whole numbers of 0 or more", table.shape)
    return table.astype(np.intp)
