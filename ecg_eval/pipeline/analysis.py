"""The same evaluation from Python: frames in, a tidy table, figures and a report out, no files needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ecg_eval import registry
from ecg_eval.config.load import config_to_dict
from ecg_eval.config.schema import DEFAULT_METRICS, Report
from ecg_eval.domain.contracts import Metric, Reference, Section
from ecg_eval.domain.reading import readers_table, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.result import Figure, StudyResult, left_out_table
from ecg_eval.domain.study import AnswerPolicy, ReaderStudy
from ecg_eval.errors import ArgumentError, ReadingsError, UnknownNameError, suggestion
from ecg_eval.pipeline.study import provenance
from ecg_eval.pipeline.study.evaluate import ADJUSTMENT, evaluate_study
from ecg_eval.pipeline.study.run import config_of
from ecg_eval.storage.run_folder import RunFolder


@dataclass(frozen=True, eq=False)
class Analysis:
    """An evaluated study: numbers, figures, report.

    Attributes
    ----------
    result : StudyResult
        The same object that the command line's report is made from.
    """

    result: StudyResult

    @property
    def frame(self) -> pd.DataFrame:
        """The tidy table of estimates, columns as in evaluation.csv (docs/formats.md)."""
        return self.result.evaluation.frame

    @property
    def study(self) -> ReaderStudy:
        """The readings, readers and reference that were evaluated."""
        return self.result.study

    def figures(self, *, language: str = "en") -> dict[str, Figure]:
        """Return the report's figures by their caption; each shows itself in a notebook and carries its table."""
        blocks = [b for s in _sections() for b in s.blocks(self.result, language=language)]
        return {b.caption: b for b in blocks if isinstance(b, Figure)}

    def report(self, path: str | Path | None = None, *, language: str = "en") -> str:
        """Return the report as one HTML page, and write it where a path is given."""
        from ecg_eval.reports.build import render_report

        page = render_report(self.result, language=language, sections=_sections())
        if path is not None:
            Path(path).write_text(page, encoding="utf-8")
        return page


def evaluate(  # noqa: PLR0913 - the face is kind: everything but the first argument may be left out
    readings: pd.DataFrame,
    reference: pd.DataFrame | str | Mapping[str, Any] | None = None,
    *,
    readers: Mapping[str, str] | pd.DataFrame,
    records: pd.DataFrame | None = None,
    metrics: Sequence[str | Metric] = DEFAULT_METRICS,
    uncertain: str = "absent",
    refer: str = "present",
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 20260101,
    title: str = "",
) -> Analysis:
    """Evaluate readings against a reference, or against one another.

    Parameters
    ----------
    readings : DataFrame
        Long form: `record_id`, `reader_id`, `finding`, `reading` (present, absent, uncertain, refer, or 1 and 0), and
        optionally `arm`, `score`, `ai_reading`, ... (docs/formats.md).
    reference : DataFrame, str, mapping or None
        Truth as a frame with `record_id` and one column a finding (1, 0, blank unknown), or the name of a reference
        plug-in with its arguments (``{"name": "majority", "kinds": ["gp"]}``); None for agreement alone.
    readers : mapping of reader id to kind, or DataFrame
        Kinds: gp, cardiologist, resident, student, nurse, model, vendor, panel, simulated.
    records : DataFrame, optional
        `record_id`, `patient_id` (records of one patient are not independent), `age_years`, `sex`, ...; without it
        every record is taken for a patient of its own.
    metrics : sequence of str or Metric
    uncertain, refer : str
        What these answers count as: present, absent or missing.
    level : float
        Coverage of the intervals.
    resamples, seed : int
    title : str
        Heading of the report.

    Returns
    -------
    Analysis

    Raises
    ------
    ProblemsError, ReadingsError
        Naming what is wrong with the frames.
    """
    table = readings_table(_with_words(readings))
    who = _readers(readers, table)
    records = _records(records, table)
    findings = tuple(dict.fromkeys(table["finding"]))
    truth = _reference(reference, records=records, findings=findings, readings=table, readers=who)
    if truth.is_reading_of:
        table = table[table["reader_id"] != truth.is_reading_of].reset_index(drop=True)
        who = who.drop(index=truth.is_reading_of)
    study = ReaderStudy(
        records=records,
        readers=who,
        readings=table,
        reference=truth,
        findings=findings,
        answers=AnswerPolicy(uncertain=uncertain, refer=refer),
    )
    made = [registry.create("metrics", m, {}) if isinstance(m, str) else m for m in metrics]
    evaluation = evaluate_study(study, made, seed=seed, level=level, n_resamples=resamples)
    told = {
        **provenance.environment(),
        "created": provenance.now(),
        "seed": seed,
        "simulated": bool((who["kind"] == "simulated").any()),
        "dataset": {"name": "frames", "title": "Frames given from Python", "digests": _digests(study)},
        "reference": {"method": truth.method, "formed_by": list(truth.formed_by), "agreement": truth.agreement},
        "metrics": provenance.metric_facts(made),
        "answers": {"uncertain": uncertain, "refer": refer},
        "intervals": {"level": level, "resamples": resamples, "unit": "patient", "adjustment": ADJUSTMENT},
    }
    config = {"name": "frames", "title": title}
    nothing = left_out_table([])
    return Analysis(StudyResult(study=study, evaluation=evaluation, left_out=nothing, config=config, provenance=told))


