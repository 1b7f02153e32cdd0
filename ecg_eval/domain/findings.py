"""Findings: what can be said of an ECG, each with its codes, names, parents and urgency.

The vocabulary is data (``vocabulary/findings.csv``, ``vocabulary/label_sets.csv``), reviewed by people. Archives spell
the same finding differently; a spelling is translated within the scheme it belongs to (``scp``, ``snomed_ct``,
``code``), never by looking alike. What has no translation is listed, never dropped in silence.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ecg_eval.errors import EcgEvalError, ProblemsError, UnknownNameError, suggestion

SCHEMES = ("scp", "snomed_ct", "code")
URGENCIES = ("act_now", "urgent", "routine", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding.

    Attributes
    ----------
    code : str
        Its name in configurations and tables.
    name_en, name_fr : str
        Its name for people.
    parents : tuple of str
        Codes of the broader findings that it implies.
    urgency : str
        One of ``URGENCIES``: what a GP would have to do if it is new.
    scp, snomed_ct, code_test : tuple of str
        Spellings in the SCP-ECG statements as PTB-XL writes them, in SNOMED CT, in the CODE data sets.
    """

    code: str
    name_en: str
    name_fr: str
    parents: tuple[str, ...]
    urgency: str
    scp: tuple[str, ...]
    snomed_ct: tuple[str, ...]
    code_test: tuple[str, ...]

    def spellings(self, scheme: str) -> tuple[str, ...]:
        """Return the spellings in a scheme (one of ``SCHEMES``)."""
        return {"scp": self.scp, "snomed_ct": self.snomed_ct, "code": self.code_test}[scheme]

    def name(self, language: str) -> str:
        """Return the name for people, in "en" or "fr"."""
        return self.name_fr if language == "fr" else self.name_en


def _rows(table: str) -> list[dict[str, str]]:
    text = files("ecg_eval.domain").joinpath("vocabulary", table).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


@cache
def vocabulary() -> dict[str, Finding]:
    """Return every finding by its code, in the order of the data file."""
    return {
        row["code"]: Finding(
            code=row["code"],
            name_en=row["name_en"],
            name_fr=row["name_fr"],
            parents=_parts(row["parents"]),
            urgency=row["urgency"],
            scp=_parts(row["scp"]),
            snomed_ct=_parts(row["snomed_ct"]),
            code_test=_parts(row["code_test"]),
        )
        for row in _rows("findings.csv")
    }


@cache
def label_sets() -> dict[str, tuple[str, ...]]:
    """Return the named sets of findings (``gp_core``, ``superclasses``, ...)."""
    return {row["label_set"]: _parts(row["findings"]) for row in _rows("label_sets.csv")}


def finding(code: str) -> Finding:
    """Return a finding by its code.

    Raises
    ------
    UnknownNameError
        With the nearest code.
    """
    known = vocabulary()
    if code not in known:
        raise UnknownNameError("findings", "code", "in the vocabulary", code, suggestion(code, known))
    return known[code]


def expand_findings(names: Sequence[str], *, who: str = "findings") -> tuple[str, ...]:
    """Return the codes that a list of codes and label sets stands for, each once, in order.

    Raises
    ------
    ProblemsError
        Naming every word that is neither a code nor a label set.

    Examples
    --------
    >>> expand_findings(["superclasses", "AF", "NORM"])
    ('NORM', 'MI', 'STTC', 'CD', 'HYP', 'AF')
    """
    sets, known = label_sets(), vocabulary()
    codes: dict[str, None] = {}
    problems: list[EcgEvalError] = []
    for name in names:
        if name in sets:
            codes.update(dict.fromkeys(sets[name]))
        elif name in known:
            codes[name] = None
        else:
            rule = "a finding or a label set"
            problems.append(UnknownNameError(who, "name", rule, name, suggestion(name, [*sets, *known])))
    if problems:
        raise ProblemsError(who, problems)
    return tuple(codes)


def descendants(code: str) -> frozenset[str]:
    """Return the codes that imply `code`, itself included (every inferior infarction is an infarction)."""
    found = {code}
    grown = True
    while grown:
        more = {f.code for f in vocabulary().values() if set(f.parents) & found} - found
        found |= more
        grown = bool(more)
    return frozenset(found)


def translate(spelling: str, scheme: str) -> str | None:
    """Return the code of a spelling in a scheme, None where the vocabulary has no translation.

    Examples
    --------
    >>> translate("CLBBB", "scp"), translate("164889003", "snomed_ct"), translate("1dAVb", "code")
    ('LBBB', 'AF', '1AVB')
    >>> translate("CLBBB", "code") is None
    True
    """
    if scheme not in SCHEMES:
        raise UnknownNameError("translate", "scheme", "a known scheme", scheme, suggestion(scheme, SCHEMES))
    return _spelling_index(scheme).get(spelling)


def name_of(code: str, language: str = "en") -> str:
    """Return a finding's name for people; a code outside the vocabulary speaks for itself."""
    known = vocabulary().get(code)
    return known.name(language) if known else code


def names_of(codes: Iterable[str], language: str = "en") -> str:
    """Return several findings' names in one line."""
    return ", ".join(name_of(code, language) for code in codes)


@cache
def _spelling_index(scheme: str) -> dict[str, str]:
    return {s: f.code for f in vocabulary().values() for s in f.spellings(scheme)}
