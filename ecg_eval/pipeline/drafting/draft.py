"""From looks at files to the configuration of a study: one file for all tables that speak of the same recordings.

What is written is a draft. Each guess carries a comment; what was not used is named; a threshold, a kind of readers and
a truth are never made up, they are left out and said to be missing.
"""

import json
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ecg_eval.domain.columns import text_column
from ecg_eval.domain.findings import vocabulary
from ecg_eval.domain.reading import READER_COLUMNS, READER_KINDS, READING_COLUMNS
from ecg_eval.errors import ArgumentError, EcgEvalError, InputFileError
from ecg_eval.pipeline.drafting import words
from ecg_eval.pipeline.drafting.look import Look, look_at, tables_in
from ecg_eval.tables.answer_files import WORDS

WHO = "ecg-eval import"
_SEPARATORS = (";", "|")
_OWN = "   # guess: the study's own; `broader: [MI]` says of which finding it is a part (ecg-eval list findings)"
_HIGHEST = "threshold: highest   # guess: of classes that exclude one another, the one with the highest score"
_THRESHOLD = (
    "# threshold: 0.5   # without one scores are ranked and nothing is called; say it where it was fixed before"
)
_ABOUT = ("patient_id", "age_years", "sex", "site")


@dataclass(frozen=True)
class Draft:
    """A drafted study.

    Attributes
    ----------
    path : Path
        Where it was written.
    text : str
    notes : list of str
        What was not used, or could not be read.
    """

    path: Path
    text: str
    notes: list[str] = field(default_factory=list)

    @property
    def guesses(self) -> int:
        """Count the lines with a guess."""
        return sum("# guess" in line for line in self.text.splitlines())


def draft_studies(paths: Sequence[Path], out: Path) -> list[Draft]:
    """Write the configurations of the studies that files hold, one for each set of recordings.

    Parameters
    ----------
    paths : sequence of Path
        Files, or a folder of them.
    out : Path
        The configuration; of several, their names get the name of their first file.

    Raises
    ------
    InputFileError
        When no file can be read, none holds an answer, or a configuration is there already.
    """
    if not paths:
        raise ArgumentError(WHO, "files", "at least one file or folder", [])
    notes: list[str] = []
    looks: list[Look] = []
    for path in tables_in([Path(p) for p in paths]):
        if not path.exists():
            raise InputFileError(WHO, str(path), "an existing file or folder")
        try:
            looks.append(look_at(path))
        except EcgEvalError as error:
            notes.append(f"{path.name} was not read: {error}")
    who = [look for look in looks if look.is_readers_file]
    _lay_out([look for look in looks if look not in who])
    answers = [look for look in looks if look not in who and (look.wide or look.words or look.preset)]
    notes += [f"{look.path.name} holds no answer that was understood" for look in looks if look not in (*who, *answers)]
    parts = _of_the_same_recordings(answers)
    if not parts:
        got = [look.path.name for look in looks] or [str(p) for p in paths]
        raise InputFileError(WHO, "files", "tables of answers", got, " ".join(notes))
    names = [out] if len(parts) == 1 else [out.with_stem(f"{out.stem}-{_called(part)}") for part in parts]
    taken = [str(name) for name in names if name.exists()]
    if taken:
        raise InputFileError(WHO, "--out", "a new file", taken, "It may hold your edits: name another, or delete it.")
    drafts = []
    for part, name in zip(parts, names, strict=True):
        made = _Study(part, who, name)
        if not made.codes:
            files_named = ", ".join(look.path.name for look in part)
            notes.append(f"{files_named}: answers, and no finding that they are about; no study was drafted of it")
            continue
        drafts.append(Draft(name, made.text(), [*notes, *made.notes]))
    if not drafts:
        raise InputFileError(WHO, "files", "tables of answers about findings", remedy=" ".join(notes))
    out.parent.mkdir(parents=True, exist_ok=True)
    for draft in drafts:
        draft.path.write_text(draft.text, encoding="utf-8")
    return drafts


