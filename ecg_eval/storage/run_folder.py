"""What a run leaves, file by file, and which of it still stands.

========================  ====================================================================
run.yaml                  the resolved configuration
readings.parquet          who said what of which recording
readers.csv               who the readers are
records.parquet           which recordings were read, and of whom
reference.parquet         truth, and the votes behind it where it is a majority
excluded.csv              what was left out, at which stage, and why
quality.csv               flaws of the signals, and what followed from each
oddities.csv              what is odd in the data, each counted and with its first records
signal_digests.csv        what each tracing is, so that its copies are known in other archives
measurements.csv          measured and reference intervals, where the archive gives a reference
explanations.csv          where networks' answers come from, and whether that means anything, where asked
attributions.parquet      the same by ECG, lead and 40 ms
evaluation.csv, .json     one estimate a row
provenance.json           versions, digests, seed, thresholds and the fold they came from
report.en.html, ...       the report, a page a language; summary and appendix beside it
stages.json               digests of each stage's inputs and files: what need not be done again
========================  ====================================================================
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from shlex import quote
from typing import Any, TypedDict, TypeVar

import pandas as pd

from ecg_eval.domain.columns import as_meant, csv_of
from ecg_eval.domain.evaluation import EVALUATION_COLUMNS, Evaluation
from ecg_eval.domain.facts.attribution import ATTRIBUTION_COLUMNS, EXPLANATION_COLUMNS
from ecg_eval.domain.facts.plain import from_plain, to_plain
from ecg_eval.domain.facts.provenance import Provenance, ReferenceFacts
from ecg_eval.domain.measurements import MEASUREMENT_COLUMNS
from ecg_eval.domain.oddities import Oddity, oddities_table
from ecg_eval.domain.reading import READING_COLUMNS, readers_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.result import LEFT_OUT_COLUMNS, StudyResult
from ecg_eval.domain.study import AnswerPolicy, ReaderStudy
from ecg_eval.errors import RunFolderError
from ecg_eval.storage.atomic import digest_of_bytes, digest_of_file, write_atomically

STUDY_FILES = ("readings.parquet", "readers.csv", "records.parquet", "reference.parquet", "excluded.csv")
QUALITY_FILE = "quality.csv"  # for people: no later stage reads it
MEASUREMENTS_FILE = "measurements.csv"
EXPLANATION_FILES = ("explanations.csv", "attributions.parquet")
ODDITIES_FILE = "oddities.csv"
SIGNAL_DIGESTS_FILE = "signal_digests.csv"
DIGEST_COLUMNS = ("record_id", "part", "sha256")
FACTS_FILE = "study.json"  # how the readings came about
PROVENANCE_FILE = "provenance.json"
_STAGES_FILE = "stages.json"
EVALUATION_FILES = ("evaluation.csv", "evaluation.json")
T = TypeVar("T")
_REFERENCE = ""  # the voter of the reference itself in reference.parquet


class _Stage(TypedDict):
    """What a stage was made from, and the digests of the files that it left."""

    inputs: str
    files: dict[str, str]


@dataclass(frozen=True)
class RunFolder:
    """A run's folder.

    Attributes
    ----------
    path : Path
    """

    path: Path

    def write_text(self, name: str, text: str | Iterable[str]) -> None:
        """Write one file atomically, from its text or from parts of it."""
        write_atomically(self.path / name, text)

    def write_facts(self, name: str, facts: object) -> None:
        """Write a frozen value of ``domain.facts`` as JSON, atomically; JSON has no not-a-number, so it is refused."""
        self.write_text(name, json.dumps(to_plain(facts), indent=2, ensure_ascii=False, allow_nan=False) + "\n")

    def read_facts(self, kind: type[T], name: str) -> T:
        """Return the frozen value of a kind that a JSON file holds.

        Raises
        ------
        RunFolderError
            When it is missing or broken, or holds something else than this version writes.
        """
        try:
            value = json.loads((self.path / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise self._incomplete(name) from None
        except ValueError as error:
            raise RunFolderError(str(self.path / name), "file", "JSON", str(error), self._again) from None
        return from_plain(kind, value, who=str(self.path / name), remedy=self._again)

    @property
    def _again(self) -> str:
        """Return what mends a file of another version, or one that was changed by hand."""
        return f"`ecg-eval run {quote(str(self.path / 'run.yaml'))} --out {quote(str(self.path))}` makes it again."

    def write_study(self, study: ReaderStudy, left_out: pd.DataFrame, quality: pd.DataFrame) -> None:
        """Write the study's tables."""
        self._write_parquet("readings.parquet", study.readings)
        self._write_parquet("records.parquet", study.records.reset_index())
        self._write_parquet("reference.parquet", _reference_to_table(study.reference))
        self.write_text("readers.csv", csv_of(study.readers.reset_index()))
        self.write_text("excluded.csv", csv_of(left_out))
        self.write_text(QUALITY_FILE, csv_of(quality, float_format="%.4g"))

    def write_signal_digests(self, table: pd.DataFrame) -> None:
        """Write what each tracing is, one row a record."""
        self.write_text(SIGNAL_DIGESTS_FILE, csv_of(table))

    def write_oddities(self, oddities: Sequence[Oddity]) -> None:
        """Write what is odd in the study's data, one row an oddity."""
        self.write_text(ODDITIES_FILE, csv_of(oddities_table(oddities)))

    def read_signal_digests(self) -> pd.DataFrame:
        """Return what each tracing is; empty for a run that read no signals."""
        table = self._read_csv(SIGNAL_DIGESTS_FILE, dtype="string")
        return self._of_this_version(SIGNAL_DIGESTS_FILE, table, DIGEST_COLUMNS)

    def write_measurements(self, table: pd.DataFrame | None) -> None:
        """Write measured and reference values; without any, no file is left."""
        if table is None:
            (self.path / MEASUREMENTS_FILE).unlink(missing_ok=True)
        else:
            self.write_text(MEASUREMENTS_FILE, csv_of(table))

    def read_measurements(self) -> pd.DataFrame | None:
        """Return measured and reference values; None where the archive gives none to compare with."""
        if not (self.path / MEASUREMENTS_FILE).is_file():
            return None
        text = dict.fromkeys(("record_id", "patient_id", "quantity", "reason"), "string")
        table = self._read_csv(MEASUREMENTS_FILE, dtype=text)
        table = self._of_this_version(MEASUREMENTS_FILE, table, MEASUREMENT_COLUMNS)
        return table.assign(reason=table["reason"].fillna(""))

    def write_explanations(self, table: pd.DataFrame | None, maps: pd.DataFrame | None) -> None:
        """Write where answers come from, as numbers and by ECG; without any, no files are left."""
        if table is None or maps is None:
            for name in EXPLANATION_FILES:
                (self.path / name).unlink(missing_ok=True)
            return
        self.write_text(EXPLANATION_FILES[0], csv_of(table))
        self._write_parquet(EXPLANATION_FILES[1], maps)

    def read_explanations(self) -> pd.DataFrame | None:
        """Return where answers come from, in numbers; None where nobody asked."""
        name = EXPLANATION_FILES[0]
        if not (self.path / name).is_file():
            return None
        words = ("reader_id", "finding", "what", "at", "method", "reason")
        table = self._read_csv(name, dtype=dict.fromkeys(words, "string"))
        table = self._of_this_version(name, table, EXPLANATION_COLUMNS)
        return table.assign(**{word: table[word].fillna("") for word in words})

    def read_attributions(self) -> pd.DataFrame:
        """Return where answers come from by ECG, finding, lead and time; empty where nobody asked."""
        name = EXPLANATION_FILES[1]
        if not (self.path / name).is_file():
            return pd.DataFrame(columns=list(ATTRIBUTION_COLUMNS))
        return self._of_this_version(name, self._read_parquet(name), ATTRIBUTION_COLUMNS)

    def read_readers(self) -> pd.DataFrame:
        """Return who the readers are, index `reader_id`."""
        return readers_table(self._read_csv("readers.csv", dtype="string"), who=str(self.path / "readers.csv"))

    def read_records(self) -> pd.DataFrame:
        """Return which recordings were read, index `record_id`."""
        table = self._read_parquet("records.parquet")
        return self._of_this_version("records.parquet", table, ("record_id", "patient_id"), others=True).set_index(
            "record_id"
        )

    def write_evaluation(self, evaluation: Evaluation) -> str:
        """Write the table of estimates, for spreadsheets and for programs; return it as CSV."""
        table = evaluation.to_csv()
        self.write_text("evaluation.csv", table)
        self.write_text("evaluation.json", evaluation.json_parts())
        return table

    def read_study(
        self,
        facts: ReferenceFacts,
        answers: AnswerPolicy,
        groups: Mapping[str, tuple[str, ...]] | None = None,
    ) -> ReaderStudy:
        """Return the study that the folder holds.

        Parameters
        ----------
        facts : ReferenceFacts
            How the truth was formed, which its table does not say.
        answers : AnswerPolicy
        groups : mapping of str to tuple of str, optional
            Named groups of readers.
        """
        records = self.read_records()
        readers = self.read_readers()
        readings = self._read_readings()
        truth = self._read_parquet("reference.parquet")
        truth = self._of_this_version("reference.parquet", truth, ("record_id", "voter"), others=True)
        table, votes = _reference_from_table(truth, records.index)
        reference = ReferenceStandard(
            table=table,
            votes=votes,
            method=facts.method,
            formed_by=facts.formed_by,
            agreement=facts.agreement,
            failed=facts.failed,
        )
        return ReaderStudy(
            records=records,
            readers=readers,
            readings=readings,
            reference=reference,
            findings=tuple(table.columns),
            answers=answers,
            groups=groups or {},
        )

    def _read_readings(self) -> pd.DataFrame:
        table = self._read_parquet("readings.parquet")
        table = self._of_this_version("readings.parquet", table, tuple(READING_COLUMNS))
        typed = table.astype(READING_COLUMNS)
        unknown = [column for column in table if (typed[column].isna() & table[column].notna()).any()]
        if unknown:  # a word that is no answer would become a missing one
            rule = "words of this version"
            raise RunFolderError(str(self.path / "readings.parquet"), "answers", rule, unknown, self._again)
        return typed

    def read_result(self, *, name: str, heading: str | Mapping[str, str]) -> StudyResult:
        """Return all that a report needs, from the folder alone.

        Parameters
        ----------
        name : str
        heading : str or mapping of str to str
            As ``StudyResult`` has them.

        Raises
        ------
        RunFolderError
            When a file is missing or of another version.
        """
        provenance = self.read_provenance()
        study = self.read_study(provenance.reference, provenance.answers, provenance.groups)
        return StudyResult(
            study=study.declaring(provenance.design, provenance.adjust_for),
            evaluation=self.read_evaluation(),
            left_out=self.read_left_out(),
            provenance=provenance,
            name=name,
            heading=heading,
            measurements=self.read_measurements(),
            explanations=self.read_explanations(),
        )

    def read_provenance(self) -> Provenance:
        """Return where the estimates come from."""
        return self.read_facts(Provenance, PROVENANCE_FILE)

    def read_evaluation(self) -> Evaluation:
        """Return the table of estimates."""
        header = self._read_csv("evaluation.csv", nrows=0)
        self._of_this_version("evaluation.csv", header, EVALUATION_COLUMNS)
        path = self.path / "evaluation.csv"
        try:
            return Evaluation.from_csv(path)
        except RunFolderError as error:
            raise RunFolderError(str(path), error.what, error.rule, error.value, self._again) from None

    def read_left_out(self) -> pd.DataFrame:
        """Return what was left out."""
        table = self._read_csv("excluded.csv", dtype="string", keep_default_na=False)
        return self._of_this_version("excluded.csv", table, LEFT_OUT_COLUMNS)

    def stage_stands(self, stage: str, *, inputs: str) -> bool:
        """Whether a stage's files are as it left them and its inputs are unchanged."""
        left = self._stages().get(stage)
        return left is not None and left["inputs"] == inputs and not self._damaged(left["files"])

    def stage_done(self, stage: str, *, inputs: str, files: Iterable[str]) -> None:
        """Remember what a stage was made from and what it left."""
        left = {"inputs": inputs, "files": {name: digest_of_file(self.path / name) for name in files}}
        self.write_text(_STAGES_FILE, json.dumps(self._stages() | {stage: left}, indent=2) + "\n")

    def check(self, stages: Sequence[str]) -> None:
        """Refuse a folder whose stages are not all done, or whose files are not as they left them.

        Raises
        ------
        RunFolderError
            Naming what is missing or damaged, and the command that mends it.
        """
        if not self.path.is_dir() or not (self.path / "run.yaml").is_file():
            remedy = "Name the folder that `ecg-eval run` wrote."
            raise RunFolderError(str(self.path), "run folder", "one that holds run.yaml", remedy=remedy)
        done = self._stages()
        mend = f"`ecg-eval run {self.path / 'run.yaml'} --out {self.path}` makes it again."
        missing = [stage for stage in stages if stage not in done]
        if missing:
            raise RunFolderError(str(self.path), "stages", f"done: {', '.join(stages)}", f"without {missing}", mend)
        damaged = [name for stage in stages for name in self._damaged(done[stage]["files"])]
        if damaged:
            raise RunFolderError(str(self.path), "files", "as the run left them", f"damaged or gone: {damaged}", mend)

    def _stages(self) -> dict[str, _Stage]:
        """Return what stages left, by name; nothing where that cannot be read."""
        try:
            stages = json.loads((self.path / _STAGES_FILE).read_text(encoding="utf-8"))
            return {
                str(name): {"inputs": str(left["inputs"]), "files": dict(left["files"])}
                for name, left in stages.items()
            }
        except (OSError, ValueError, AttributeError, TypeError, KeyError):
            return {}

    def _damaged(self, files: Mapping[str, str]) -> list[str]:
        """Return the files that are gone, cannot be read or have another digest."""
        return [name for name, digest in files.items() if _digest_or_none(self.path / name) != digest]

    def digest(self, names: Iterable[str]) -> str:
        """Return one digest of several files' content."""
        return digest_of_bytes("\n".join(digest_of_file(self.path / name) for name in names))

    def _write_parquet(self, name: str, table: pd.DataFrame) -> None:
        buffer = BytesIO()
        table.to_parquet(buffer, index=False)
        write_atomically(self.path / name, buffer.getvalue())

    def _read_parquet(self, name: str) -> pd.DataFrame:
        try:
            return pd.read_parquet(self.path / name)
        except FileNotFoundError:
            raise self._incomplete(name) from None
        except (OSError, ValueError) as error:
            raise RunFolderError(str(self.path / name), "file", "Parquet", str(error), self._again) from None

    def _read_csv(self, name: str, **options: Any) -> pd.DataFrame:
        try:
            table: pd.DataFrame = pd.read_csv(self.path / name, **options, float_precision="round_trip")
        except FileNotFoundError:
            raise self._incomplete(name) from None
        except ValueError as error:
            raise RunFolderError(str(self.path / name), "file", "a table", str(error), self._again) from None
        return as_meant(table)

    def _of_this_version(
        self, name: str, table: pd.DataFrame, columns: Sequence[str], *, others: bool = False
    ) -> pd.DataFrame:
        """Return a table that has the columns of this version, and no others unless they may be there."""
        missing = [column for column in columns if column not in table]
        unknown = [] if others else [str(column) for column in table if column not in columns]
        if missing or unknown:
            parts = (("missing", missing), ("unknown", unknown))
            came = "; ".join(f"{what}: {', '.join(named)}" for what, named in parts if named)
            raise RunFolderError(str(self.path / name), "columns", "those of this version", came, self._again)
        return table

    def _incomplete(self, name: str) -> RunFolderError:
        remedy = "Name the folder that `ecg-eval run` wrote, or run it again."
        return RunFolderError(str(self.path), "run folder", f"one that holds {name}", remedy=remedy)


def _digest_or_none(path: Path) -> str | None:
    try:
        return digest_of_file(path)
    except OSError:
        return None


def _reference_to_table(reference: ReferenceStandard) -> pd.DataFrame:
    """Put truth and votes into one wide table, one row a record and voter; the reference's own voter is empty."""
    parts = {_REFERENCE: reference.table, **reference.votes}
    return pd.concat(
        [table.rename_axis("record_id").reset_index().assign(voter=voter) for voter, table in parts.items()],
        ignore_index=True,
    ).astype({"record_id": "string", "voter": "string"})


def _reference_from_table(table: pd.DataFrame, records: pd.Index) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    parts = {
        str(voter): part.drop(columns="voter").set_index("record_id").reindex(records)
        for voter, part in table.groupby("voter", sort=False)
    }
    return parts.pop(_REFERENCE), parts
