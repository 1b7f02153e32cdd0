"""PTB-XL+: what a vendor's program (GE Marquette 12SL, version 23) stated and measured of every PTB-XL recording.

Layout of version 1.0.1 (Strodthoff N, Mehari T, Nagel C, et al. Sci Data 2023;10:279;
https://physionet.org/content/ptb-xl-plus/): ``labels/12sl_statements.csv`` has one row an `ecg_id`, not in ascending
order, with `statements`, a list of the program's acronyms such as ``['NSR', 'PO', 'LAE']``;
``features/12sl_features.csv`` has its measurements, `ecg_id` somewhere among 783 columns. Rows are found by `ecg_id`,
never by position. This is known from the archive's own script (``apply_snomed_mapping.py``) and from others' readers
of it; a file that looks different is refused with what was found in it.

The vocabulary translates the acronyms (scheme ``ge_12sl_codes``), and one whose meaning is in doubt is left out and
named. The archive's own translation is not used: its script looks its ids up as concepts of the OMOP vocabulary, not as
SNOMED CT codes. "PO" (possible) and "CRO" (cannot rule out) make the statement after them uncertain, and "$SOR" the
statements on both sides of it. Voltage criteria that may be a normal variant, and what the program only asks to
consider, are uncertain as well.
"""

import ast
import hashlib
from collections import Counter
from functools import cached_property
from pathlib import Path

import pandas as pd

from ecg_eval.domain.contracts import Panel, PanelReadings, PanelRequest
from ecg_eval.domain.findings import spoken_in, translate
from ecg_eval.errors import EcgEvalError, InputFileError
from ecg_eval.panels._tables.vendor import Statements, vendor_readings

STATEMENTS, FEATURES = "labels/12sl_statements.csv", "features/12sl_features.csv"
SCHEME = "ge_12sl_codes"
_GET_IT = "Download PTB-XL+ from https://physionet.org/content/ptb-xl-plus/ and give the folder that holds labels/."

# what two findings of a statement say together
_BOTH = {"NSSTT": ("NST", "NT")}
_INJURY = ("AINJ", "LINJ", "IINJ", "ALINJ", "ILINJ", "IIOHAI", "AIOHAI", "LIOHAI", "ALIHAI", "ILIHAI")
_ISCHAEMIA = ("AT", "MAT", "LT", "MLT", "IT", "MIT", "ILT", "MILT", "ALT", "MALT")
# acronym -> what it leaves open
OPEN: dict[str, tuple[str, ...]] = {
    "UR": ("SR", "AF", "AFL"),  # undetermined rhythm
    **dict.fromkeys(("LVH2", "LVH3", "QRSV"), ("LVH",)),
    "RVE+": ("RVH",),
    **dict.fromkeys(_INJURY, ("MI", "STE")),
    **dict.fromkeys(_ISCHAEMIA, ("ISC",)),
}
_DOUBT, _EITHER = ("PO", "CRO"), "$SOR"
# punctuation and words that only qualify their neighbours
_FILLERS = frozenset(
    ("COMMA", "LPAREN", "RPAREN", "$SWITH", "$SAND", "OCC", "FREQ", "AC", "AU", "OLD", "NEW", "RVR", "SVR", "IRREG")
)


class PtbXlPlus(Panel):
    """The statements of GE 12SL on PTB-XL's recordings, as a vendor's readings.

    Parameters
    ----------
    root : Path
        The folder that holds ``labels/`` and ``features/``.
    reader_id : str
    """

    def __init__(self, root: Path, reader_id: str = "ge_12sl") -> None:
        self.root, self.reader_id = Path(root), reader_id

    def problems(self) -> list[EcgEvalError]:
        """Return whether the table of statements is there, with the columns that it must have."""
        return _table_problems(self.root, STATEMENTS, ("ecg_id", "statements"))

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of the table of statements."""
        path = self.root / STATEMENTS
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()} if path.is_file() else {}

    @cached_property
    def _acronyms(self) -> dict[str, list[str]]:
        """Return the program's acronyms, in order, by ecg_id."""
        for problem in self.problems():
            raise problem
        table = pd.read_csv(self.root / STATEMENTS, dtype="string", usecols=["ecg_id", "statements"])
        cells = zip(table["ecg_id"], table["statements"], strict=True)
        return {_name(ecg_id): _acronyms(ecg_id, cell) for ecg_id, cell in cells}

    def read(self, request: PanelRequest) -> PanelReadings:
        """Return what the program stated of the records asked for."""
        statements_of, strange = {}, Counter[str]()
        for record in request.records.index:
            if record in self._acronyms:
                statements_of[str(record)], unknown = stated(self._acronyms[record])
                strange.update(unknown)
        description = f"GE Marquette 12SL version 23, statements of PTB-XL+. {_sentence(strange)}"
        spoken = {code for codes in (*_BOTH.values(), *OPEN.values()) for code in codes} | spoken_in(SCHEME)
        return vendor_readings(request, statements_of, reader_id=self.reader_id, description=description, spoken=spoken)

    def measurements(self) -> pd.DataFrame:
        """Return what the program measured.

        Returns
        -------
        DataFrame, index record_id
            Columns `rr_ms`, `pr_ms`, `qrs_ms`, `qt_ms`; NaN where it measured nothing.

        Raises
        ------
        InputFileError
            When the table of measurements is missing, or without these columns.
        """
        columns = {
            "RR_Mean_Global": "rr_ms",
            "PR_Int_Global": "pr_ms",
            "QRS_Dur_Global": "qrs_ms",
            "QT_Int_Global": "qt_ms",
        }
        for problem in _table_problems(self.root, FEATURES, ("ecg_id", *columns)):
            raise problem
        table = pd.read_csv(self.root / FEATURES, usecols=["ecg_id", *columns], float_precision="round_trip")
        index = pd.Index([_name(i) for i in table.pop("ecg_id")], dtype="string", name="record_id")
        return table.rename(columns=columns).set_index(index).astype("float64")[list(columns.values())]


