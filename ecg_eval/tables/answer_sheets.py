"""Excel workbooks to fill in: answer sheets of readers and of adjudicators, whose cells take only what may be answered.

Where a reader answers, a second sheet, hidden, says what each column and each word means, so that a filled workbook is
read in any language without a mapping (``tables/presets/answer_sheets.py``). Ids are protected without a password: a
slip of the hand changes none, and who must mend one can.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from ecg_eval.tables.presets.answer_sheets import CODES, CODES_COLUMNS, READER, WORD

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

_HEAD_COLOUR, _FIXED_COLOUR = "DDE6EE", "F2F2F2"
_TITLE_CHARACTERS = 31  # that Excel takes
_NOTES_WIDTH = 110  # characters
_LIST_CHARACTERS = 255  # that Excel takes of a list written into a cell's rule


@dataclass(frozen=True, kw_only=True)
class SheetColumn:
    """A column of an answer sheet.

    Attributes
    ----------
    header : str
        As people read it.
    means : str
        One of ``ALONG``, ``finding:CODE``, ``shown`` for what is there to be looked at, or "" for what is not read.
    words : mapping of str to str
        What a cell may say -> the answer that it is; empty for any text.
    numbers : tuple of float or None
        Lowest and highest number that a cell may hold.
    is_fixed : bool
        Whether it is filled in and protected.
    width : float
        In characters.
    """

    header: str
    means: str
    words: Mapping[str, str] = field(default_factory=dict)
    numbers: tuple[float, float] | None = None
    is_fixed: bool = False
    width: float = 12.0


@dataclass(frozen=True, kw_only=True)
class SheetWords:
    """What a sheet says besides its columns.

    Attributes
    ----------
    title : str
        Of the sheet of answers, 31 characters at most.
    choose, number : str
        What is said when a cell is given something else: a word of the list; a number between `{low}` and `{high}`.
    """

    title: str
    choose: str
    number: str


def write_answer_sheet(
    path: Path,
    columns: Sequence[SheetColumn],
    rows: Sequence[Sequence[object]],
    *,
    reader: str,
    words: SheetWords,
) -> Path:
    """Write a workbook in which a reader answers; return its path.

    Parameters
    ----------
    path : Path
    columns, rows, words
        As in `workbook_to_fill`.
    reader : str
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(workbook_to_fill(columns, rows, words=words, reader=reader))
    return path


def workbook_to_fill(
    columns: Sequence[SheetColumn],
    rows: Sequence[Sequence[object]],
    *,
    words: SheetWords,
    reader: str = "",
    notes: Sequence[str] = (),
) -> bytes:
    """Return a workbook to be filled in.

    Parameters
    ----------
    columns : sequence of SheetColumn
    rows : sequence of sequences
        The cells of the fixed columns, in their order; the others are left blank.
    words : SheetWords
    reader : str
        Whose answers it holds, where a hidden sheet says so and what columns and words mean; empty for none.
    notes : sequence of str
        Lines of a sheet of instructions; none without.
    """
    from openpyxl import Workbook

    book = Workbook()
    _fill(book.worksheets[0], columns, rows, words)
    if reader:
        _codes(book, columns, reader)
    if notes:
        about = book.create_sheet("instructions")
        for line in notes:
            about.append([line])
        about.column_dimensions["A"].width = _NOTES_WIDTH
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _fill(
    page: "Worksheet", columns: Sequence[SheetColumn], rows: Sequence[Sequence[object]], words: SheetWords
) -> None:
    """Put headers, rows and rules on a page."""
    from openpyxl.styles import Alignment, Font, PatternFill, Protection

    page.title = words.title[:_TITLE_CHARACTERS]
    fixed = [i for i, column in enumerate(columns) if column.is_fixed]
    for i, column in enumerate(columns, start=1):
        head = page.cell(row=1, column=i)
        _put(head, column.header)
        head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor=_HEAD_COLOUR)
        head.alignment = Alignment(wrap_text=True, vertical="top")
        page.column_dimensions[head.column_letter].width = column.width
        for row_number, row in enumerate(rows, start=2):
            cell = page.cell(row=row_number, column=i)
            cell.protection = Protection(locked=column.is_fixed)
            if column.is_fixed:
                _put(cell, row[fixed.index(i - 1)])
                cell.fill = PatternFill("solid", fgColor=_FIXED_COLOUR)
                cell.number_format = "@"  # text: an id keeps its zeros
        if rows and (rule := _rule(column, words)):
            rule.add(f"{head.column_letter}2:{head.column_letter}{len(rows) + 1}")
            page.add_data_validation(rule)
    page.freeze_panes = page.cell(row=2, column=len(fixed) + 1)
    page.protection.sheet = True
    page.protection.formatColumns = False
    _print_set_up(page)


def _put(cell: "Cell", value: object) -> None:
    """Put a value into a cell: text stays text, also where it begins as a formula does ("=1+1")."""
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"


def _rule(column: SheetColumn, words: SheetWords) -> "DataValidation | None":
    """Return what a column's cells may hold, None where that is any text."""
    from openpyxl.worksheet.datavalidation import DataValidation

    listed = ",".join(column.words)
    if column.words and len(listed) <= _LIST_CHARACTERS:
        rule = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
        message = words.choose
    elif column.numbers is not None:
        low, high = column.numbers
        rule = DataValidation(type="decimal", operator="between", formula1=f"{low:g}", formula2=f"{high:g}")
        message = words.number.format(low=f"{low:g}", high=f"{high:g}")
    else:
        return None
    rule.allow_blank, rule.showErrorMessage, rule.error, rule.errorTitle = True, True, message, column.header[:32]
    return rule


def _print_set_up(page: "Worksheet") -> None:
    page.print_title_rows = "1:1"
    page.page_setup.orientation, page.page_setup.fitToWidth, page.page_setup.fitToHeight = "landscape", 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True


def _codes(book: "Workbook", columns: Sequence[SheetColumn], reader: str) -> None:
    """Write what columns and words mean on a sheet of its own."""
    codes = book.create_sheet(CODES)
    codes.append(list(CODES_COLUMNS))
    codes.append([READER, "", "", reader])
    for column in columns:
        codes.append([column.header, column.means, "", ""])
        for word, answer in column.words.items():
            codes.append([column.header, WORD, word, answer])
    codes.sheet_state = "hidden"
