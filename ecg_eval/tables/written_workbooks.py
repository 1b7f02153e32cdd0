"""Excel workbooks for people to fill in: a sheet of rows, choices in a column, a sheet of instructions beside it."""

from collections.abc import Sequence
from io import BytesIO

import pandas as pd

_WIDEST = 48  # letters of a column
_FORMULA = ("=", "+", "-", "@")  # how a cell begins that a spreadsheet would take for a formula


def sheet_to_fill(
    frame: pd.DataFrame, *, title: str, column: str, choices: Sequence[str], notes: Sequence[str]
) -> bytes:
    """Return a workbook with one sheet to fill in and one of instructions.

    Parameters
    ----------
    frame : DataFrame
        Its rows; blank cells are left to be filled.
    title : str
        Of the sheet.
    column : str
        In which one of `choices` is picked from a list.
    choices : sequence of str
    notes : sequence of str
        Lines of the sheet of instructions.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    page = book.worksheets[0]
    page.title = title
    page.append([str(name) for name in frame.columns])
    for row in frame.astype("object").itertuples(index=False):
        page.append([None if pd.isna(cell) else _plain(cell) for cell in row])
    for i, name in enumerate(frame.columns, start=1):
        page.cell(row=1, column=i).font = Font(bold=True)
        longest = max([len(str(name)), *(len(str(cell)) for cell in frame[name].dropna())])
        page.column_dimensions[get_column_letter(i)].width = min(longest + 2, _WIDEST)
    page.freeze_panes = "A2"
    if len(frame):
        picked = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True)
        letter = get_column_letter(list(frame.columns).index(column) + 1)
        picked.add(f"{letter}2:{letter}{len(frame) + 1}")
        page.add_data_validation(picked)
    about = book.create_sheet("instructions")
    for line in notes:
        about.append([line])
    about.column_dimensions["A"].width = 110
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _plain(cell: object) -> object:
    """Return a cell as it is; text that would be taken for a formula as text."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell
