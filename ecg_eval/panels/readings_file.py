"""Readings from files: long or wide, one file or one a reader, in CSV, TSV, Parquet or Excel."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ecg_eval.domain.columns import number_column, text_column, text_of
from ecg_eval.domain.contracts import Panel, PanelReadings, PanelRequest
from ecg_eval.domain.joins import join
from ecg_eval.domain.reading import (
    ABSENT,
    AIDED,
    MANAGEMENT,
    PRESENT,
    READER_COLUMNS,
    UNAIDED,
    checked_readings,
    declared_arms,
    readers_table,
)
from ecg_eval.domain.result import left_out_table
from ecg_eval.errors import ConfigError, EcgEvalError, ProblemsError, ReadingsError, nearest, suggestion
from ecg_eval.tables.alike_ids import ALIKE, EXACT, RECORD_IDS, joined_alike
from ecg_eval.tables.answer_files import MISSING, AnswerFiles, LeftOut, Written, counts, one_line
from ecg_eval.tables.file_names import FileNames
from ecg_eval.tables.long_form import FILE, ROW, places, translated
from ecg_eval.tables.numbers import clocked
from ecg_eval.tables.order import positions
from ecg_eval.tables.table_files import file_problem
from ecg_eval.tables.unblinding import unblinded

_ABOUT_READERS = {name for name, dtype in READER_COLUMNS.items() if dtype == "float64"}
_NAMED = 10  # ids that one line names
HIGHEST = "highest"
# how scores became calls, in words that the report prints
BY_THRESHOLD = "calls made from its scores by a threshold that the study declared"
BY_HIGHEST = "calls made from its scores: the class with the highest"
BY_GRADE = "calls made from its grades"
_ONE_READING = ("record_id", "reader_id", "arm", "period")


class ReadingsFile(AnswerFiles, Panel):
    """Readings and readers from files.

    Parameters
    ----------
    path : Path
        A file, or a folder when `files` or `arm_files` names files in it.
    files : mapping of reader id to file name, optional
        One file a reader (wide form).
    arm_files : mapping of arm to file name, optional
        One file an arm, each with all its readers: `{unaided: first.xlsx, aided: second.xlsx}`.
    file_names : str, optional
        How the files of the folder `path` are called, without their ending, where names say whose answers they hold:
        `"{reader}_session{period}"`, `"{reader} {arm}"`; in braces reader, arm, period, session, a star for anything.
    record_id : str
        Column with the record id, or "row_number": the first data row is record 0.
    record_id_digits : int, optional
        How many digits the ids have, where a spreadsheet took their zeros: 7 of 5 digits is 00007.
    record_ids : str
        "exact", or "alike": an id that no recording has is taken for the one that is written otherwise in capitals,
        blanks, marks, leading zeros, a `.0` or a file's ending alone. How many these are is said, and which.
    reader_id : str
        Column with the reader id.
    columns : mapping, optional
        Our name of a column -> its name in the file: `{seconds: lead_time, finding: question, reading: answer}`.
    finding_columns : str, optional
        A pattern for the columns of findings of a wide file, its star the finding: `LABEL[*]`, `dx___*`.
    headers : str, optional
        How headers of wide columns are made, where they name more than a finding: `"{reader}"`,
        `"{record} [{finding}]"`; in braces record, reader, finding, arm, period.
    finding : str, optional
        The one finding that all answers are about, where the file names none: a column a reader, or a recording
        (`headers: "{reader}"`), or a row an answer.
    beside : mapping, optional
        Of a wide file with a column beside each finding's, our column -> how their headers are made:
        `{confidence: "{finding}_confidence", seconds: "time {finding}"}`.
    ignore : sequence of str, optional
        Columns that are not read; their cells are counted among what was left out.
    separator : str, optional
        What stands between several findings in one cell of the column `finding`, of `listed`, or of a choice.
    listed : str, optional
        A column whose cells list the findings that are present, and hold no other answer.
    unmentioned : str
        With `listed`: what a finding is that a cell does not list, "missing" or "absent". Asked are the findings that
        occur anywhere in the column, and those of `findings`; a blank cell answers nothing.
    choice : str, optional
        A column whose cells name the class that was chosen: it is present, the other classes (all that any cell names,
        and those of `findings`) absent. A blank cell answers nothing; two classes with a `separator` between are two
        ticks, which `exclusive:` of the run lists.
    spelling : str
        How findings are spelled: "canonical" (codes of the vocabulary) or a scheme ("scp", "snomed_ct", ...).
    findings : mapping, optional
        The file's own spelling of a finding -> code; goes before `spelling`.
    untranslated : str, optional
        What becomes of a word for a finding that has no translation, and of a column that has no meaning: "refuse" the
        file, naming them, or "list" them among what was left out, with the number of their readings; "refuse" without
        a preset, "list" with one. Nothing is dropped in silence.
    cells : str
        What the columns of findings of a wide file hold: "reading" (an answer), "score" (a number, such as a model's
        probability; no threshold is made up, so that scores alone are ranked and never called without `threshold`) or
        "choice" (with `headers` that name no finding: the class that was chosen).
    threshold : float, mapping of finding to float, or "highest", optional
        From which score on a reader without words calls a finding present; "highest" calls the one of a recording's
        findings with the highest score (classes of which each recording has one), equal ones all.
    grades : sequence, optional
        The words of ordinal answers, the lowest first (`[excluded, unlikely, possible, likely, certain]`, `[0, 1, 2]`):
        they become scores from 0 to 1, equally spaced.
    present_from : optional
        The lowest of the grades that counts as present; without it grades are scores alone.
    words : mapping, optional
        The file's own words -> present, absent, uncertain, refer, missing.
    management_words : mapping, optional
        The file's own words for what would be done (column `management`) -> nothing, follow_up, refer, ambulance,
        missing.
    readers : Path or list of mappings
        The readers file, or its rows: `reader_id`, `kind`, ...
    arm : str
        Arm of all readings when there is no column `arm`.
    arms : mapping, optional
        The file's own words for arms -> unaided, aided, or the name of a third arm; with the AI that helped in it,
        `{arm: aided, by: my_model}` (`shows` says so too, and fills in what it showed).
    periods : mapping, optional
        The file's own words for periods -> 1, 2, ...
    ordered_by : str, optional
        A column of dates, times or numbers that gives each recording's `position` among those of its reader, arm and
        period.
    date_format : str, optional
        Of that column where it is not ISO 8601, as Python writes it (`"%d/%m/%Y %H:%M"`). Without it, dates are read in
        the one way that reads all of them, which is said; where days may be months, they are refused.
    shows : mapping, optional
        Arm -> the reader of the study (in any file, or a model) whose reading was shown in it: fills `ai_reading`.
    preset : str, optional
        A program's own format: "answer_sheets" (of `ecg-eval plan materials`, filled in), "redcap", "label_studio",
        "grand_challenge" or "challenge". No other mapping is needed.
    key : Path, optional
        The key of a schedule: ids in the file are blinded, and the key says the recording, reader, arm, period and
        position of each.
    encoding, decimal, sheet
        As ``read_table`` takes them.
    """

    def __init__(
        self,
        *,
        path: Path,
        readers: Path | Sequence[Mapping[str, object]],
        files: Mapping[str, str] | None = None,
        arm_files: Mapping[str, str] | None = None,
        file_names: str | None = None,
        record_id: str = "record_id",
        record_id_digits: int | None = None,
        record_ids: str = EXACT,
        reader_id: str = "reader_id",
        columns: Mapping[str, str] | None = None,
        finding_columns: str | None = None,
        headers: str | None = None,
        finding: str | None = None,
        beside: Mapping[str, str] | None = None,
        ignore: Sequence[str] = (),
        separator: str | None = None,
        listed: str | None = None,
        unmentioned: str = "missing",
        choice: str | None = None,
        spelling: str = "canonical",
        findings: Mapping[str, str] | None = None,
        untranslated: str | None = None,
        cells: str = "reading",
        threshold: float | str | Mapping[str, float] | None = None,
        grades: Sequence[object] = (),
        present_from: object = None,
        words: Mapping[str, str] | None = None,
        management_words: Mapping[str, str] | None = None,
        arm: str = UNAIDED,
        arms: Mapping[str, str | Mapping[str, str]] | None = None,
        periods: Mapping[str, int] | None = None,
        ordered_by: str | None = None,
        date_format: str | None = None,
        shows: Mapping[str, str] | None = None,
        preset: str | None = None,
        key: Path | None = None,
        encoding: str = "utf-8-sig",
        decimal: str = ".",
        sheet: str | None = None,
    ) -> None:
        if finding_columns is not None:
            if finding_columns.count("*") != 1:
                rule = "a pattern with one star for the finding"
                raise ConfigError(self.name, "finding_columns", rule, finding_columns, "For example dx___*.")
            headers = finding_columns.replace("*", "{finding}")
        written = Written(
            record_id=record_id,
            record_id_digits=record_id_digits,
            reader_id=reader_id,
            arm=arm,
            columns=columns or {},
            headers=headers,
            finding=finding,
            beside=beside or {},
            ignore=ignore,
            separator=separator,
            listed=listed,
            choice=choice,
            unmentioned=unmentioned,
            spelling=spelling,
            findings=findings or {},
            untranslated=untranslated or ("refuse" if preset is None else "list"),
            cells=cells,
            words=words or {},
            grades=grades,
            present_from=present_from,
            encoding=encoding,
            decimal=decimal,
            sheet=sheet,
            preset=preset,
            further=() if ordered_by is None else (text_of(ordered_by),),
        )
        declared = {text_of(k): v for k, v in (arms or {}).items()}
        self.arms, self.aided_by = declared_arms(declared, who=self.name)
        self.periods = {text_of(k): str(v) for k, v in (periods or {}).items()}
        words_for_arms = dict.fromkeys([UNAIDED, AIDED, *self.arms, *self.arms.values()])
        names = (
            FileNames(text_of(file_names), self.name, arms=list(words_for_arms), periods=list(self.periods))
            if file_names is not None
            else None
        )
        super().__init__(self.name, path, files or {}, written, arm_files=arm_files, file_names=names)
        if isinstance(threshold, str) and threshold != HIGHEST:
            raise ConfigError(self.name, "threshold", "a number, one a finding, or highest", threshold)
        if record_ids not in RECORD_IDS:
            remedy = suggestion(record_ids, RECORD_IDS)
            raise ConfigError(self.name, "record_ids", f"one of {', '.join(RECORD_IDS)}", record_ids, remedy)
        self.readers_source, self.threshold, self.key = readers, threshold, key
        self.joins_alike = record_ids == ALIKE
        self.management_words = {text_of(k).casefold(): str(v) for k, v in (management_words or {}).items()}
        self.ordered_by, self.date_format = ordered_by, date_format
        self.shows = {str(k): text_of(v) for k, v in (shows or {}).items()}

    def problems(self) -> list[EcgEvalError]:
        """Return files that are missing or of an unknown kind, and words and codes that mean nothing."""
        problems = super().problems()
        for word, meaning in self.management_words.items():
            if meaning not in (*MANAGEMENT, MISSING):
                remedy = suggestion(meaning, (*MANAGEMENT, MISSING))
                where = f"{self.name}.management_words.{word}"
                problems.append(ConfigError(where, "meaning", "what would be done", meaning, remedy))
        for path in (self.readers_source, self.key):
            if isinstance(path, Path) and (problem := file_problem(path)) is not None:
                problems.append(problem)
        return problems

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of every file read."""
        digests = super().digests()
        for path in (self.readers_source, self.key):
            if isinstance(path, Path) and path.is_file():
                digests[os.path.relpath(path, self._base)] = hashlib.sha256(path.read_bytes()).hexdigest()
        return digests

    def read(self, request: PanelRequest) -> PanelReadings:
        """Return the readings of the records and findings asked for; what else the files hold is counted as left out.

        Raises
        ------
        ProblemsError
            Naming rows, with the nearest valid name, for unknown words, records, readers and findings: one line a
            fault, the most harmful first.
        """
        readers = self._readers()
        left_out: LeftOut = []
        raw, is_long = self._read_all(left_out)
        problems: list[EcgEvalError] = []
        if self.key is not None:
            raw, problems = unblinded(raw, self.read_table(self.key), who=str(self.key))
        problems += self._strangers(raw, readers, request, left_out)
        raw = self._codes(raw, problems, left_out, keep_strange=is_long)
        raw = self._with_arms(raw, problems)
        if "period" in raw and self.periods:
            raw["period"] = text_column(raw["period"], lambda word: self.periods.get(word, word))
        for column in ("reading", "ai_reading"):
            if column in raw:
                raw[column] = self._answers(raw, column, problems)
        if "management" in raw:
            raw["management"] = self._management(raw, problems)
        if "seconds" in raw:
            # a time of a whole row stands beside each of its findings; one beside each finding is a cell of its own
            apart = [FILE, ROW, *(["finding"] if "seconds" in self.beside else [])]
            raw["seconds"], notes = clocked(raw["seconds"], raw[apart])
            left_out += notes
        if self.ordered_by is not None:
            raw["position"], ways = positions(raw, text_of(self.ordered_by), self.date_format)
            left_out += [("", "", "readings", way) for way in ways]
            raw = raw.drop(columns=text_of(self.ordered_by))
        if self.threshold is not None:
            raw["reading"] = self._called(raw)
        if self.threshold is not None or self.written.present_from is not None:
            readers = self._describing(readers, raw)
        return self._asked_for(raw, readers, request, problems, left_out)

    def _management(self, raw: pd.DataFrame, problems: list[EcgEvalError]) -> pd.Series:
        """Return what would be done, in our words; a word that nobody explained is refused."""
        meanings = {**{word.casefold(): word for word in MANAGEMENT}, MISSING: "", **self.management_words}

        def meaning(word: str) -> str | None:
            action = meanings.get(word.strip().casefold())
            return "" if action == MISSING else action

        made, strange = translated(raw["management"], meaning)
        if strange:
            first = next(iter(strange))
            remedy = f"Say what it is: `management_words: {{{first}: refer}}`."
            problems.append(one_line(raw, strange, "management", f"one of {', '.join(MANAGEMENT)}", remedy))
        return made

    def _describing(self, readers: pd.DataFrame, raw: pd.DataFrame) -> pd.DataFrame:
        """Return the readers, those with scores with the rule that made calls of them: the report prints it."""
        if self.written.present_from is not None:
            rule = f"{BY_GRADE}; grades {', '.join(self.grades)}; present from {self.written.present_from}"
        elif self.threshold == HIGHEST:
            rule = BY_HIGHEST
        else:
            threshold = self.threshold
            threshold_text = (
                ", ".join(f"{k} {v:g}" for k, v in threshold.items())
                if isinstance(threshold, Mapping)
                else f"{threshold:g}"
            )
            rule = f"{BY_THRESHOLD}; threshold {threshold_text}"
        scoring = set(text_column(raw["reader_id"])[raw["score"].notna().to_numpy()].dropna())
        about = readers["description"]
        stated = about.where(about.isna(), about + "; ").fillna("") + rule
        return readers.assign(description=about.where(~readers.index.isin(list(scoring)), stated))

    def _strangers(
        self, raw: pd.DataFrame, readers: pd.DataFrame, request: PanelRequest, left_out: LeftOut
    ) -> list[EcgEvalError]:
        """Return records and readers that nobody knows, after ids that are written otherwise were joined."""
        index = request.records.index if request.known_records is None else request.known_records
        record_ids = [str(name) for name in index]
        twice: list[ReadingsError] = []
        if self.joins_alike:
            raw["record_id"], notes, twice = joined_alike(raw, record_ids)
            left_out += [("", "", "readings", note) for note in notes]
        return [
            *twice,
            *self._unknown(raw, "record_id", record_ids, "the recordings"),
            *self._unknown(raw, "reader_id", [str(name) for name in readers.index], "the readers"),
        ]

    def _unknown(self, raw: pd.DataFrame, name: str, ids: list[str], whose: str) -> list[EcgEvalError]:
        """Return the ids of a column that are not among those known, in one line."""
        column = raw[name] = text_column(raw[name])
        used = column.cat.categories[np.unique(column.cat.codes.to_numpy()[column.notna().to_numpy()])]
        match = join(used, ids)
        if not match.unmatched:
            return []
        where = places(raw, column.isin(list(match.unmatched)).to_numpy())
        got = list(match.unmatched[:_NAMED]) if len(match.unmatched) > 1 else match.unmatched[0]
        rule = f"known ({match.counts('the file', whose)})"
        how = " Or declare that they are the same: `record_ids: alike`." if name == "record_id" and match.near else ""
        return [ReadingsError(where, name, rule, got, match.remedy(ids) + how)]

    def _readers(self) -> pd.DataFrame:
        if isinstance(self.readers_source, Path):
            frame = self.read_table(self.readers_source, numbers=_ABOUT_READERS.__contains__)
            return readers_table(frame, who=str(self.readers_source))
        return readers_table(pd.DataFrame([dict(r) for r in self.readers_source]), who="readings_file.readers")

    def _with_arms(self, raw: pd.DataFrame, problems: list[EcgEvalError]) -> pd.DataFrame:
        """Return the readings with their arms by what they are; a word that nobody explained is refused.

        Its rows are looked at no further: taken for the usual arm, each would contradict the reading that is there.
        """
        declared = {UNAIDED, AIDED, self.arm, *self.arms.values()}

        def meaning(word: str) -> str | None:
            return self.arms.get(word, word if word in declared else None)

        arms, strange = translated(raw["arm"], meaning)
        if strange:
            first = next(iter(strange))
            near = nearest(first, [UNAIDED, AIDED])
            advice = "Say what it is" if near is None else f"Did you mean {near!r}? If so mend the rows, or say"
            remedy = f"{advice}: `arms: {{{first}: {near or AIDED}}}`."
            problems.append(one_line(raw, strange, "arm", "unaided, aided, or named in `arms:`", remedy))
        raw = raw.assign(arm=arms)
        for rows in strange.values():
            raw = raw.loc[~pd.Series(rows, index=arms.index).reindex(raw.index)]
        return raw

    def _called(self, raw: pd.DataFrame) -> pd.Series:
        """Return the answers, with those that a declared threshold makes of scores without a word."""
        if "score" not in raw:
            raise ConfigError(
                self.name, "threshold", "used where there are scores", self.threshold, "Say `cells: score`."
            )
        scores, _ = number_column(raw["score"])
        if self.threshold == HIGHEST:
            keys = [raw[c].astype(object).where(raw[c].notna(), "") for c in _ONE_READING if c in raw]
            limit = pd.Series(scores, index=raw.index).groupby(keys).transform("max").to_numpy(dtype=float)
        elif isinstance(self.threshold, Mapping):
            codes = {self._code(text_of(word)) or text_of(word): float(v) for word, v in self.threshold.items()}
            there = list(raw["finding"].cat.categories)
            for code in codes:
                if code not in there:
                    raise ConfigError(self.name, "threshold", "of findings in the file", code, suggestion(code, there))
            limit = raw["finding"].astype(object).map(codes).to_numpy(dtype=float)
        else:
            limit = np.full(len(raw), float(self.threshold or 0.0))
        silent = raw["reading"].isna().to_numpy() & ~np.isnan(scores) & ~np.isnan(limit)
        answers = raw["reading"].astype(object).to_numpy(copy=True)
        answers[silent] = np.where(scores[silent] >= limit[silent], PRESENT, ABSENT)
        return text_column(pd.Series(answers, index=raw.index, dtype=object))

    def _asked_for(
        self,
        raw: pd.DataFrame,
        readers: pd.DataFrame,
        request: PanelRequest,
        problems: list[EcgEvalError],
        left_out: LeftOut,
    ) -> PanelReadings:
        """Keep the records and findings of this run; count the rest.

        Raises
        ------
        ProblemsError
            With the problems found before, and those of the readings themselves.
        """
        rows = pd.Index(raw[ROW])
        if len(self._sources) > 1:
            rows = pd.Index(raw[FILE].astype(str) + " " + raw[ROW].astype(str))
        try:
            made = checked_readings(
                raw.drop(columns=[FILE, ROW]), who=str(self.path), rows=rows, findings=request.findings
            )
        except ProblemsError as error:
            raise ProblemsError(str(self.path), [*problems, *error.problems]) from None
        if problems:
            raise ProblemsError(str(self.path), problems)
        table = made.table
        left_out += made.left_out
        here = table["record_id"].isin(list(request.records.index)).to_numpy()
        asked = table["finding"].isin(list(request.findings)).to_numpy()
        outside = table.loc[~here, ["reader_id", "record_id"]].drop_duplicates()["reader_id"]
        for reader, n in counts(outside).items():
            left_out.append(("", reader, "readings", f"{n} recordings read that are not in the test split"))
        other = table.loc[here & ~asked, ["reader_id", "finding"]]
        for finding in other["finding"].unique():
            for reader, n in counts(other["reader_id"][(other["finding"] == finding).to_numpy()]).items():
                left_out.append(("", reader, "readings", f"{n} readings of {finding}, which is not asked for"))
        asked_for = table if (here & asked).all() else table[here & asked].reset_index(drop=True)
        have = set(asked_for["reader_id"].unique())
        silent = [r for r in readers.index if r not in have]
        left_out += [("", r, "readers", "no reading of any record and finding asked for") for r in silent]
        helped = {arm: ai for arm, ai in (self.shows | self.aided_by).items() if arm in set(asked_for["arm"])}
        return PanelReadings(
            readings=asked_for,
            readers=readers.drop(index=silent),
            left_out=left_out_table(left_out),
            aided_by=helped,
            shows=self.shows,
        )
