"""What readers are asked of each ECG, and what they are shown beside it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ecg_eval.domain.findings import name_of
from ecg_eval.domain.reading import ABSENT, MANAGEMENT, PRESENT, UNCERTAIN
from ecg_eval.errors import ArgumentError, InputFileError, suggestion
from ecg_eval.planning.wordings import LANGUAGES, Wordings, Words
from ecg_eval.tables.table_files import read_table

WHO = "plan materials"
WORDS = Wordings(Path(__file__).with_name("words.csv"))
ANSWERS = (PRESENT, ABSENT, UNCERTAIN)
CONFIDENCE = (1, 5)
MOST_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class Questions:
    """What is asked of each ECG.

    Attributes
    ----------
    findings : tuple of str
        Codes.
    language : {"en", "fr"}
        In which readers are asked.
    management : mapping of str to str
        Words of one more question, what the reader would do, from the least to the most -> nothing, follow_up, refer
        or ambulance; none is asked where it is empty.
    """

    findings: tuple[str, ...]
    language: str = "en"
    management: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a language that there is not, no finding, and words that a list cannot hold."""
        if self.language not in LANGUAGES:
            raise ArgumentError(WHO, "language", " or ".join(LANGUAGES), self.language)
        if not self.findings:
            raise ArgumentError(WHO, "findings", "one or more", [])
        if any("," in word or '"' in word for word in self.management):
            raise ArgumentError(WHO, "management", "words without commas and quotes", list(self.management))
        for word, level in self.management.items():
            if level not in MANAGEMENT:
                rule = f"WORD=ANSWER, an answer one of {', '.join(MANAGEMENT)}"
                raise ArgumentError(WHO, "management", rule, word, suggestion(level, MANAGEMENT))

    @property
    def words(self) -> Words:
        """The words in which readers are asked."""
        return WORDS.of(self.language)

    @property
    def names(self) -> dict[str, str]:
        """Code -> name of each finding, each name once."""
        names = {code: name_of(code, self.language) for code in self.findings}
        twice = [code for code, name in names.items() if list(names.values()).count(name) > 1]
        return names | {code: f"{names[code]} ({code})" for code in twice}

    @property
    def answers(self) -> dict[str, str]:
        """The readers' word -> the answer that it is."""
        return {self.words(f"answer.{answer}"): answer for answer in ANSWERS}


def management_question(asked: Sequence[str], language: str) -> dict[str, str]:
    """Return the words of the question on what would be done, from the least to the most, and what each means.

    Parameters
    ----------
    asked : sequence of str
        Answers (``MANAGEMENT``), told in the reader's language, or own words: "observe at home=follow_up".
    language : {"en", "fr"}

    Examples
    --------
    >>> management_question(["refer", "nothing"], "fr")
    {'rien': 'nothing', 'adresser': 'refer'}
    """
    words = WORDS.of(language)
    pairs = [
        (word, level) if is_own else (words(f"management.{word}"), word) for word, is_own, level in map(_own, asked)
    ]
    order = {level: i for i, level in enumerate(MANAGEMENT)}
    return dict(sorted(pairs, key=lambda pair: order.get(pair[1], len(order))))


def _own(asked: str) -> tuple[str, bool, str]:
    """Return a word, whether it is the study's own, and the answer that it stands for."""
    word, equals, level = (part.strip() for part in asked.partition("="))
    if not equals and word not in MANAGEMENT:
        rule = f"one of {', '.join(MANAGEMENT)}, or own words with what each means"
        remedy = f"{suggestion(word, MANAGEMENT)} Say what it means: {word}=refer.".strip()
        raise ArgumentError(WHO, "management", rule, word, remedy)
    return word, bool(equals), level


@dataclass(frozen=True, kw_only=True)
class ShownOutput:
    """What an AI says of ECGs, as readers with help are shown it.

    Attributes
    ----------
    source : str
        The AI's name in its table; empty where none was given.
    calls : mapping of str to mapping
        Record id -> finding -> present, absent or uncertain.
    """

    source: str = ""
    calls: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def text(self, record_id: str, questions: Questions) -> str:
        """Return what is shown of an ECG: what the AI calls, what it doubts, or that it says nothing."""
        words = questions.words
        if not self.source:
            return words("ai.elsewhere")
        calls = self.calls.get(record_id, {})
        if not calls:
            return words("ai.silent")
        named = {
            answer: [name for code, name in questions.names.items() if calls.get(code) == answer]
            for answer in (PRESENT, UNCERTAIN)
        }
        parts = [words(f"ai.{answer}", findings=", ".join(names)) for answer, names in named.items() if names]
        return words("ai.says", answer="; ".join(parts) or words("ai.none"))


def shown_output(path: Path, reader: str | None, findings: Sequence[str]) -> ShownOutput:
    """Return an AI's output from a table of readings.

    Parameters
    ----------
    path : Path
        A table with `record_id`, `reader_id`, `finding` and `reading`, or the folder of a run, whose readings are read.
    reader : str or None
        The AI; not needed where the table has one reader.
    findings : sequence of str
        Those that are asked about; others are not shown.

    Raises
    ------
    InputFileError, ArgumentError
        When there is no such table, or no such reader in it.
    """
    table = read_table(path / "readings.parquet" if path.is_dir() else path)
    lacking = [c for c in ("record_id", "reader_id", "finding", "reading") if c not in table.columns]
    if lacking:
        remedy = "A run's readings, or a readings file in long form."
        raise InputFileError(str(path), "columns", "those of readings", f"without {', '.join(lacking)}", remedy)
    readers = sorted(table["reader_id"].astype(str).unique())
    chosen = reader or (readers[0] if len(readers) == 1 else None)
    if chosen is None or chosen not in readers:
        remedy = "Name the AI with --ai-reader."
        raise ArgumentError(WHO, "the AI's reader", f"one of {', '.join(readers[:20])}", reader, remedy)
    rows = table[(table["reader_id"].astype(str) == chosen) & table["finding"].astype(str).isin(list(findings))]
    calls: dict[str, dict[str, str]] = {}
    for record, code, answer in rows[["record_id", "finding", "reading"]].astype(object).itertuples(index=False):
        if not pd.isna(answer) and str(answer) in ANSWERS:
            calls.setdefault(str(record), {})[str(code)] = str(answer)
    if not calls:
        rule = f"one of {', '.join(ANSWERS)} for the findings that are asked about"
        raise InputFileError(str(path), f"readings of {chosen}", rule, "no such answer")
    return ShownOutput(source=chosen, calls=calls)


def shown_table(shown: ShownOutput, record_ids: Collection[str]) -> pd.DataFrame:
    """Return what is shown of some ECGs as readings: what the evaluation compares readers' answers with.

    Parameters
    ----------
    shown : ShownOutput
    record_ids : collection of str
    """
    rows = [
        (record, shown.source, code, answer)
        for record, calls in shown.calls.items()
        if record in record_ids
        for code, answer in calls.items()
    ]
    return pd.DataFrame(rows, columns=["record_id", "reader_id", "finding", "reading"])
