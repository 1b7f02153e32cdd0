"""Decide what to log: one flat run per reader, all of one evaluation sharing its ``evaluation.id``.

Nothing here talks to a server. The runs are flat because MLflow folds nested ones away and leaves their charts empty.
A metric is called ``section/card``: the charts page makes a section of everything before the last slash and cuts the
card's title after some nine characters, so the short finding code comes last (``auroc/AF``). An estimate that cannot be
computed is no metric: it is counted in a tag and named in the run's description, with its reason.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ecg_eval.domain.reading import HUMAN_KINDS, UNAIDED
from ecg_eval.domain.result import StudyResult

EVALUATION_ID = "evaluation.id"
READER = "ecg_eval.reader"

# files of the run folder that a run carries; readings stay where they are, since they may be about people
ARTIFACTS = (
    *("run.yaml", "evaluation.csv", "evaluation.json", "excluded.csv", "provenance.json"),
    *("report.en.html", "report.fr.html"),
)
_DECIMALS = 4
_REASONS_AT_MOST = 30


@dataclass(frozen=True, kw_only=True)
class LogDataset:
    """The data that a run was evaluated on.

    Attributes
    ----------
    name : str
    digest : str
        36 characters at most, as MLflow keeps them: the start of a SHA-256 over the dataset's own digests.
    source : str
        Where the data come from.
    facts : dict of str
        Version, licence, number of records and patients.
    """

    name: str
    digest: str
    source: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LogRun:
    """One run: a reader, or a group of readers.

    Attributes
    ----------
    name : str
        Name of the run: the reader.
    tags, params : dict of str
    metrics : dict of float
        By ``section/card``.
    dataset : LogDataset
    artifacts : tuple of str
        Names of files in the run folder; those that are not there are passed over.
    """

    name: str
    tags: Mapping[str, str]
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    dataset: LogDataset
    artifacts: tuple[str, ...] = ()


def log_items(result: StudyResult) -> list[LogRun]:
    """Return the runs to log, in the order to log them.

    MLflow lists the newest run first, so people come first, groups of people after them and machines last. Machines and
    groups carry the tables and the report; where there are neither, everybody does.

    Returns
    -------
    list of LogRun
        One per reader or group that has estimates of its own.
    """
    frame = result.evaluation.frame
    own = frame[(frame["reader"] != "") & (frame["compared_with"] == "") & (frame["subgroup"] == "")]
    kinds = own.drop_duplicates("reader").set_index("reader")["reader_kind"]
    kinds = pd.concat([result.study.readers["kind"].astype("string"), kinds])
    kinds = kinds[~kinds.index.duplicated()]
    readers = sorted((str(r) for r in kinds.index), key=lambda r: _rank(result, r, str(kinds[r])))
    heads = [r for r in readers if _rank(result, r, str(kinds[r])) > 0] or readers
    dataset = _dataset(result)
    return [
        LogRun(
            name=reader,
            tags=_tags(result, reader, str(kinds[reader]), own[own["reader"] == reader]),
            params=_params(result, reader, str(kinds[reader])),
            metrics=_metrics(own[own["reader"] == reader]),
            dataset=dataset,
            artifacts=ARTIFACTS if reader in heads else (),
        )
        for reader in readers
    ]


def evaluation_id(result: StudyResult) -> str:
    """Return what the runs of one evaluation share: the run's own id, or a digest of its estimates."""
    told = result.provenance.get("evaluation_id")
    if told:
        return str(told)
    return hashlib.sha256(result.evaluation.to_csv().encode()).hexdigest()[:16]


def _rank(result: StudyResult, reader: str, kind: str) -> int:
    """Order people (0), groups (1), machines (2)."""
    if kind not in HUMAN_KINDS:
        return 2
    return 0 if reader in result.study.readers.index else 1


def _metrics(rows: pd.DataFrame) -> dict[str, float]:
    """Return values and bounds: ``auroc/AF``, ``auroc_low/AF``, ``auroc_high/AF``; other arms in their own sections."""
    found: dict[str, float] = {}
    known = rows[rows["value"].notna()]
    columns = ["metric", "arm", "finding", "value", "low", "high"]
    for metric, arm, finding, value, low, high in known[columns].itertuples(index=False):
        # an aid effect is between arms by its nature and its name says so; a second arm of a metric must be told
        section = metric if arm in ("", UNAIDED) or " - " in arm else f"{arm}/{metric}"
        for suffix, number in (("", value), ("_low", low), ("_high", high)):
            if not pd.isna(number):
                found[f"{section}{suffix}/{finding or 'all'}"] = round(float(number), _DECIMALS)
    return found