def _lay_out(looks: Sequence[Look]) -> None:
    """Say what headers name, now that the ids of all files are known, and note recordings and readers in them."""
    known = {name for look in looks for name in look.ids}
    for look in looks:
        if look.parts:
            firsts, seconds = ({pair[i] for pair in look.parts.values()} for i in (0, 1))
            if len(firsts) == 1:
                continue
            if firsts & known or ("reader_id" in look.columns and "record_id" not in look.columns):
                look.ids = sorted(firsts)
            elif not seconds & known:
                look.readers = sorted(firsts)
        elif look.wide and len(known & set(look.wide)) * 2 > len(look.wide):
            if "reader_id" not in look.columns and "record_id" in look.columns:
                look.columns["reader_id"] = look.columns.pop("record_id")
                look.readers = [str(v) for v in text_column(look.table[look.columns["reader_id"]]).dropna().unique()]
            look.ids = list(look.wide)
        elif look.cells == "choice" and len(look.wide) > 1:
            look.readers = [name for name in look.wide if name != look.truth]


def _of_the_same_recordings(looks: Sequence[Look]) -> list[list[Look]]:
    """Return the looks in sets that share recordings."""
    parts: list[tuple[set[str], list[Look]]] = []
    for look in looks:
        ids = set(look.ids)
        touching = [part for part in parts if part[0] & ids]
        parts = [part for part in parts if part not in touching]
        parts.append((ids.union(*(p[0] for p in touching)), [x for p in touching for x in p[1]] + [look]))
    return [part for _, part in parts]


def _called(part: Sequence[Look]) -> str:
    """Return what the files of a study have in common in their names, or the first of them."""
    stems = [look.path.stem for look in part]
    n = next((i for i, letters in enumerate(zip(*stems, strict=False)) if len(set(letters)) > 1), min(map(len, stems)))
    shared = _slug(stems[0][:n]).lower()
    return shared if len(shared) >= 3 else _slug(stems[0]).lower()


