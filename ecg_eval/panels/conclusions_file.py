"""Readings from free text: what doctors concluded in their own words, in English, French or German.

A table of records, readers and conclusions (as people keep them, see ``readings_file``) becomes readings of the run's
findings. What a doctor who was asked for a conclusion did not name counts as absent where every word of it was
understood. Where some was not, what it does not mention is missing: it may stand in the words that were not understood.
Those words are named, conclusion by conclusion.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ecg_eval.domain.conclusions import TEXT_LANGUAGES, Conclusion, findings_in, readable
from ecg_eval.domain.contracts import PanelReadings, PanelRequest
from ecg_eval.domain.findings import descendants, opened_by, vocabulary
from ecg_eval.domain.reading import ABSENT, UNAIDED
from ecg_eval.domain.result import left_out_table
from ecg_eval.errors import ConfigError, EcgEvalError, InputFileError, ProblemsError, suggestion
from ecg_eval.panels.readings_file import ReadingsFile
from ecg_eval.tables.alike_ids import EXACT
from ecg_eval.tables.long_form import FILE, ROW, stack

UNMENTIONED = (ABSENT, "missing")
STAGE = "conclusions"

# what a row may hold besides its identity and its text; columns of the study's own are named as not read
_ALONG = ("arm", "period", "position", "confidence", "seconds", "comment")


class ConclusionsFile(ReadingsFile):
    """Readers' conclusions from files, one row a recording and reader.

    Parameters
    ----------
    path : Path
        A file, or a folder when `files` names files in it.
    language : str
        "en", "fr", "de", or "any" for mixed or unknown texts.
    readers : Path or list of mappings
        The readers file, or its rows: `reader_id`, `kind`, ...
    conclusion : str
        Column with the text. A blank one gives no readings.
    unmentioned : str
        What a finding is that a conclusion does not mention: "absent" (only where all of it was understood, and what
        it says does not leave the finding open, as "infarction" leaves its wall) or "missing".
    files, record_id, record_ids, reader_id, arm, encoding, sheet
        As ``readings_file`` takes them.
    """

    def __init__(
        self,
        *,
        path: Path,
        language: str,
        readers: Path | Sequence[Mapping[str, object]],
        conclusion: str = "conclusion",
        unmentioned: str = ABSENT,
        files: Mapping[str, str] | None = None,
        record_id: str = "record_id",
        record_ids: str = EXACT,
        reader_id: str = "reader_id",
        arm: str = UNAIDED,
        encoding: str = "utf-8-sig",
        sheet: str | None = None,
    ) -> None:
        for key, value, choices in (("language", language, TEXT_LANGUAGES), ("unmentioned", unmentioned, UNMENTIONED)):
            if value not in choices:
                rule = f"one of {', '.join(choices)}"
                raise ConfigError(f"{self.name}.{key}", "value", rule, value, suggestion(str(value), choices))
        super().__init__(
            path=path,
            readers=readers,
            files=files,
            record_id=record_id,
            record_ids=record_ids,
            reader_id=reader_id,
            arm=arm,
            encoding=encoding,
            sheet=sheet,
        )
        self.language, self.conclusion, self.unmentioned = language, conclusion, unmentioned

    def read(self, request: PanelRequest) -> PanelReadings:
        """Return what the conclusions say of the records and findings asked for; what was not understood is named.

        Raises
        ------
        ProblemsError
            For unknown records and readers, and two conclusions of one reader, recording, arm and period that differ.
        """
        readers = self._readers()
        notes: list[tuple[str, str, str, str]] = []
        parts = [self._identified(reader, arm, path, notes) for reader, arm, path in self._sources]
        for part, (_, _, path) in zip(parts, self._sources, strict=True):
            if self.conclusion not in part:
                rule = f"there ({self.conclusion!r})"
                there = [str(c) for c in part if c not in (FILE, ROW)]
                remedy = suggestion(self.conclusion, there) + " Name it with `conclusion:`."
                raise InputFileError(str(path), "column of the conclusion", rule, there, remedy)
        table = stack(parts)
        problems: list[EcgEvalError] = self._strangers(table, readers, request, notes)
        if problems:
            raise ProblemsError(str(self.path), problems)
        spoken = readable(self.language)
        findings = [code for code in request.findings if descendants(code) & spoken]
        columns = ["record_id", "reader_id", *(c for c in _ALONG if c in table), FILE, ROW]
        rows = [
            dict(zip(columns, row[:-1], strict=True)) | {"finding": code, "reading": answer}
            for row in table[[*columns, self.conclusion]].itertuples(index=False, name=None)
            if not pd.isna(row[-1]) and str(row[-1]).strip()
            for code, answer in self._said(findings_in(row[-1], language=self.language), findings).items()
        ]
        answers = pd.DataFrame(rows, columns=[*columns, "finding", "reading"])
        readings = self._asked_for(self._with_arms(answers, problems), readers, request, problems, notes)
        rules = self._rules(table, set(request.findings) - set(findings))
        mine = table[table["record_id"].isin(request.records.index)]
        parts = [rules, self._not_understood(mine), readings.left_out]
        return replace(readings, left_out=pd.concat(parts, ignore_index=True))

    def _said(self, conclusion: Conclusion, findings: Sequence[str]) -> dict[str, str]:
        """Return the answers to the findings asked for, silence taken as the configuration says."""
        answers = {code: conclusion.answers[code] for code in findings if code in conclusion.answers}
        if self.unmentioned == ABSENT and not conclusion.unread:
            left_open = _left_open(conclusion.answers)
            answers |= {code: ABSENT for code in findings if code not in answers and code not in left_open}
        return answers

    def _rules(self, table: pd.DataFrame, mute: set[str]) -> pd.DataFrame:
        """Return how the texts were read, for excluded.csv and the report: silence, mute findings, unread columns."""
        rule = "what a conclusion does not mention is missing"
        if self.unmentioned == ABSENT:
            rule = "what a conclusion does not mention is absent where all of it was understood, else missing"
        rows = [("", "", STAGE, rule)]
        rows += [("", "", STAGE, f"{code}: no phrase in the tables of this language says it") for code in sorted(mute)]
        columns_read = {"record_id", "reader_id", FILE, ROW, self.conclusion, *_ALONG}
        rows += [("", "", STAGE, f"column {column} is not read") for column in table if column not in columns_read]
        return left_out_table(rows)

    def _not_understood(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return one row a conclusion that is blank, or of which some words were not understood, with the words."""
        rows = []
        for record, reader, text in table[["record_id", "reader_id", self.conclusion]].itertuples(index=False):
            if pd.isna(text) or not str(text).strip():
                rows.append((str(record), str(reader), STAGE, "no conclusion"))
                continue
            unread = findings_in(text, language=self.language).unread
            if unread:
                words = ", ".join(f'"{stretch}"' for stretch in unread)
                rows.append((str(record), str(reader), STAGE, f"not understood: {words}"))
        return left_out_table(rows)


def _left_open(answers: Mapping[str, str]) -> frozenset[str]:
    """Return the findings that what was said neither states nor denies.

    An infarction without a wall has some wall, an inferior one without an age some age.
    """
    not_absent = {code for code, answer in answers.items() if answer != ABSENT}
    alone = [code for code in not_absent if not (descendants(code) - {code}) & not_absent]
    unsaid = (code for code, finding in vocabulary().items() if not_absent & set(finding.leaves_open))
    return frozenset(unsaid).union(*(opened_by(code) for code in alone))