def stated(acronyms: list[str]) -> tuple[Statements, list[str]]:
    """Return what a list of acronyms states, and those without a translation.

    Examples
    --------
    >>> said, strange = stated(["NSR", "PO", "LAE", "XYZ"])
    >>> sorted(said.present), sorted(said.uncertain), strange
    (['SR'], ['LAE'], ['XYZ'])
    """
    present: set[str] = set()
    uncertain: set[str] = set()
    strange = []
    for place, acronym in enumerate(acronyms):
        if acronym in _DOUBT or acronym == _EITHER or acronym in _FILLERS:
            continue
        before, after = acronyms[place - 1] if place else "", (acronyms[place + 1 :] or [""])[0]
        is_doubted = before in _DOUBT or _EITHER in (before, after)
        code = translate(acronym, SCHEME)
        if code is not None:
            (uncertain if is_doubted else present).update((code, *_BOTH.get(code, ())))
        uncertain.update(OPEN.get(acronym, ()))
        if code is None and acronym not in OPEN:
            strange.append(acronym)
    return Statements(frozenset(present), frozenset(uncertain - present)), strange


def _sentence(strange: Counter[str]) -> str:
    if not strange:
        return "Every statement has a translation."
    shown = ", ".join(f"{acronym} ({n})" for acronym, n in strange.most_common(8))
    more = f" and {len(strange) - 8} more" if len(strange) > 8 else ""
    return f"Statements without a translation, left out: {shown}{more}."


def _name(ecg_id: object) -> str:
    """Return an id as PTB-XL's records are named: 7 for 7 and 7.0."""
    return str(ecg_id).strip().removesuffix(".0")


def _acronyms(ecg_id: object, cell: object) -> list[str]:
    """Return the acronyms of a cell such as ``['NSR', 'NML']``, read as a literal, never run."""
    try:
        words = ast.literal_eval(str(cell))
        if not isinstance(words, list):
            raise TypeError
        return [str(word).strip() for word in words]
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        rule = "a list of acronyms such as ['NSR', 'NML']"
        raise InputFileError(STATEMENTS, f"statements of ecg_id {ecg_id}", rule, str(cell)[:80], _GET_IT) from None


def _table_problems(root: Path, name: str, columns: tuple[str, ...]) -> list[EcgEvalError]:
    path = root / name
    if not path.is_file():
        there = sorted(p.relative_to(root).as_posix() for p in root.glob("*/*.csv")) if root.is_dir() else []
        files_there = f" Found: {', '.join(there[:10])}." if there else ""
        return [InputFileError("ptb_xl_plus", str(path), "a file of PTB-XL+", remedy=f"{_GET_IT}{files_there}")]
    try:
        present = list(pd.read_csv(path, nrows=0).columns)
    except (OSError, ValueError) as error:
        return [InputFileError("ptb_xl_plus", str(path), "a CSV table", str(error)[:80], _GET_IT)]
    missing = [column for column in columns if column not in present]
    if not missing:
        return []
    rule = f"with the columns {', '.join(columns)}"
    remedy = f"Missing: {', '.join(missing)}. Only the layout of version 1.0.1 is known. {_GET_IT}"
    return [InputFileError("ptb_xl_plus", str(path), rule, present[:40], remedy)]