def _params(result: StudyResult, reader: str, kind: str) -> dict[str, str]:
    """Return what the run was, as the compare page shows it side by side."""
    provenance = result.provenance
    model = provenance.get("models", {}).get(reader, {})
    arms = [arm for who, arm in result.study.reader_arms if who == reader]
    params: dict[str, Any] = {
        "reader": reader,
        "reader_kind": kind,
        "arms": ", ".join(arms),
        "study": result.config.get("name", ""),
        "dataset": provenance.get("dataset", {}).get("name", ""),
        "reference": provenance.get("reference", {}).get("plugin", ""),
        "findings": len(result.study.findings),
        "records": len(result.study.records),
        "patients": result.study.records["patient_id"].nunique(),
        "seed": provenance.get("seed", ""),
        "uncertain_counts_as": result.study.answers.uncertain,
        "refer_counts_as": result.study.answers.refer,
        "model": model.get("plugin", ""),
        "trained_on": ", ".join(model.get("trained_on", ())),
    }
    params |= {f"card.{key}": value for key, value in model.get("card", {}).items()}
    for frozen in provenance.get("thresholds", []):
        if frozen.get("reader") == reader and frozen.get("threshold") is not None:
            params[f"threshold.{frozen['finding']}"] = f"{frozen['threshold']:.4g}"
    return {_key(key): str(value) for key, value in params.items() if str(value)}


def _tags(result: StudyResult, reader: str, kind: str, rows: pd.DataFrame) -> dict[str, str]:
    """Return what runs are found by, and the description that the run's page shows."""
    provenance = result.provenance
    undefined = rows[rows["value"].isna()]
    tags = {
        EVALUATION_ID: evaluation_id(result),
        READER: reader,
        "reader_kind": kind,
        "independent_of_reference": str(result.study.reference.is_independent_of(reader)).lower(),
        "simulated": str(kind == "simulated").lower(),
        "undefined_estimates": str(len(undefined)),
        "ecg_eval.version": str(provenance.get("ecg_eval", "")),
        "mlflow.source.git.commit": str(provenance.get("commit", "")),
        "mlflow.note.content": _description(result, reader, kind, undefined),
    }
    return {key: value for key, value in tags.items() if value}


def _description(result: StudyResult, reader: str, kind: str, undefined: pd.DataFrame) -> str:
    """Return, in Markdown, what must be known before the numbers are used."""
    title = result.config.get("title") or result.config.get("name") or "Reader study"
    lines = [f"**{title}**: {reader} ({kind})."]
    if kind == "simulated":
        lines.append("Simulated: no doctor read these ECGs.")
    if not result.study.reference.is_independent_of(reader):
        lines.append("Not independent: this reader took part in forming the reference that judges it.")
    if result.study.reference.method:
        lines.append(f"Reference: {result.study.reference.method.rstrip('.')}.")
    text = " ".join(lines)
    if undefined.empty:
        return text
    reasons = undefined[["metric", "arm", "finding", "reason"]].head(_REASONS_AT_MOST).itertuples(index=False)
    listed = "\n".join(f"* {metric}, {finding or 'all'}, {arm}: {reason}" for metric, arm, finding, reason in reasons)
    more = len(undefined) - _REASONS_AT_MOST
    rest = f"\n* and {more} more, in evaluation.csv" if more > 0 else ""
    return f"{text}\n\nCannot be computed:\n\n{listed}{rest}"


def _dataset(result: StudyResult) -> LogDataset:
    told = result.provenance.get("dataset", {})
    version = str(told.get("version", ""))
    return LogDataset(
        name=str(told.get("name", "") or "dataset"),
        digest=_digest(told.get("digests", {}), result.study.records.index),
        source=str(told.get("url", "") or told.get("title", "") or told.get("name", "")),
        facts={
            key: value
            for key, value in {
                "title": str(told.get("title", "")),
                "version": version,
                "licence": str(told.get("licence", "")),
                "records": str(len(result.study.records)),
                "patients": str(result.study.records["patient_id"].nunique()),
            }.items()
            if value
        },
    )


def _digest(digests: Mapping[str, str], record_ids: Iterable[object]) -> str:
    """Return one short digest of the data and of which records were read."""
    lines = [f"{name}:{digest}" for name, digest in sorted(digests.items())]
    lines += [str(record_id) for record_id in record_ids]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def _key(text: str) -> str:
    """Return a name in the letters that MLflow allows."""
    return "".join(c if c.isalnum() or c in "_-. /" else "_" for c in text)
