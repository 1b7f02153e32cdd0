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
from ecg_eval.domain.joins import join
from ecg_eval.domain.reading import READER_COLUMNS, READER_KINDS, READING_COLUMNS
from ecg_eval.errors import ArgumentError, EcgEvalError, InputFileError
from ecg_eval.pipeline.drafting import words
from ecg_eval.pipeline.drafting.file_names import Named, named_alike
from ecg_eval.pipeline.drafting.ids import give_back_zeros, of_the_same_recordings, refuse_strangers, same_ids
from ecg_eval.pipeline.drafting.keys import without_schedules
from ecg_eval.pipeline.drafting.layouts import without_lying
from ecg_eval.pipeline.drafting.look import Look, classes_of, looks_at, tables_in
from ecg_eval.tables.answer_files import WORDS

WHO = "ecg-eval import"
_SEPARATORS = (";", "|", "/", "+", "&", ",")
_OWN = "   # guess: the study's own; `broader: [MI]` says of which finding it is a part (ecg-eval list findings)"
_HIGHEST = "threshold: highest   # guess: of classes that exclude one another, the one with the highest score"
_THRESHOLD = (
    "# threshold: 0.5   # without one scores are ranked and nothing is called; say it where it was fixed before"
)
_OF_CLASSES = ("class_accuracy", "class_kappa")
_OF_RECORDINGS = ("fold", "site", "device", "sampling_weight", "sampling_stratum")  # that a dataset reads by name
_NAMED = 10  # that one line names
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
    tables, not_looked_at = tables_in([Path(p) for p in paths])
    notes += not_looked_at
    for path in tables:
        if not path.exists():
            raise InputFileError(WHO, str(path), "an existing file or folder")
        try:
            looks += looks_at(path)
        except EcgEvalError as error:
            notes.append(f"{path.name} was not read: {error}")
    notes += [note for look in looks for note in look.notes]
    looks, of_schedules = without_schedules(looks)
    notes += of_schedules
    who = [look for look in looks if look.is_readers_file]
    looks, not_drafted = without_lying(looks)
    notes += not_drafted
    _lay_out([look for look in looks if look not in who])
    answers = [look for look in looks if look not in who and (look.wide or look.words or look.preset)]
    silent = [look for look in looks if look not in who and look not in answers]
    notes += [f"{look.table_name} holds no answer that was understood" for look in silent]
    give_back_zeros(answers)
    parts = of_the_same_recordings(answers)
    if not parts:
        got = [look.path.name for look in looks] or [str(p) for p in paths]
        raise InputFileError(WHO, "files", "tables of answers", got, " ".join(notes))
    names = [out] if len(parts) == 1 else [out.with_stem(f"{out.stem}-{_called(part)}") for part in parts]
    taken = [str(name) for name in names if name.exists()]
    if taken:
        raise InputFileError(WHO, "--out", "a new file", taken, "It may hold your edits: name another, or delete it.")
    drafts = []
    studies = [_Study(part, who, name) for part, name in zip(parts, names, strict=True)]
    about = {look.table_name: made.codes_of(look) for made in studies for look in made.looks}
    refuse_strangers(parts, about, WHO)
    for part, name, made in zip(parts, names, studies, strict=True):
        if not made.codes:
            files_named = ", ".join(look.path.name for look in part)
            notes.append(f"{files_named}: answers, and no finding that they are about; no study was drafted of it")
            continue
        drafts.append(Draft(name, made.text(), [*notes, *made.notes]))
    if not drafts:
        raise InputFileError(WHO, "files", "tables of answers about findings", remedy=" ".join(notes))
    met = {name for made in studies for name in made.met}
    for file in who:
        others = [name for name in file.readers if (file.table_name, name) not in met]
        if others:
            few = ", ".join(map(repr, others[:_NAMED]))
            drafts[0].notes.append(
                f"{len(others)} of the {len(file.readers)} readers of {file.table_name} have no answers: {few}"
            )
    out.parent.mkdir(parents=True, exist_ok=True)
    for draft in drafts:
        draft.path.write_text(draft.text, encoding="utf-8")
    return drafts


