"""Tables for a paper: whom the ECGs are of, what they show, test against reference, and the tables of the report."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.result import Table
from ecg_eval.reports import numbers
from ecg_eval.reports.build import blocks_of
from ecg_eval.reports.reasons import Footnote
from ecg_eval.reports.view import View

# sections whose tables are of how the run was made, and not of what it found
_NOT_RESULTS = ("answer", "study_flow", "oddities", "left_out", "methods", "provenance_page")


@dataclass(frozen=True, kw_only=True, eq=False)
class PaperTable:
    """A table that goes into a paper.

    Attributes
    ----------
    name : str
        Of its file.
    caption : str
    frame : DataFrame
        Of text, as it is printed.
    notes : tuple of str
        Below it.
    """

    name: str
    caption: str
    frame: pd.DataFrame
    notes: tuple[str, ...] = ()


def paper_tables(view: View, sections: Sequence[Section]) -> list[PaperTable]:
    """Return the tables of a run: those of our own, then those of the report's sections, with their footnotes."""
    tables = [_characteristics(view), *([_findings(view), _cross_table(view)] if _is_judged(view) else [])]
    for section in sections:
        if section.name in _NOT_RESULTS:
            continue
        made: list[PaperTable] = []
        for block in blocks_of(section, view.result, language=view.language):
            if isinstance(block, Table) and len(block.frame):
                name = f"{section.name}_{len(made) + 1}"
                made.append(PaperTable(name=name, caption=block.caption, frame=block.frame.astype("string")))
            elif isinstance(block, Footnote) and made:
                last = made[-1]
                made[-1] = PaperTable(
                    name=last.name, caption=last.caption, frame=last.frame, notes=(*last.notes, block.text)
                )
        tables += made
    return tables


def _is_judged(view: View) -> bool:
    return view.result.study.reference.exists


def _characteristics(view: View) -> PaperTable:
    """Return whom the ECGs that were read are of."""
    words, study = view.words, view.result.study
    records = study.records[study.records.index.isin(set(study.readings["record_id"]))]
    n = len(records)
    rows = [(words("dossier.ecgs"), numbers.count(n, words))]
    if view.knows_patients:
        rows.append((words("dossier.patients"), numbers.count(records["patient_id"].nunique(), words)))
    ages = records["age_years"].dropna() if "age_years" in records else pd.Series(dtype=float)
    if len(ages):
        median, low, high = (numbers.setting(round(float(ages.quantile(q)), 1), words) for q in (0.5, 0.25, 0.75))
        rows.append((words("dossier.age"), words("dossier.median", median=median, low=low, high=high)))
        rows += _unknown(view, n - len(ages))
    sexes = records["sex"].dropna() if "sex" in records else pd.Series(dtype="string")
    if len(sexes):
        for sex in sorted(sexes.unique()):
            rows.append((numbers.capital(words.subgroup(f"sex={sex}")), _share(view, int((sexes == sex).sum()), n)))
        rows += _unknown(view, n - len(sexes))
    for column in ("site", "device"):
        if column in records and records[column].notna().any():
            rows.append((words(f"dossier.{column}"), numbers.count(records[column].nunique(), words)))
    frame = pd.DataFrame(rows, columns=[words("what"), words("value")]).astype("string")
    return PaperTable(name="characteristics", caption=words("dossier.characteristics"), frame=frame)


def _unknown(view: View, n: int) -> list[tuple[str, str]]:
    return [(view.words("dossier.unknown"), numbers.count(n, view.words))] if n else []


def _share(view: View, n: int, total: int) -> str:
    words = view.words
    return words("dossier.share", n=numbers.count(n, words), percent=numbers.per_hundred(n / total, words))


