"""Numbers that were written as text, read as the doubles nearest to them.

pandas' own parser is off in the last digit for a third of the numbers with many digits: by default in ``read_csv``, and
in ``to_numeric`` always. Equal scores of files with more and fewer digits then no longer tie, and an AUC moves in its
third digit. ``read_csv`` has ``float_precision="round_trip"`` against it; columns of text go through here.
"""

import pandas as pd


def numbers_of(column: pd.Series) -> pd.Series:
    """Return a column of text, or of numbers, as float64; NaN where a cell is blank or no number.

    Parameters
    ----------
    column : Series
        Numbers, or text with a decimal point; surrounding blanks are allowed.

    Returns
    -------
    Series of float64
        Whoever asks compares with the column's blanks, so that what is no number is named and not lost.

    Examples
    --------
    >>> numbers_of(pd.Series(["0.058", " 1e-3 ", "", "high", None], dtype="string")).tolist()
    [0.058, 0.001, nan, nan, nan]
    """
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("float64")
    is_number = pd.to_numeric(column, errors="coerce").notna()
    exact: pd.Series = column.where(is_number).astype("float64")
    return exact
