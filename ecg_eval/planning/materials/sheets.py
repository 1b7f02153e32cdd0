"""An answer sheet a reader: a row a reading in the order of the schedule, a column a finding."""

from pathlib import Path

import pandas as pd

from ecg_eval.planning.materials.questions import CONFIDENCE, MOST_SECONDS, Questions
from ecg_eval.tables.answer_sheets import SheetColumn, SheetWords, write_answer_sheet
from ecg_eval.tables.presets.answer_sheets import FINDING, SHOWN

ORDER = ["period", "session", "place"]
_SHOWN = ["blinded_id", "session", "date", "day", "place", "arm"]


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Return a schedule's rows as they are read: by reader, session and place, without help before with it."""
    return table.sort_values(["reader_id", *ORDER, "arm"], ascending=[True, True, True, True, False], kind="stable")


def sheet_columns(questions: Questions) -> list[SheetColumn]:
    """Return the columns of an answer sheet."""
    words = questions.words
    low, high = CONFIDENCE
    columns = [
        SheetColumn(header=words("column.ecg"), means="record_id", is_fixed=True),
        SheetColumn(header=words("column.session"), means=SHOWN, is_fixed=True, width=9),
        SheetColumn(header=words("column.date"), means=SHOWN, is_fixed=True),
        SheetColumn(header=words("column.place"), means=SHOWN, is_fixed=True, width=7),
        SheetColumn(header=words("column.arm"), means=SHOWN, is_fixed=True),
        *(
            SheetColumn(header=name, means=f"{FINDING}{code}", words=questions.answers, width=14)
            for code, name in questions.names.items()
        ),
        SheetColumn(
            header=words("column.confidence", low=low, high=high), means="confidence", numbers=CONFIDENCE, width=12
        ),
        SheetColumn(header=words("column.seconds"), means="seconds", numbers=(0, MOST_SECONDS), width=12),
    ]
    if questions.management:
        options = questions.management
        columns.append(SheetColumn(header=words("column.management"), means="management", words=options, width=20))
    return [*columns, SheetColumn(header=words("column.comment"), means="comment", width=30)]


def write_sheets(table: pd.DataFrame, questions: Questions, folder: Path) -> list[Path]:
    """Write an answer sheet for each reader of a schedule; return the workbooks.

    Parameters
    ----------
    table : DataFrame
        Of the schedule.
    questions : Questions
    folder : Path
    """
    words = questions.words
    about = SheetWords(title=words("sheet.title"), choose=words("sheet.choose"), number=words.texts["sheet.number"])
    columns = sheet_columns(questions)
    files = []
    for reader, rows_of_reader in in_order(table).groupby("reader_id", sort=True):
        rows = [
            (code, session, words.date(date) or words("day", day=day), place, words(arm))
            for code, session, date, day, place, arm in rows_of_reader[_SHOWN].itertuples(index=False, name=None)
        ]
        path = folder / f"{file_name(str(reader))}.xlsx"
        files.append(write_answer_sheet(path, columns, rows, reader=str(reader), words=about))
    return files


def file_name(reader: str) -> str:
    """Return a reader's name as a file's, with what a file name may not hold written as %XX."""
    from urllib.parse import quote

    return quote(reader, safe=" ()")
