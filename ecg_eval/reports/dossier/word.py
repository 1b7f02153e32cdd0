"""Tables as a Word file (python-docx, MIT, https://github.com/python-openxml/python-docx), an extra of the package."""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from ecg_eval.errors import InputFileError
from ecg_eval.reports.dossier.paper_tables import PaperTable, printable

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.shared import Length

_SMALL_PT = 8


def word_file(title: str, tables: Sequence[PaperTable], *, author: str = "") -> bytes:
    """Return a Word file of tables, each with its caption and notes; text of a run is text, whatever it holds.

    Parameters
    ----------
    title : str
    tables : sequence of PaperTable
    author : str
        Of the file's properties.

    Raises
    ------
    InputFileError
        When python-docx is not installed.
    """
    try:
        from docx import Document
        from docx.enum.section import WD_ORIENT
        from docx.shared import Mm, Pt
    except ImportError:
        remedy = 'Install it: pip install "ecg-eval[word]". CSV and LaTeX are written without it.'
        raise InputFileError("Word files", "python-docx", "installed", remedy=remedy) from None
    document = Document()
    document.core_properties.title, document.core_properties.author = printable(title), printable(author)
    section = document.sections[0]
    # on its side: tables are wide
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    document.add_heading(printable(title), level=1)
    for table in tables:
        document.add_paragraph(printable(table.caption), style="Caption")
        _fill(document, table, Pt(_SMALL_PT))
        for note in table.notes:
            document.add_paragraph(printable(note))
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _fill(document: "WordDocument", table: PaperTable, size: "Length") -> None:
    texts = [list(map(printable, table.frame.columns)), *(list(map(printable, r)) for r in table.frame.to_numpy())]
    made = document.add_table(rows=len(texts), cols=len(table.frame.columns), style="Light List")
    for row, words in zip(made.rows, texts, strict=True):
        for cell, text in zip(row.cells, words, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.add_run(text).font.size = size
