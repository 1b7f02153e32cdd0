"""Findings: what can be said of an ECG, each with its codes, names, parents and urgency.

The vocabulary is data, reviewed by people (the tables of ``vocabulary/``; ``docs/vocabulary.md`` explains them).
Archives and devices spell the same finding differently; a spelling is translated within the scheme it belongs to, never
by looking alike. Two spellings that differ in meaning and count as one finding are an equivalence, which is a row of
its own with its source. What has no translation is listed, never dropped in silence.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files

from ecg_eval.domain.spelling import folded
from ecg_eval.errors import EcgEvalError, ProblemsError, UnknownNameError, suggestion

# column of findings.csv that holds a scheme's spellings
_COLUMNS = {
    **{"scp": "scp", "snomed_ct": "snomed_ct", "code": "code_test"},
    **{"aha": "aha", "aecg": "aecg", "dicom": "dicom"},
}
# printed by devices: words, matched whole after folding case and space (GE's acronyms are matched to the letter)
WORD_SCHEMES = ("ge_12sl", "philips_dxl", "glasgow")
CANONICAL = "canonical"  # spelt by the vocabulary's own codes
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


# findings that the study at hand defines: of the running command, never of the process
_OWN: ContextVar[tuple[Finding, ...]] = ContextVar("own findings", default=())


@contextmanager
def speaking(of_study: Sequence[Finding]) -> Iterator[None]:
    """Let the vocabulary hold a study's own findings while its run, check or report is made.

    Raises
    ------
    ProblemsError
        For a code that the vocabulary has already, a broader finding that it does not have, and a circle.
    """
    by_code = {**_shipped(), **{f.code: f for f in of_study}}
    problems: list[EcgEvalError] = []
    for new in of_study:
        if new.code in _shipped() or new.code in label_sets():
            remedy = f"It means {_shipped()[new.code].name_en!r} here." if new.code in _shipped() else "Choose another."
            problems.append(UnknownNameError("findings", "code", "one that the vocabulary lacks", new.code, remedy))
        for parent in new.parents:
            if parent not in by_code:
                problems.append(UnknownNameError("findings", "broader", "a finding", parent, near_finding(parent)))
        if new.code in _above(new.code, by_code):
            problems.append(UnknownNameError("findings", "broader", "no circle of findings", new.code))
    if problems:
        raise ProblemsError("findings", problems)
    token = _OWN.set(tuple(of_study))
    try:
        yield
    finally:
        _OWN.reset(token)


def _above(code: str, by_code: Mapping[str, Finding]) -> set[str]:
    """Return the codes that a finding implies, over any number of steps."""
    met: set[str] = set()
    ahead = list(by_code[code].parents)
    while ahead:
        parent = ahead.pop()
        if parent not in met and parent in by_code:
            met.add(parent)
            ahead += by_code[parent].parents
    return met


def own_finding(
    code: str,
    *,
    name_en: str = "",
    name_fr: str = "",
    broader: Sequence[str] = (),
    urgency: str = "none",
    urgency_source: str = "the study's own definition",
) -> Finding:
    """Return a finding that a study defines; it has no spelling in any scheme."""
    return Finding(
        code=code,
        name_en=name_en or code,
        name_fr=name_fr or name_en or code,
        parents=tuple(broader),
        leaves_open=(),
        urgency=urgency,
        urgency_source=urgency_source,
        spelled=dict.fromkeys(SCHEMES, ()),
    )


def is_own(code: str) -> bool:
    """Whether the study at hand defines a finding."""
    return any(finding.code == code for finding in _OWN.get())


def vocabulary() -> dict[str, Finding]:
    """Return every finding by its code, in the order of the data file, then those that the study at hand defines."""
    return _with_own(_OWN.get())


@cache
def _with_own(of_study: tuple[Finding, ...]) -> dict[str, Finding]:
    return {**_shipped(), **{f.code: f for f in of_study}} if of_study else _shipped()


@cache
def _shipped() -> dict[str, Finding]:
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


NEAR = 0.85  # of two long names: one or two letters differ


def near_finding(word: str, further: Iterable[str] = ()) -> str:
    """Return which finding a word was probably meant to be, in a sentence; empty where none is near.

    Near in spelling (the same code or name but for capitals, accents, punctuation and a letter typed twice, or a name
    of six letters and more in which one or two differ) or in meaning (a scheme's word for it). Codes that look alike
    are other diagnoses: STEMI is not STE (one vendor's scheme knows it as an acute infarction), and what a study calls
    "normal" may have an abnormal ECG.

    Parameters
    ----------
    word : str
    further : iterable of str
        Words of the study's own, and label sets.

    Examples
    --------
    >>> near_finding("lbbb"), near_finding("Normal")
    ("Did you mean 'LBBB'?", '')
    >>> near_finding("STEMI")
    "Did you mean 'ACUTE_MI' (Acute myocardial infarction), as `spelling: ge_12sl_codes` has it?"
    >>> near_finding("atrial fibrilation")
    "Did you mean 'AF' (Atrial fibrillation)?"
    """
    plain = folded(word)
    alike = [name for name in [*vocabulary(), *further] if folded(name) in (plain, *_once_less(plain))]
    if alike:
        return f"Did you mean {alike[0]!r}?"
    named = {folded(name): f for f in vocabulary().values() for name in (f.name_en, f.name_fr)}
    nearest = max(named, key=lambda name: SequenceMatcher(None, plain, name).ratio(), default="")
    long_enough = min(len(plain), len(nearest)) >= 6
    if plain in named or (long_enough and SequenceMatcher(None, plain, nearest).ratio() >= NEAR):
        finding = named[plain if plain in named else nearest]
        return f"Did you mean {finding.code!r} ({finding.name_en})?"
    schemes = {scheme: code for scheme in SCHEMES if (code := translate(word, scheme)) is not None}
    if len(set(schemes.values())) == 1:
        scheme, code = next(iter(schemes.items()))
        return f"Did you mean {code!r} ({vocabulary()[code].name_en}), as `spelling: {scheme}` has it?"
    return ""


def _once_less(word: str) -> set[str]:
    """Return a word without one letter of a pair that was perhaps typed twice."""
    return {word[:i] + word[i + 1 :] for i in range(len(word) - 1) if word[i] == word[i + 1]}


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
            # a label set that looks alike is a slip of the pen, a finding that looks alike another diagnosis
            near = next((n for n in (suggestion(name, sets), near_finding(name)) if n.startswith("Did you mean")), "")
            define = f"`ecg-eval list findings` names them; or define it: `{{code: {name}, en: ..., fr: ...}}`."
            remedy = near or define
            problems.append(UnknownNameError(who, "name", rule, name, remedy))
    if problems:
        raise ProblemsError(who, problems)
    return tuple(codes)


def descendants(code: str) -> frozenset[str]:
    """Return the codes that imply `code`, itself included (every inferior infarction is an infarction)."""
    return _descendants(code, _OWN.get())


@cache
def _descendants(code: str, of_study: tuple[Finding, ...]) -> frozenset[str]:
    codes = {code}
    grown = True
    while grown:
        more = {f.code for f in _with_own(of_study).values() if set(f.parents) & codes} - codes
        codes |= more
        grown = bool(more)
    return frozenset(codes)


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


def code_spelt(spelling: str, scheme: str) -> str | None:
    """Return the code of a spelling in a scheme, or of a code itself where the scheme is "canonical".

    Codes that the study at hand defines are known in every scheme. None where there is no translation.

    Examples
    --------
    >>> code_spelt("MI", "canonical"), code_spelt("CLBBB", "scp"), code_spelt("CLBBB", "canonical")
    ('MI', 'LBBB', None)
    """
    if spelling in vocabulary() and (scheme == CANONICAL or is_own(spelling)):
        return spelling
    return None if scheme == CANONICAL else translate(spelling, scheme)


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
    return {_key(s, scheme): f.code for f in _shipped().values() for s in f.spellings(scheme)}


def _key(spelling: str, scheme: str) -> str:
    return " ".join(spelling.split()).casefold() if scheme in WORD_SCHEMES else spelling