def open_run(run_dir: str | Path) -> Analysis:
    """Return the analysis that a run folder holds.

    Raises
    ------
    RunFolderError
        When it is no run folder.
    """
    folder = Path(run_dir)
    return Analysis(RunFolder(folder).read_result(config_to_dict(config_of(folder))))


def _sections() -> list[Section]:
    return [registry.create("sections", plug.name, plug.arguments) for plug in Report().sections]


def _with_words(readings: pd.DataFrame) -> pd.DataFrame:
    """Read 1 and 0 (and booleans) as present and absent, as the readings files do."""
    words = {"1": "present", "0": "absent", "1.0": "present", "0.0": "absent", "true": "present", "false": "absent"}
    table = readings.copy()
    for column in ("reading", "ai_reading"):
        if column in table:
            text = table[column].astype("string").str.strip().str.lower()
            table[column] = text.map(words).astype("string").fillna(text)
    return table


def _readers(readers: Mapping[str, str] | pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    if isinstance(readers, Mapping):
        readers = pd.DataFrame({"reader_id": list(readers), "kind": list(readers.values())})
    who = readers_table(readers)
    for reader in table["reader_id"].unique():
        if reader not in who.index:
            remedy = suggestion(reader, who.index)
            raise ReadingsError("evaluate", "reader_id in readings", "one of the readers", reader, remedy)
    return who.loc[[r for r in who.index if r in set(table["reader_id"])]]


def _records(records: pd.DataFrame | None, table: pd.DataFrame) -> pd.DataFrame:
    if records is None:
        ids = pd.Index(table["record_id"].unique(), dtype="string", name="record_id")
        return pd.DataFrame({"patient_id": ids.to_series().astype("string")}, index=ids)
    given = records.reset_index() if records.index.name == "record_id" else records.copy()
    for column in ("record_id", "patient_id"):
        if column not in given:
            raise ReadingsError("evaluate", "records", "a frame with record_id and patient_id", list(given.columns))
        given[column] = given[column].astype("string")
    given = given.set_index("record_id")
    if given.index.duplicated().any():
        repeated = sorted(set(given.index[given.index.duplicated()]))[:5]
        raise ReadingsError("evaluate", "record_id in records", "given once each", repeated)
    unknown = sorted(set(table["record_id"]) - set(given.index))
    if unknown:
        remedy = suggestion(unknown[0], given.index)
        raise ReadingsError("evaluate", "record_id in readings", "one of the records", unknown[:5], remedy)
    return given


def _reference(
    reference: pd.DataFrame | str | Mapping[str, Any] | None,
    *,
    records: pd.DataFrame,
    findings: tuple[str, ...],
    readings: pd.DataFrame,
    readers: pd.DataFrame,
) -> ReferenceStandard:
    if isinstance(reference, pd.DataFrame):
        return ReferenceStandard(table=_truth(reference, records, findings), method="Truth given as a frame.")
    if reference is None:
        reference = "none"
    arguments = {} if isinstance(reference, str) else {k: v for k, v in reference.items() if k != "name"}
    name = reference if isinstance(reference, str) else str(reference.get("name", ""))
    if name == "dataset_labels":
        remedy = "Give the truth as a frame, or name majority, reader or none."
        raise ArgumentError("evaluate", "reference", "one that frames can give", name, remedy)
    how: Reference = registry.create("references", name, arguments)
    return how.form(records=records, findings=findings, labels=None, readings=readings, readers=readers)


def _truth(reference: pd.DataFrame, records: pd.DataFrame, findings: tuple[str, ...]) -> pd.DataFrame:
    given = reference if reference.index.name == "record_id" else reference.set_index("record_id")
    given.index = given.index.astype("string")
    if given.index.duplicated().any():
        repeated = sorted(set(given.index[given.index.duplicated()]))[:5]
        raise ReadingsError("evaluate", "record_id in reference", "given once each", repeated)
    unknown = [c for c in given.columns if c not in findings]
    if unknown:
        remedy = suggestion(str(unknown[0]), findings)
        raise UnknownNameError("evaluate", "columns of reference", "findings of the readings", unknown, remedy)
    table = given.reindex(index=records.index, columns=list(findings))
    numbers: pd.DataFrame = table.apply(pd.to_numeric).astype(np.float64)
    return numbers


def _digests(study: ReaderStudy) -> dict[str, str]:
    return {
        name: provenance.digest(frame.to_csv())
        for name, frame in (("readings", study.readings), ("reference", study.reference.table))
    }
