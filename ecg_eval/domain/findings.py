"""Findings: what can be said of an ECG, each with its codes, names, parents and urgency.

The vocabulary is data, reviewed by people (the tables of ``vocabulary/``; ``docs/vocabulary.md`` explains them).
Archives and devices spell the same finding differently; a spelling is translated within the scheme it belongs to, never
by looking alike. Two spellings that differ in meaning and count as one finding are an equivalence, which is a row of
its own with its source. What has no translation is listed, never dropped in silence.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from ecg_eval.errors import EcgEvalError, ProblemsError, UnknownNameError, suggestion

# column of findings.csv that holds a scheme's spellings
_COLUMNS = {
    **{"scp": "scp", "snomed_ct": "snomed_ct", "code": "code_test"},
    **{"aha": "aha", "aecg": "aecg", "dicom": "dicom"},
}
# printed by devices: words, matched whole after folding case and space (GE's acronyms are matched to the letter)
WORD_SCHEMES = ("ge_12sl", "philips_dxl", "glasgow")
SCHEMES = (*_COLUMNS, "ge_12sl_codes", *WORD_SCHEMES)
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
    leaves_open : tuple of str
        Codes that it makes neither present nor absent, besides those below it: an acute infarction has some wall.
    urgency : str
        One of ``URGENCIES``: what a GP would have to do if it is new.
    urgency_source : str
        The guideline that says so, or that this is the project's own judgement.
    spelled : mapping of str to tuple of str
        Scheme to spellings; empty where a scheme does not know it.
    """

    code: str
    name_en: str
    name_fr: str
    parents: tuple[str, ...]
    leaves_open: tuple[str, ...]
    urgency: str
    urgency_source: str
    spelled: Mapping[str, tuple[str, ...]] = field(hash=False)

    def spellings(self, scheme: str) -> tuple[str, ...]:
        """Return the spellings in a scheme (one of ``SCHEMES``)."""
        return self.spelled[scheme]

    def name(self, language: str) -> str:
        """Return the name for people, in "en" or "fr"."""
        return self.name_fr if language == "fr" else self.name_en


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalence:
    """A spelling that does not say quite what the finding says, and counts as it.

    Attributes
    ----------
    finding, scheme, spelling, says : str
        The code; the spelling, and what it says by itself.
    relation : str
        "same" (two spellings of one thing), "narrower" (the spelling says more than is kept) or "taken for" (it says
        less, or something slightly else).
    label_sets : tuple of str
        Published label sets that declare them the same; empty where this project does.
    source : str
    """

    finding: str
    scheme: str
    spelling: str
    says: str
    relation: str
    label_sets: tuple[str, ...]
    source: str


def _rows(table: str) -> list[dict[str, str]]:
    text = files("ecg_eval.domain").joinpath("vocabulary", table).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


@cache
def vocabulary() -> dict[str, Finding]:
    """Return every finding by its code, in the order of the data file."""
    sources = {row["source"]: row["citation"] for row in _rows("sources.csv")}
    more: dict[tuple[str, str], list[str]] = {}
    for scheme, code, spelling in _further_spellings():
        more.setdefault((code, scheme), []).append(spelling)
    findings = {}
    for row in _rows("findings.csv"):
        code = row["code"]
        spellings = {scheme: _parts(row[column]) for scheme, column in _COLUMNS.items()}
        findings[code] = Finding(
            code=code,
            name_en=row["name_en"],
            name_fr=row["name_fr"],
            parents=_parts(row["parents"]),
            leaves_open=_parts(row["leaves_open"]),
            urgency=row["urgency"],
            urgency_source=sources[row["urgency_source"]],
            spelled={s: (*spellings.get(s, ()), *more.get((code, s), ())) for s in SCHEMES},
        )
    return findings


def _further_spellings() -> list[tuple[str, str, str]]:
    """Return scheme, code and spelling of the equivalences and of the vendors' words."""
    rows = [(e.scheme, e.finding, e.spelling) for e in equivalences()]
    return rows + [(row["scheme"], row["finding"], row["spelling"]) for row in _rows("vendor_spellings.csv")]