def _slug(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_") or "X"


def _flow(value: object) -> str:
    """Write a value on one line of YAML, of which JSON is a part."""
    return json.dumps(value, ensure_ascii=False)


class _Study:
    """One study in the making."""

    def __init__(self, looks: list[Look], readers: list[Look], out: Path) -> None:
        self.looks, self.readers_files, self.out = looks, readers, out
        self.root = Path(os.path.commonpath([str(look.path.resolve().parent) for look in looks]))
        self.notes: list[str] = []
        self.codes: dict[str, str] = {}  # the files' word for a finding -> code
        self.own: dict[str, str] = {}  # code -> name
        self.exclusive: list[str] = []
        self.kinds: set[str] = set()
        self.people: dict[str, str] = {}  # reader -> kind
        for look in looks:
            self._name_findings(look)
        self.truth = self._truth()

    def text(self) -> str:
        """Return the configuration."""
        dataset, panels = self._dataset(), self._panels()
        lines = [
            "# Drafted from a look at the files: read each line that says `guess`, and mend what is wrong.",
            f"#   ecg-eval check {self.out.name}      says what does not fit yet",
            f"#   ecg-eval run   {self.out.name}      evaluates the study",
            f"name: {_slug(self.out.stem).lower()}",
            "title: {en: A reader study, fr: Une étude de lecture}   # what the report is called",
            f"data_root: {_flow(os.path.relpath(self.root, self.out.resolve().parent))}",
            *dataset,
            *self._findings(),
            *self._kinds(),
            *panels,
        ]
        if self.truth is None:
            lines.append(
                "reference: none   # guess: no table of the truth was found; readers are compared with one another"
            )
        lines += ["report: {languages: [en, fr]}"]
        for look in self.looks:
            lines += [f"# not used: column {name!r} of {look.path.name}" for name in look.unread]
        return "\n".join(lines) + "\n"

    def _path(self, look: Look) -> str:
        return os.path.relpath(look.path.resolve(), self.root)

    # ---- findings

    def _name_findings(self, look: Look) -> None:
        """Give each of a file's words for findings a code: the vocabulary's, or one of the study's own."""
        for word in self._finding_words(look):
            if word in self.codes:
                continue
            code = words.finding_of(word)
            if code is None:
                code = _slug(word)
                while code in vocabulary() or self.own.get(code, word) != word:
                    code += "_own"
                self.own[code] = word
            self.codes[word] = code
        if look.cells == "choice":
            self.exclusive += [self.codes[w] for w in self._finding_words(look) if self.codes[w] not in self.exclusive]

    def _finding_words(self, look: Look) -> list[str]:
        if look.preset or "finding" in look.columns:
            column = look.columns.get("finding", "")
            return [str(v) for v in text_column(look.table[column]).dropna().unique()] if column in look.table else []
        if look.cells == "choice":
            parts = [part.strip() for word in look.words for part in re.split(r"[;|]", word)]
            return [part for part in dict.fromkeys(parts) if part and words.answer_of(part) is None]
        if look.parts:
            return list(dict.fromkeys(look.parts[name][self._place(look, "finding")] for name in look.wide))
        return [] if self._are_records(look) else list(look.wide)

    def _findings(self) -> list[str]:
        lines = ["findings:"]
        for code in dict.fromkeys(self.codes.values()):
            if code in self.own:
                group = ", exclusive: choice" if code in self.exclusive else ""
                name = _flow(self.own[code])
                lines.append(f"  - {{code: {_flow(code)}, en: {name}, fr: {name}{group}}}{_OWN}")
            else:
                met = ", ".join(repr(word) for word, c in self.codes.items() if c == code and word != code)
                lines.append(f"  - {code}" + (f"   # guess: {vocabulary()[code].name_en}, for {met}" if met else ""))
        shipped = [code for code in self.exclusive if code not in self.own]
        if shipped:
            lines.append(f"exclusive: [{_flow(self.exclusive)}]   # guess: each recording has exactly one")
            lines = [line.replace(", exclusive: choice", "") for line in lines]
        return lines

    def _mapping(self, look: Look) -> list[str]:
        used = {word: self.codes[word] for word in self._finding_words(look) if self.codes[word] != word}
        return [f"findings: {_flow(used)}   # guess: their words for findings"] if used else []

    # ---- layout

    def _are_records(self, look: Look) -> bool:
        return bool(look.wide) and not look.parts and set(look.wide) == set(look.ids)

    def _place(self, look: Look, what: str) -> int:
        """Return which of two parts of headers names a finding: the first only where the second is a recording."""
        seconds = {pair[1] for pair in look.parts.values()}
        known = {name for other in self.looks if other is not look for name in other.ids}
        first = 0 if seconds & known else 1
        return first if what == "finding" else 1 - first

    def _headers(self, look: Look) -> list[str]:
        """Return how headers are made, where they are no names of findings alone."""
        if look.preset or not look.wide:
            return []
        if look.parts:
            name, (first, second) = next(iter(look.parts.items()))
            at = name.rindex(second)
            middle, end = name[len(first) : at], name[at + len(second) :]
            alone = len({pair[0] for pair in look.parts.values()}) == 1
            finding = self._place(look, "finding")
            other = "record" if look.ids and "record_id" not in look.columns else "reader"
            fields = (
                ["{finding}", f"{{{other}}}"] if finding == 0 else [first if alone else f"{{{other}}}", "{finding}"]
            )
            return [f"headers: {_flow(fields[0] + middle + fields[1] + end)}   # guess: what the names of columns say"]
        if self._are_records(look):
            return ['headers: "{record}"   # guess: one column a recording']
        if look.cells == "choice" and len(look.wide) > 1:
            return ['headers: "{reader}"   # guess: one column a reader']
        return []

    def _written(self, look: Look, *, also: Sequence[str] = ()) -> list[str]:
        """Return the options that a file's columns and words ask for."""
        lines = [f"preset: {look.preset}"] if look.preset else []
        lines += [f"{key}: {_flow(value)}" for key, value in look.options.items()]
        if look.preset:
            return [*lines, *self._mapping(look), *self._answer_words(look)]
        own = look.columns.get("record_id", "record_id")
        lines += [f"record_id: {_flow(own)}"] if own != "record_id" else []
        if look.cells == "choice" and len(look.wide) == 1 and not self._are_records(look):
            lines.append(f"choice: {_flow(look.wide[0])}   # guess: each cell names the one class that was chosen")
        lines += self._headers(look)
        if look.cells == "score":
            lines.append("cells: score")
        elif look.cells == "choice" and (len(look.wide) > 1 or self._are_records(look)):
            lines.append("cells: choice")
        separator = next((s for s in _SEPARATORS if any(s in word for word in look.words)), "")
        lines += (
            [f"separator: {_flow(separator)}   # guess: two answers in one cell"]
            if separator and look.cells == "choice"
            else []
        )
        ignored = [*look.unread, *also]
        lines += [f"ignore: {_flow(ignored)}   # guess: no answers; their cells are counted"] if ignored else []
        return [*lines, *self._mapping(look), *self._answer_words(look)]

    def _answer_words(self, look: Look) -> list[str]:
        met = {word: answer for word in look.words if (answer := words.answer_of(word)) is not None}
        said = {word: answer for word, answer in met.items() if WORDS.get(word.casefold()) != answer}
        lines = [f"words: {_flow(said)}   # guess: what their words mean"] if said and look.cells != "score" else []
        strange = [w for w in look.words if w not in met] if look.cells == "reading" else []
        return lines + ([f"# words that were not understood: {_flow(strange)}"] if strange else [])

    # ---- truth, readers, AI

    def _truth(self) -> Look | None:
        """Return the file that holds the truth."""
        inside = [look for look in self.looks if look.truth]
        named = [look for look in self.looks if words.is_truth(look.path.stem) and look.cells != "score"]
        silent = [
            look
            for look in self.looks
            if not look.preset and look.cells != "score" and not look.readers and not words.is_ai(look.path.stem)
        ]
        others = len(self.looks) > 1
        return next(iter([*inside, *named, *(silent if len(silent) == 1 and others else [])]), None)

    def _dataset(self) -> list[str]:
        look = self.truth
        if look is None:
            source = next((x for x in self.looks if "record_id" in x.columns and not x.preset), None)
            if source is not None:
                own = source.columns["record_id"]
                name = f", record_id: {_flow(own)}" if own != "record_id" else ""
                table = f"name: study_table, path: {_flow(self._path(source))}{name}, truth: false"
                return [f"dataset: {{{table}}}   # its recordings alone"]
            first = self.looks[0]
            table = f"name: study_table, path: {_flow(self._path(first))}, preset: {first.preset}, truth: false"
            return [f"dataset: {{{table}}}"]
        lines = [
            "dataset:   # which recordings there are, and the truth",
            "  name: study_table",
            f"  path: {_flow(self._path(look))}   # guess: the truth",
        ]
        about = {ours: theirs for ours, theirs in look.columns.items() if ours in _ABOUT and ours != theirs}
        if look.truth:
            others = [name for name in look.wide if name != look.truth]
            own = look.columns.get("record_id", "record_id")
            lines += [f"  record_id: {_flow(own)}", f"  choice: {_flow(look.truth)}   # guess: the column of the truth"]
            lines += [
                f"  ignore: {_flow([*others, *look.unread])}",
                *(f"  {line}" for line in [*self._mapping(look), *self._answer_words(look)]),
            ]
        else:
            lines += [f"  {line}" for line in self._written(look)]
        if about:
            lines.append(f"  columns: {_flow(about)}")
        lines.append("  about: {labelled_by: not stated}   # say who formed the truth, and how")
        return lines

    def _panels(self) -> list[str]:
        lines = ["panels:"]
        alike: dict[str, list[Look]] = {}
        for look in self.looks:
            if look is self.truth and not look.truth:
                continue
            has_readers = look.readers or look.preset
            key = (
                str(look.path)
                if has_readers
                else _flow([sorted(look.columns.items()), look.wide, look.cells, sorted(look.options)])
            )
            alike.setdefault(key, []).append(look)
        for same in alike.values():
            lines += self._panel(same)
        if len(lines) == 1:
            self.notes.append("no file of readings was found beside the truth")
        return lines

    def _panel(self, same: list[Look]) -> list[str]:
        look = same[0]
        is_ai = look.cells == "score" or words.is_ai(look.path.stem)
        lines = ["  - name: readings_file"]
        if look.readers or look.preset:
            readers = [r for r in look.readers if r != look.truth]
            lines.append(f"    path: {_flow(self._path(look))}")
            own = look.columns.get("reader_id", "reader_id")
            lines += [f"    reader_id: {_flow(own)}"] if own != "reader_id" and not look.preset else []
        else:
            readers = [x.path.stem for x in same]
            files = {x.path.stem: x.path.name for x in same}
            lines += [
                f"    path: {_flow(os.path.relpath(look.path.resolve().parent, self.root))}",
                f"    files: {_flow(files)}   # guess: one file a reader, called as the file",
            ]
        lines += [f"    {line}" for line in self._written(look, also=[look.truth] if look.truth else [])]
        lines += [f"    {line}" for line in [*self._columns(look), *self._arms(look), *self._shows(look)]]
        if look.cells == "score":
            classes = {self.codes[w] for w in self._finding_words(look)}
            if classes <= set(self.exclusive):
                lines.append(f"    {_HIGHEST}")
            else:
                lines.append(f"    {_THRESHOLD}")
        rows = [self._reader(reader, is_ai or reader == look.ai or words.is_ai(reader)) for reader in readers]
        return [*lines, "    readers:", *(f"      - {row}" for row in rows)]

    def _columns(self, look: Look) -> list[str]:
        """Return our columns that are called otherwise there."""
        if look.preset:
            return []
        known = {k: v for k, v in look.columns.items() if k in READING_COLUMNS and k not in ("record_id", "reader_id")}
        return (
            [f"columns: {_flow(renamed)}   # guess"] if (renamed := {k: v for k, v in known.items() if k != v}) else []
        )

    def _arms(self, look: Look) -> list[str]:
        column = look.columns.get("arm", "")
        if column not in look.table:
            return []
        met = [str(v) for v in text_column(look.table[column]).dropna().unique()]
        said = {word: words.arm_of(word) or word for word in met}
        return (
            [f"arms: {_flow(said)}   # guess: unaided, aided, or a third arm"]
            if any(k != v for k, v in said.items())
            else []
        )

    def _shows(self, look: Look) -> list[str]:
        """Return whose reading was shown in the aided arm, where there is one AI whose it can be."""
        column = look.columns.get("arm", "")
        met: list[str] = list(text_column(look.table[column]).dropna().unique()) if column in look.table else []
        others = [x for x in self.looks if x is not look and not x.readers and words.is_ai(x.path.stem)]
        if len(others) != 1 or not any(words.arm_of(str(word)) == "aided" for word in met):
            return []
        return [f"shows: {{aided: {_flow(others[0].path.stem)}}}   # guess: whose reading the readers were shown"]

    def _reader(self, reader: str, is_ai: bool) -> str:
        row: dict[str, object] = {"reader_id": reader}
        note = ""
        for file in self.readers_files:
            column = file.columns["reader_id"]
            at = (text_column(file.table[column]) == reader).to_numpy()
            if not at.any():
                continue
            for ours, theirs in file.columns.items():
                value = text_column(file.table[theirs])[at].iloc[0]
                if ours in READER_COLUMNS and ours != "reader_id" and isinstance(value, str):
                    row[ours] = value
        if "kind" in row:
            stated = str(row["kind"])
            row["kind"] = words.kind_of(stated) or _slug(stated).lower()
            note = f"   # guess: {stated!r}" if row["kind"] != stated else ""
        else:
            row["kind"] = "model" if is_ai else "reader"
            note = "   # guess" if is_ai else "   # say who it is: gp, cardiologist, resident, student, nurse, ..."
        if row["kind"] == "model":
            row["trained_on"] = ""
            row = {k: v for k, v in row.items() if v != ""}
        self.kinds.add(str(row["kind"]))
        return f"{_flow(row)}{note}"

    def _kinds(self) -> list[str]:
        """Return the kinds of readers that nobody knows; called after the panels are made."""
        unknown = sorted(self.kinds - set(READER_KINDS))
        if not unknown:
            return []
        said = {"reader": {"en": "reader", "en_many": "readers", "fr": "lecteur", "fr_many": "lecteurs"}}
        return [
            "kinds:",
            *(
                f"  {_flow(kind)}: {_flow(said.get(kind, {'en': kind, 'fr': kind}))}   # how they are called"
                for kind in unknown
            ),
        ]