def _lay_out(looks: Sequence[Look]) -> None:
    """Say what headers name, now that the ids of all files are known, and note recordings and readers in them."""
    ids = {name for look in looks for name in look.ids}
    for look in looks:
        if look.parts:
            firsts, seconds = ({pair[i] for pair in look.parts.values()} for i in (0, 1))
            if len(firsts) == 1:
                continue
            if look.finding_first:
                look.readers = [] if "reader_id" in look.columns or seconds & ids else sorted(seconds)
            elif firsts & ids or ("reader_id" in look.columns and "record_id" not in look.columns):
                look.ids = sorted(firsts)
            elif not seconds & ids:
                look.readers = sorted(firsts)
        elif look.wide and len(ids & set(look.wide)) * 2 > len(look.wide):
            if "finding" not in look.columns and "reader_id" not in look.columns and "record_id" in look.columns:
                look.columns["reader_id"] = look.columns.pop("record_id")
                look.readers = [str(v) for v in text_column(look.table[look.columns["reader_id"]]).dropna().unique()]
            look.ids = list(look.wide)
        elif look.cells == "choice" and len(look.wide) > 1:
            look.readers = [name for name in look.wide if name != look.truth]


def _called(part: Sequence[Look]) -> str:
    """Return what the files of a study have in common in their names, or the first of them."""
    stems = [look.called for look in part]
    n = next((i for i, letters in enumerate(zip(*stems, strict=False)) if len(set(letters)) > 1), min(map(len, stems)))
    shared = _slug(stems[0][:n]).lower()
    return shared if len(shared) >= 3 else _slug(stems[0]).lower()