@cache
def equivalences(label_set: str | None = None) -> tuple[Equivalence, ...]:
    """Return which spellings count as a finding without saying quite the same.

    Parameters
    ----------
    label_set : str, optional
        Only those that this published label set declares.

    Examples
    --------
    >>> [(e.finding, e.says) for e in equivalences("challenge2021")][1]
    ('RBBB', 'right bundle branch block')
    """
    if label_set is not None and label_set not in label_sets():
        raise UnknownNameError("equivalences", "label_set", "known", label_set, suggestion(label_set, label_sets()))
    rows = (
        Equivalence(
            **{key: row[key] for key in ("finding", "scheme", "spelling", "says", "relation", "source")},
            label_sets=_parts(row["label_sets"]),
        )
        for row in _rows("equivalences.csv")
    )
    return tuple(e for e in rows if label_set is None or label_set in e.label_sets)


@cache
def without_translation(scheme: str) -> dict[str, str]:
    """Return the spellings of a scheme that were looked at and left without a finding, with the reason."""
    return {
        row["spelling"]: f"{row['says']}: {row['why']}"
        for row in _rows("without_translation.csv")
        if row["scheme"] == scheme
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
    findings = vocabulary()
    if code not in findings:
        raise UnknownNameError("findings", "code", "in the vocabulary", code, suggestion(code, findings))
    return findings[code]


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
    sets, findings = label_sets(), vocabulary()
    codes: dict[str, None] = {}
    problems: list[EcgEvalError] = []
    for name in names:
        if name in sets:
            codes.update(dict.fromkeys(sets[name]))
        elif name in findings:
            codes[name] = None
        else:
            rule = "a finding or a label set"
            problems.append(UnknownNameError(who, "name", rule, name, suggestion(name, [*sets, *findings])))
    if problems:
        raise ProblemsError(who, problems)
    return tuple(codes)


@cache
def descendants(code: str) -> frozenset[str]:
    """Return the codes that imply `code`, itself included (every inferior infarction is an infarction)."""
    codes = {code}
    grown = True
    while grown:
        more = {f.code for f in vocabulary().values() if set(f.parents) & codes} - codes
        codes |= more
        grown = bool(more)
    return frozenset(codes)


@cache
def opened_by(code: str) -> frozenset[str]:
    """Return the codes that a finding leaves open when it is stated alone: the narrower ones, and those it names.

    "Infarction" without a wall is not "no inferior infarction".

    Examples
    --------
    >>> "IMI" in opened_by("MI"), "IMI" in opened_by("ACUTE_MI"), opened_by("IMI") & {"IMI", "AMI"}
    (True, True, frozenset())
    """
    below = descendants(code) - {code}
    return below.union(*(descendants(other) for other in finding(code).leaves_open))


def translate(spelling: str, scheme: str) -> str | None:
    """Return the code of a spelling in a scheme, None where the vocabulary has no translation.

    The words of devices are matched whole after folding case and space, everything else to the letter.

    Examples
    --------
    >>> translate("CLBBB", "scp"), translate("164889003", "snomed_ct"), translate("1dAVb", "code")
    ('LBBB', 'AF', '1AVB')
    >>> translate("normal  SINUS rhythm", "ge_12sl")
    'SR'
    >>> translate("CLBBB", "code") is None
    True
    """
    if scheme not in SCHEMES:
        raise UnknownNameError("translate", "scheme", "a known scheme", scheme, suggestion(scheme, SCHEMES))
    return _spelling_index(scheme).get(_key(spelling, scheme))


@cache
def spoken_in(scheme: str) -> frozenset[str]:
    """Return the codes that have a spelling in a scheme: what an archive that uses it can state."""
    return frozenset(_spelling_index(scheme).values())


def name_of(code: str, language: str = "en") -> str:
    """Return a finding's name for people; a code outside the vocabulary speaks for itself."""
    finding = vocabulary().get(code)
    return finding.name(language) if finding else code


def names_of(codes: Iterable[str], language: str = "en") -> str:
    """Return several findings' names in one line."""
    return ", ".join(name_of(code, language) for code in codes)


@cache
def _spelling_index(scheme: str) -> dict[str, str]:
    return {_key(s, scheme): f.code for f in vocabulary().values() for s in f.spellings(scheme)}


def _key(spelling: str, scheme: str) -> str:
    return " ".join(spelling.split()).casefold() if scheme in WORD_SCHEMES else spelling