def _findings(view: View) -> PaperTable:
    """Return how many ECGs show each finding."""
    words = view.words
    rows = []
    for finding in view.findings:
        truth = view.result.study.truth(finding)
        n_known = int((~np.isnan(truth)).sum())
        yes = int((truth == 1).sum())
        rows.append(
            {
                words("finding"): words.finding(finding),
                words("dossier.with"): _share(view, yes, n_known) if n_known else words("none"),
                words("dossier.without"): numbers.count(n_known - yes, words),
                words("dossier.unknown"): numbers.count(len(truth) - n_known, words),
            }
        )
    return PaperTable(
        name="findings", caption=words("dossier.findings"), frame=pd.DataFrame.from_records(rows).astype("string")
    )


def _cross_table(view: View) -> PaperTable:
    """Return, a reader, arm and finding, how often reader and reference say yes and no together."""
    words, study = view.words, view.result.study
    rows = []
    for finding in view.findings:
        f = study.findings.index(finding)
        for place, (reader, arm) in enumerate(study.reader_arms):
            calls, truth = study.cube("calls")[place, f], study.truth(finding, judged=[reader])
            cells = {key: int(((calls == s) & (truth == t)).sum()) for key, (s, t) in _CELLS.items()}
            unknown = int((np.isnan(calls) & ~np.isnan(truth)).sum())
            rows.append(
                {
                    words("finding"): words.finding(finding),
                    words("reader"): reader,
                    words("arm"): words.arm(arm),
                    **{words(f"dossier.{key}"): numbers.count(n, words) for key, n in cells.items()},
                    words("dossier.no_call"): numbers.count(unknown, words),
                }
            )
    return PaperTable(
        name="cross_table",
        caption=words("dossier.cross_table"),
        frame=pd.DataFrame.from_records(rows).astype("string"),
        notes=(words("dossier.cross_table.note"),),
    )


_CELLS = {"true_positive": (1, 1), "false_negative": (0, 1), "false_positive": (1, 0), "true_negative": (0, 0)}

# what LaTeX reads as a command -> what prints it
_LATEX = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    '"': r"\textquotedbl{}",
    "\u2212": r"$-$",
    "\u202f": r"\,",
    "\u00a0": "~",
    "\u2265": r"$\geq$",
    "\u2264": r"$\leq$",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def printable(text: object) -> str:
    """Return text without what no page prints: control characters, and those that turn the direction of writing.

    Examples
    --------
    >>> printable(f"gp{chr(0)} 1")
    'gp 1'
    """
    return _CONTROL.sub("", "" if pd.isna(text) else str(text))  # type: ignore[call-overload]


def latex_text(text: object) -> str:
    r"""Return text as LaTeX prints it, letter by letter.

    Examples
    --------
    >>> latex_text("gp_1 & 50 % \\input{x}")
    'gp\\_1 \\& 50 \\% \\textbackslash{}input\\{x\\}'
    """
    return "".join(_LATEX.get(letter, letter) for letter in " ".join(printable(text).split()))


def latex_table(table: PaperTable) -> str:
    """Return a table for LaTeX: ``longtable`` with ``booktabs``, whatever its length."""
    columns = len(table.frame.columns)
    heading = " & ".join(latex_text(column) for column in table.frame.columns)
    rows = [" & ".join(map(latex_text, row)) for row in table.frame.itertuples(index=False)]
    notes = [f"{{\\footnotesize {latex_text(note)}}}\\par" for note in table.notes]
    lines = [
        "% needs \\usepackage{booktabs,longtable} and \\usepackage[T1]{fontenc}",
        f"\\begin{{longtable}}{{{'l' * columns}}}",
        f"\\caption{{{latex_text(table.caption)}}}\\label{{tab:{table.name.replace('_', '-')}}}\\\\",
        "\\toprule",
        f"{heading} \\\\",
        "\\midrule",
        "\\endhead",
        *(f"{{}}{row} \\\\" for row in rows),
        "\\bottomrule",
        "\\end{longtable}",
        *notes,
    ]
    return "\n".join(lines) + "\n"