def _slug(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_") or "X"


def _one_and_many(word: str) -> dict[str, str]:
    """Return what one and several readers of a kind are called, in both languages, from the files' word."""
    many = word if word.endswith("s") else f"{word}s"
    return {"en": word, "en_many": many, "fr": word, "fr_many": many}


def _flow(value: object) -> str:
    """Write a value on one line of YAML, of which JSON is a part."""
    return json.dumps(value, ensure_ascii=False)


def _ordered(look: Look) -> list[str]:
    """Return the column of dates that orders readings, and how they are written, where they are not ISO 8601."""
    lines = [f"ordered_by: {_flow(look.ordered_by)}   # guess: when each was read"]
    ways = [_flow(way) for way in look.date_formats]
    if len(ways) == 1:
        lines.append(f"date_format: {ways[0]}   # guess: the one way that reads all of them")
    elif ways:
        lines.append(f"# date_format: {' or '.join(ways)}   # say which: days may be months here")
    return lines


class _Study:
    """One study in the making."""

    def __init__(self, looks: list[Look], readers: list[Look], out: Path) -> None:
        self.looks, self.readers_files, self.out = looks, readers, out
        self.root = Path(os.path.commonpath([str(look.path.resolve().parent) for look in looks]))
        self.notes: list[str] = []
        self.codes: dict[str, str] = {}  # the files' word for a finding -> code
        self.own: dict[str, str] = {}  # code -> name
        self.exclusive: list[str] = []
        self.kinds: dict[str, str] = {}  # kind -> the files' words for it
        self.met: set[tuple[str, str]] = set()  # readers of a readers file that have answers
        for look in looks:
            self._name_findings(look)
        self.truth = self._truth()
        if self.truth is not None:
            self.truth.unread = [name for name in self.truth.unread if name not in _OF_RECORDINGS]
        self.unjudged = self._without_truth()

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
        lines += [*self._metrics(), "report: {languages: [en, fr]}"]
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
        if look.cells == "choice" and not look.is_list:
            self.exclusive += [self.codes[w] for w in self._finding_words(look) if self.codes[w] not in self.exclusive]

    def codes_of(self, look: Look) -> set[str]:
        """Return the codes of the findings that a file is about."""
        return {self.codes[word] for word in self._finding_words(look)}

    def _without_truth(self) -> set[str]:
        """Return the findings that a planned study asked about and its truth does not speak of."""
        if self.truth is None or not any(look.key for look in self.looks):
            return set()
        judged = self.codes_of(self.truth)
        return set(self.codes.values()) - judged if judged else set()

    def _finding_words(self, look: Look) -> list[str]:
        if look.finding:
            return [look.finding]
        if look.preset or "finding" in look.columns:
            column = look.columns.get("finding", "")
            return [str(v) for v in text_column(look.table[column]).dropna().unique()] if column in look.table else []
        if look.cells == "choice":
            parts = [part for named in classes_of(look.words).values() for part in named]
            return [part for part in dict.fromkeys(parts) if words.answer_of(part) is None]
        if look.parts:
            return list(dict.fromkeys(look.parts[name][self._place(look, "finding")] for name in look.wide))
        return [] if self._are_records(look) else list(look.wide)

    def _findings(self) -> list[str]:
        lines = ["findings:"]
        for code in dict.fromkeys(self.codes.values()):
            if code in self.unjudged:
                lines.append(f"  # - {code}   # asked of readers, and not in the truth: add its column there")
            elif code in self.own:
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

    def _metrics(self) -> list[str]:
        """Return the questions that a single choice asks beside the usual ones."""
        if len(self.exclusive) < 2:
            return []
        classes = _flow(self.exclusive)
        asked = [f"  - {{name: {name}, findings: {classes}}}" for name in _OF_CLASSES]
        return ["metrics:   # the usual ones, and accuracy and agreement of the single choice", "  - default", *asked]

    def _mapping(self, look: Look) -> list[str]:
        used = {word: self.codes[word] for word in self._finding_words(look) if self.codes[word] != word}
        return [f"findings: {_flow(used)}   # guess: their words for findings"] if used else []

    # ---- layout

    def _are_records(self, look: Look) -> bool:
        return bool(look.wide) and not look.parts and set(look.wide) == set(look.ids)

    def _place(self, look: Look, what: str) -> int:
        """Return which of two parts of headers names a finding: the second, but where it is a recording or a reader."""
        seconds = {pair[1] for pair in look.parts.values()}
        ids = {name for other in self.looks if other is not look for name in other.ids}
        first = 0 if look.finding_first or seconds & ids else 1
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
            is_record = "record_id" not in look.columns and (look.ids or "reader_id" in look.columns)
            other = "record" if is_record else "reader"
            fields = (
                ["{finding}", f"{{{other}}}"] if finding == 0 else [first if alone else f"{{{other}}}", "{finding}"]
            )
            return [f"headers: {_flow(fields[0] + middle + fields[1] + end)}   # guess: what the names of columns say"]
        if self._are_records(look):
            return ['headers: "{record}"   # guess: one column a recording']
        if look.finding:
            return ['headers: "{reader}"   # guess: one column a reader']
        if look.cells == "choice" and len(look.wide) > 1:
            return ['headers: "{reader}"   # guess: one column a reader']
        return []

    def _written(self, look: Look, *, also: Sequence[str] = ()) -> list[str]:
        """Return the options that a file's columns and words ask for."""
        lines = [f"preset: {look.preset}"] if look.preset else []
        if look.key is not None:
            key = _flow(os.path.relpath(look.key.resolve(), self.root))
            lines.append(f"key: {key}   # ids are blinded: it says which recording, reader and arm each is")
        lines += [f"{key}: {_flow(value)}" for key, value in look.options.items()]
        if look.preset:
            return [*lines, *self._mapping(look), *self._answer_words(look)]
        id_column = look.columns.get("record_id", "record_id")
        lines += [f"record_id: {_flow(id_column)}"] if id_column != "record_id" else []
        if look.cells == "choice" and len(look.wide) == 1 and not self._are_records(look):
            if look.is_list:
                lines.append(f"listed: {_flow(look.wide[0])}   # guess: each cell lists what is present")
                lines.append("unmentioned: absent   # guess: what a cell does not list is absent")
            else:
                lines.append(f"choice: {_flow(look.wide[0])}   # guess: each cell names the one class that was chosen")
        lines += self._headers(look)
        lines += [f"finding: {_flow(look.finding)}   # guess: all answers are about it"] if look.finding else []
        if look.cells == "score":
            lines.append("cells: score")
        elif look.cells == "choice" and (len(look.wide) > 1 or self._are_records(look)):
            lines.append("cells: choice")
        separator = self._separator(look) if look.cells == "choice" else ""
        lines += [f"separator: {_flow(separator)}   # guess: several answers in one cell"] if separator else []
        if look.ordered_by:
            lines += _ordered(look)
        lines += [f"beside: {_flow(look.beside)}   # guess: what stands beside each finding"] if look.beside else []
        ignored = [*look.unread, *also]
        lines += [f"ignore: {_flow(ignored)}   # guess: no answers; their cells are counted"] if ignored else []
        return [*lines, *self._mapping(look), *self._answer_words(look)]

    def _separator(self, look: Look) -> str:
        """Return what stands between classes that were ticked together; cells with another mark are named."""
        twice = [word for word, named in classes_of(look.words).items() if len(named) > 1]
        marks = {word: next(mark for mark in (*_SEPARATORS, " ") if mark in word) for word in twice}
        separator = next((mark for mark in (*_SEPARATORS, " ") if mark in marks.values()), "")
        if others := [word for word, mark in marks.items() if mark != separator]:
            few = ", ".join(map(repr, others[:_NAMED]))
            self.notes.append(f"{look.table_name}: {few} are two classes, not joined by {separator!r}: write all alike")
        return separator.strip()

    def _answer_words(self, look: Look) -> list[str]:
        if look.grades:
            return [
                f"grades: {_flow(look.grades)}   # guess: ordinal answers, the lowest first",
                f"# present_from: {_flow(look.grades[-2])}   # from which grade on a finding is present; without it "
                "grades are ranked, and nothing is called",
            ]
        met = {word: answer for word in look.words if (answer := words.answer_of(word) or look.meant.get(word))}
        meanings = {word: answer for word, answer in met.items() if WORDS.get(word.casefold()) != answer}
        lines = (
            [f"words: {_flow(meanings)}   # guess: what their words mean"] if meanings and look.cells != "score" else []
        )
        strange = [w for w in look.words if w not in met] if look.cells == "reading" else []
        return lines + ([f"# words that were not understood: {_flow(strange)}"] if strange else [])

    # ---- truth, readers, AI

    def _truth(self) -> Look | None:
        """Return the file that holds the truth."""
        inside = [look for look in self.looks if look.truth]
        named = [look for look in self.looks if words.is_truth(look.called) and look.cells != "score"]
        silent = [
            look
            for look in self.looks
            if not look.preset and look.cells != "score" and not look.readers and not words.is_ai(look.called)
        ]
        others = len(self.looks) > 1
        return next(iter([*inside, *named, *(silent if len(silent) == 1 and others else [])]), None)

    @property
    def _recordings(self) -> Look:
        """Return the file that says which recordings there are."""
        tables = (look for look in self.looks if "record_id" in look.columns and not look.preset)
        return self.truth or next(tables, self.looks[0])

    def _dataset(self) -> list[str]:
        look = self.truth
        if look is None:
            source = self._recordings
            if "record_id" in source.columns and not source.preset:
                id_column = source.columns["record_id"]
                name = f", record_id: {_flow(id_column)}" if id_column != "record_id" else ""
                name += "".join(f", {key}: {_flow(value)}" for key, value in source.options.items())
                table = f"name: study_table, path: {_flow(self._path(source))}{name}, truth: false"
                return [f"dataset: {{{table}}}   # its recordings alone"]
            if source.key is not None:
                key = _flow(os.path.relpath(source.key.resolve(), self.root))
                table = f"name: study_table, path: {key}, truth: false, untranslated: list"
                return [f"dataset: {{{table}}}   # the recordings of the schedule's key"]
            table = f"name: study_table, path: {_flow(self._path(source))}, preset: {source.preset}, truth: false"
            return [f"dataset: {{{table}}}"]
        lines = [
            "dataset:   # which recordings there are, and the truth",
            "  name: study_table",
            f"  path: {_flow(self._path(look))}   # guess: the truth",
        ]
        about = {ours: theirs for ours, theirs in look.columns.items() if ours in _ABOUT and ours != theirs}
        if look.truth:
            others = [name for name in look.wide if name != look.truth]
            id_column = look.columns.get("record_id", "record_id")
            lines += [f"  {key}: {_flow(value)}" for key, value in look.options.items()]
            lines += [
                f"  record_id: {_flow(id_column)}",
                f"  choice: {_flow(look.truth)}   # guess: the column of the truth",
            ]
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
        lines: list[str] = []
        alike: dict[str, list[Look]] = {}
        for look in self.looks:
            if look is self.truth and not look.truth:
                continue
            has_readers = look.readers or look.preset
            layout = [sorted(look.columns.items()), look.wide, look.cells, look.grades, sorted(look.options.items())]
            key = f"{look.path} {look.sheet}" if has_readers else _flow(layout)
            if self._names_arm(look):
                key = _flow(["a file an arm", str(look.path.parent), layout, sorted(look.readers)])
            elif look.readers and not look.preset and not look.sheet:
                key = _flow(["files of readers", str(look.path.parent), layout])
            alike.setdefault(key, []).append(look)
        for same in alike.values():
            named = self._named(same)
            if named is None and same[0].readers and len(same) > 1 and not self._names_arm(same[0]):
                for look in same:
                    lines += self._panel([look], None)
            else:
                lines += self._panel(same, named)
        if not lines:
            self.notes.append("no file of readings was found beside the truth")
            return ["panels: []   # no file of readings was found: name one here, or a model under `models:`"]
        return ["panels:", *lines]

    @staticmethod
    def _names_arm(look: Look) -> bool:
        """Whether the name of a file of several readers says in which arm they read."""
        return len(look.readers) > 1 and "arm" not in look.columns and words.arm_in(look.called) is not None

    def _named(self, same: Sequence[Look]) -> Named | None:
        """Return what the names of files of one layout say of reader, arm and session, where it is more than one."""
        look = same[0]
        arms = [words.arm_in(x.called) for x in same]
        is_file_an_arm = self._names_arm(look) and len(set(arms)) == len(arms)
        if look.sheet or look.preset or is_file_an_arm or {"arm", "period"} & set(look.columns):
            return None
        return named_alike([x.called for x in same], with_readers=bool(look.readers))

    def _panel(self, same: list[Look], named: Named | None) -> list[str]:
        look = same[0]
        is_ai = look.cells == "score" or (len(look.readers) < 2 and words.is_ai(look.called))
        lines = ["  - name: readings_file"]
        if named is not None:
            readers = list(named.readers) or list(dict.fromkeys(r for x in same for r in x.readers))
            id_column = look.columns.get("reader_id", "reader_id")
            lines += [
                f"    path: {_flow(os.path.relpath(look.path.resolve().parent, self.root))}",
                f"    file_names: {_flow(named.pattern)}   # guess: what the names of {len(same)} files say",
            ]
            lines += [f"    reader_id: {_flow(id_column)}"] if id_column != "reader_id" else []
            spoken = {word: words.arm_of(word) or word for word in named.arms}
            lines += [f"    arms: {_flow(spoken)}   # guess"] if any(k != v for k, v in spoken.items()) else []
            look.words = list(dict.fromkeys(word for x in same for word in x.words))
        elif look.readers or look.preset:
            readers = [r for r in look.readers if r != look.truth]
            if self._names_arm(look) and not look.sheet:
                files = {str(words.arm_in(x.called)): x.path.name for x in same}
                lines.append(f"    path: {_flow(os.path.relpath(look.path.resolve().parent, self.root))}")
                lines.append(f"    arm_files: {_flow(files)}   # guess: by the names of the files")
                look.words = list(dict.fromkeys(word for x in same for word in x.words))
            else:
                lines.append(f"    path: {_flow(self._path(look))}")
            id_column = look.columns.get("reader_id", "reader_id")
            lines += [f"    reader_id: {_flow(id_column)}"] if id_column != "reader_id" and not look.preset else []
        else:
            readers = [x.called for x in same]
            files = {x.called: x.path.name for x in same}
            lines += [
                f"    path: {_flow(os.path.relpath(look.path.resolve().parent, self.root))}",
                f"    files: {_flow(files)}   # guess: one file a reader, called as the file",
            ]
        lines += [f"    {line}" for line in same_ids([name for x in same for name in x.ids], self._recordings)]
        lines += [f"    {line}" for line in self._written(look, also=[look.truth] if look.truth else [])]
        lines += [f"    {line}" for line in [*self._columns(look), *self._arms(look), *self._shows(look)]]
        if look.cells == "score":
            if self.codes_of(look) <= set(self.exclusive):
                lines.append(f"    {_HIGHEST}")
            else:
                lines.append(f"    {_THRESHOLD}")
        rows = [self._reader(reader, is_ai or reader == look.ai or words.is_ai(reader)) for reader in readers]
        return [*lines, "    readers:", *(f"      - {row}" for row in rows)]

    def _columns(self, look: Look) -> list[str]:
        """Return our columns that are called otherwise there."""
        if look.preset:
            return []
        reading_columns = {
            k: v for k, v in look.columns.items() if k in READING_COLUMNS and k not in ("record_id", "reader_id")
        }
        return (
            [f"columns: {_flow(renamed)}   # guess"]
            if (renamed := {k: v for k, v in reading_columns.items() if k != v})
            else []
        )

    def _arms(self, look: Look) -> list[str]:
        column = look.columns.get("arm", "")
        if column not in look.table:
            return []
        met = [str(v) for v in text_column(look.table[column]).dropna().unique()]
        arm_words = {word: words.arm_of(word) or word for word in met}
        return (
            [f"arms: {_flow(arm_words)}   # guess: unaided, aided, or a third arm"]
            if any(k != v for k, v in arm_words.items())
            else []
        )

    def _shows(self, look: Look) -> list[str]:
        """Return whose reading was shown in the aided arm, where there is one AI whose it can be."""
        column = look.columns.get("arm", "")
        met: list[str] = list(text_column(look.table[column]).dropna().unique()) if column in look.table else []
        others = [x for x in self.looks if x is not look and len(x.readers) <= 1 and words.is_ai(x.called)]
        if len(others) != 1 or not any(words.arm_of(str(word)) == "aided" for word in met):
            return []
        name = next(iter(others[0].readers), others[0].called)
        return [f"shows: {{aided: {_flow(name)}}}   # guess: whose reading the readers were shown"]

    def _reader(self, reader: str, is_ai: bool) -> str:
        row: dict[str, object] = {"reader_id": reader}
        note = ""
        for file in self.readers_files:
            column = file.columns["reader_id"]
            named = join([reader], file.readers).near.get(reader, reader)
            at = (text_column(file.table[column]) == named).to_numpy()
            if not at.any():
                continue
            self.met.add((file.table_name, named))
            if named != reader:
                note = f"   # guess: {named!r} of {file.table_name}"
            for ours, theirs in file.columns.items():
                value = text_column(file.table[theirs])[at].iloc[0]
                if ours in READER_COLUMNS and ours != "reader_id" and isinstance(value, str):
                    row[ours] = value
        if "kind" in row:
            stated = str(row["kind"])
            row["kind"] = words.kind_of(stated) or _slug(stated).lower()
            self.kinds.setdefault(str(row["kind"]), stated)
            if row["kind"] != stated:
                note = f"{note}, {stated!r}" if note else f"   # guess: {stated!r}"
        else:
            row["kind"] = "model" if is_ai else "reader"
            note = "   # guess" if is_ai else "   # say who it is: gp, cardiologist, resident, student, nurse, ..."
        if row["kind"] == "model":
            row["trained_on"] = ""
            row = {k: v for k, v in row.items() if v != ""}
        self.kinds.setdefault(str(row["kind"]), str(row["kind"]))
        return f"{_flow(row)}{note}"

    def _kinds(self) -> list[str]:
        """Return the kinds of readers that nobody knows; called after the panels are made."""
        unknown = {kind: stated for kind, stated in sorted(self.kinds.items()) if kind not in READER_KINDS}
        if not unknown:
            return []
        kind_words = {"reader": {"en": "reader", "en_many": "readers", "fr": "lecteur", "fr_many": "lecteurs"}}
        named = {kind: kind_words.get(kind) or _one_and_many(word) for kind, word in unknown.items()}
        return [
            "kinds:",
            *(f"  {_flow(kind)}: {_flow(called)}   # guess: how they are called" for kind, called in named.items()),
        ]
