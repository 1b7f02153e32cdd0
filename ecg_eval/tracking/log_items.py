"""Decide what to log: one flat run per reader, all of one evaluation sharing its ``evaluation.id``.

Nothing here talks to a server. The runs are flat because MLflow folds nested ones away and leaves their charts empty.
A metric is called ``section/card``: the charts page makes a section of everything before the last slash and titles the
card with the whole name, cut short, so that both parts are brief and the finding comes last (``auroc/AF``). What help
did, agreement with a group of people (``with_gp/kappa``) and people of whom there are many are logged by their means
alone (people also by sensitivity and specificity of each finding): thousands of bars say nothing, and every estimate
is in the run's own table. A machine's differences to groups and to other machines are metrics too, and a table in its
description (``log_comparisons``); what it costs stands beside them (``log_costs``), and by which tags
looks at its test set are counted (``log_looks``). An estimate without a value is no
metric: what cannot be computed, what was not asked and what does not apply are counted in tags of their own, and the
first are named in the run's description, with their reasons. What is odd in the data is a tag a kind.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from ecg_eval.domain.columns import csv_of
from ecg_eval.domain.evaluation import MACRO, POOLED
from ecg_eval.domain.facts.dataset import DatasetFacts
from ecg_eval.domain.missing import NOT_APPLICABLE, NOT_ASKED, NOT_COMPUTABLE, why_missing
from ecg_eval.domain.oddities import Oddity, oddities
from ecg_eval.domain.reading import UNAIDED, is_human_kind
from ecg_eval.domain.result import StudyResult
from ecg_eval.tracking.log_comparisons import as_markdown, differences
from ecg_eval.tracking.log_costs import costs
from ecg_eval.tracking.log_looks import look_tags
from ecg_eval.tracking.log_run import DESCRIPTION, EVALUATION_ID, READER, READER_KIND, LogDataset, LogRun

# files of the run folder that machines and groups carry. Readings stay where they are, since they may be about people,
# and so does the whole table of estimates: every run carries its own part of it.
ARTIFACTS = (
    *(f"{page}.{language}.html" for language in ("en", "fr") for page in ("report", "summary")),
    "run.yaml",
    "provenance.json",
    "excluded.csv",
)
OWN_TABLE = "estimates.csv"

_MANY = 6  # people of a kind beyond which each is logged by the means alone
_BOUNDED_AT_MOST = 24  # findings, means included, beyond which single ones are logged without bounds
_DECIMALS = 4
_REASONS_AT_MOST = 30
_TAG_AT_MOST = 2000  # letters; a store refuses tags of more than 5,000


@dataclass(frozen=True)
class _Who:
    """Whom a run is of: a reader, or a group under all the labels that the evaluation gives it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    is_group: bool

    @property
    def rank(self) -> int:
        """Order people (0), groups (1), machines (2)."""
        if not is_human_kind(self.kind):
            return 2
        return 1 if self.is_group else 0


# what the report says of a reader (or of a group of that label), in sentences
Said = Callable[[str, bool], Sequence[str]]


def log_items(result: StudyResult, *, sentences_of: Said | None = None) -> list[LogRun]:
    """Return the runs to log, in the order to log them.

    MLflow lists the newest run first, so people come first, groups of people after them and machines last, each in the
    reverse of the study's order. Machines and groups carry the report; where there are neither, everybody does.

    Parameters
    ----------
    result : StudyResult
    sentences_of : callable, optional
        (label, whether it is a group's) -> the report's sentences about it, which the run's description repeats.

    Returns
    -------
    list of LogRun
        One per reader or group that has estimates of its own.
    """
    frame = result.evaluation.frame
    everybody = _everybody(result)
    heads = [who for who in everybody if who.rank > 0] or everybody
    groups = {label: who.kind for who in everybody if who.is_group for label in who.labels}
    dataset, short_names = _dataset(result), _short_names(result)
    asked = result.provenance
    odd = oddities(result.study, subgroups=asked.subgroups, exclusive=asked.exclusive, metrics=asked.metrics.values())
    runs = []
    for who in everybody:
        rows = frame[frame["reader"].isin(who.labels) | frame["compared_with"].isin(who.labels)]
        own_rows = rows[rows["reader"].isin(who.labels) & (rows["compared_with"] == "") & (rows["subgroup"] == "")]
        compared = (
            differences(result, rows, who.labels, others=_others(result, everybody, who)) if who.rank == 2 else []
        )
        about = [*_about(who, sentences_of), *([as_markdown(compared, who.name)] if compared else [])]
        runs.append(
            LogRun(
                name=who.name,
                tags=_tags(result, who, own_rows, about)
                | _odd(result, who, odd)
                | (look_tags(result, who.name, own_rows, short_names) if who.rank == 2 else {}),
                params=_params(result, who),
                metrics=_metrics(_headline(result, who, own_rows), short_names)
                | _agreement(result, rows, who, groups)
                | {_key(name): value for part in compared for name, value in part.metrics.items()}
                | costs(asked.models.get(who.name), n_records=len(result.study.records)),
                dataset=dataset,
                tables={OWN_TABLE: csv_of(rows)},
                artifacts=ARTIFACTS if who in heads else (),
            )
        )
    return runs


def _everybody(result: StudyResult) -> list[_Who]:
    """Return whom the runs are of; a group's labels ("gp (mean of 12)", "all gp (12)") make one run."""
    kinds = {str(r): str(k) for r, k in result.study.readers["kind"].items()}
    everybody = [_Who(reader, kind, (reader,), is_group=False) for reader, kind in kinds.items()]
    frame = result.evaluation.frame
    labels: dict[str, list[str]] = {}
    for label, kind in frame[["reader", "reader_kind"]].drop_duplicates().itertuples(index=False):
        if label and label not in kinds:
            labels.setdefault(str(kind), []).append(str(label))
    everybody += [
        _Who(group_labels[0], kind, tuple(group_labels), is_group=True) for kind, group_labels in labels.items()
    ]
    everybody.reverse()
    return sorted(everybody, key=lambda who: who.rank)


def _others(result: StudyResult, everybody: Sequence[_Who], who: _Who) -> dict[str, str]:
    """Return labels of groups of people and of other machines but floors, with what a metric's name calls them."""
    kinds = Counter(other.kind for other in everybody if other.is_group)
    readers = result.study.readers
    floors = set(readers.index[readers["is_floor"].fillna(False).astype(bool)]) if "is_floor" in readers else set()
    return {
        label: other.kind if other.is_group and kinds[other.kind] == 1 else other.name
        for other in everybody
        if other.rank > 0 and other != who and other.name not in floors
        for label in other.labels
    }


def evaluation_id(result: StudyResult) -> str:
    """Return what the runs of one evaluation share: the run's own id, or a digest of its estimates."""
    if result.provenance.evaluation_id:
        return result.provenance.evaluation_id
    return hashlib.sha256(result.evaluation.to_csv().encode()).hexdigest()[:16]


def _short_names(result: StudyResult) -> dict[str, str]:
    """Return what each metric is called in a chart's title, which has room for a dozen letters.

    A metric that shares its short name with another keeps its own, so that one does not overwrite the other.
    """
    stated = {name: facts.short_name for name, facts in result.provenance.metrics.items()}
    n_of = Counter(stated.values())
    return {name: short if n_of[short] == 1 else name for name, short in stated.items()}


def _metrics(rows: pd.DataFrame, short_names: Mapping[str, str]) -> dict[str, float]:
    """Return values and bounds: ``auroc/AF``, ``auroc_low/AF``, ``auroc_high/AF``; a second arm: ``sens_aided/AF``.

    Of many findings the means alone have bounds here, since a store takes a fifth of a millisecond a number; the run's
    own table has all.
    """
    metrics: dict[str, float] = {}
    many = rows["finding"].nunique() > _BOUNDED_AT_MOST
    arms = rows.groupby("metric", sort=False)["arm"].unique()
    second = {(m, arm) for m, all_arms in arms.items() for arm in sorted(all_arms, key=lambda a: a != UNAIDED)[1:]}
    columns = ["metric", "arm", "finding", "value", "low", "high"]
    for metric, arm, finding, value, low, high in rows[columns].itertuples(index=False):
        section = short_names.get(metric, metric)
        if (metric, arm) in second:
            section = f"{section}_{arm}"
        bounds = (low, high) if not many or finding in (MACRO, POOLED) else (None, None)
        metrics |= _bounded(section, finding or "all", value, *bounds)
    return metrics


def _headline(result: StudyResult, who: _Who, own_rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are logged: of what help did the means alone, of one of many people two numbers besides."""
    aid = [metric for metric, facts in result.provenance.metrics.items() if facts.answers == "aid"]
    many = who.rank == 0 and (result.study.readers["kind"] == who.kind).sum() > _MANY
    means = own_rows["finding"].isin([MACRO, POOLED])
    if not means.any():  # a study of one finding has no means
        return own_rows
    if many:  # and the two numbers that anybody asks of a finding, so that a model stands beside each of them
        first = [metric for metric, facts in result.provenance.metrics.items() if facts.role in ("found", "cleared")]
        return own_rows[means | own_rows["metric"].isin(first)]
    return own_rows[means | ~own_rows["metric"].isin(aid)]


def _agreement(result: StudyResult, rows: pd.DataFrame, who: _Who, groups: Mapping[str, str]) -> dict[str, float]:
    """Return agreement with groups of people for the whole study: ``with_gp/kappa`` and its bounds."""
    whole = MACRO if len(result.study.findings) > 1 else result.study.findings[0]
    metrics: dict[str, float] = {}
    short_names = _short_names(result)
    is_own = rows["reader"].isin(who.labels) & (rows["subgroup"] == "")
    with_groups = rows[is_own & rows["compared_with"].isin(list(groups)) & (rows["finding"] == whole)]
    columns = ["metric", "arm", "compared_with", "value", "low", "high"]
    for metric, arm, group, value, low, high in with_groups[columns].itertuples(index=False):
        section = f"with_{groups[group]}" + ("" if arm in ("", UNAIDED) else f"_{arm}")
        metrics |= _bounded(section, short_names.get(metric, metric), value, low, high)
    return metrics


def _bounded(section: str, card: str, value: float | None, low: float | None, high: float | None) -> dict[str, float]:
    """Return what is known of a value and its bounds, by ``section/card``."""
    ends = {"": value, "_low": low, "_high": high}
    return {f"{section}{end}/{card}": round(float(x), _DECIMALS) for end, x in ends.items() if not pd.isna(x)}


def _params(result: StudyResult, who: _Who) -> dict[str, str]:
    """Return what the run was, as the compare page shows it side by side."""
    provenance = result.provenance
    model = provenance.models.get(who.name)
    learnt = provenance.independence.get(who.name)
    members = [
        r for r in result.study.readers.index if who.name == r or (who.is_group and _kind(result, r) == who.kind)
    ]
    arms = dict.fromkeys(arm for reader, arm in result.study.reader_arms if reader in members)
    params: dict[str, object] = {
        "reader": who.name,
        "reader_kind": who.kind,
        "readers": len(members),
        "arms": ", ".join(arms),
        "study": result.name,
        "dataset": provenance.dataset.name,
        "reference": provenance.reference.plugin,
        "findings": len(result.study.findings),
        "records": len(result.study.records),
        "patients": result.study.records["patient_id"].nunique(),
        "seed": "" if provenance.seed is None else provenance.seed,
        "uncertain_counts_as": result.study.answers.uncertain,
        "refer_counts_as": result.study.answers.refer,
        "model": model.plugin if model else "",
        "trained_on": (learnt and learnt.trained_on) or "",
    }
    stated = model.card.facts if model else {}
    params |= {f"card.{key}": value for key, value in stated.items() if not isinstance(value, tuple)}
    settings = model.card.settings if model else {}
    params |= {f"setting.{key}": value for key, value in settings.items() if not isinstance(value, tuple)}
    for frozen in provenance.thresholds:
        if frozen.reader == who.name and frozen.threshold is not None:
            params[f"threshold.{frozen.finding}"] = f"{frozen.threshold:.4g}"
    return {_key(key): str(value) for key, value in params.items() if str(value)}


def _kind(result: StudyResult, reader: str) -> str:
    return str(result.study.readers.loc[reader, "kind"])


def _about(who: _Who, sentences_of: Said | None) -> list[str]:
    return [] if sentences_of is None else [text for label in who.labels for text in sentences_of(label, who.is_group)]


def _tags(result: StudyResult, who: _Who, rows: pd.DataFrame, sentences: Sequence[str]) -> dict[str, str]:
    """Return what runs are found by, and the description that the run's page shows."""
    provenance = result.provenance
    undefined = rows[rows["value"].isna()]
    words = _why(result, who, undefined)
    counts = Counter(words)
    undefined = undefined[[word == NOT_COMPUTABLE for word in words]]
    tags = {
        EVALUATION_ID: evaluation_id(result),
        READER: who.name,
        READER_KIND: who.kind,
        "independent_of_reference": str(_is_independent(result, who)).lower(),
        "independent_of_data": _independent_of_data(result, who),
        "simulated": str(result.is_simulated).lower(),
        "undefined_estimates": str(counts[NOT_COMPUTABLE]),
        "not_asked_estimates": str(counts[NOT_ASKED]) if counts[NOT_ASKED] else "",
        "not_applicable_estimates": str(counts[NOT_APPLICABLE]) if counts[NOT_APPLICABLE] else "",
        "ecg_eval.version": provenance.ecg_eval,
        "mlflow.source.name": f"ecg_eval {provenance.ecg_eval}".strip(),
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": provenance.commit,
        DESCRIPTION: _description(result, who, undefined, [*sentences, *_not_answered(counts)]),
    }
    return {key: value for key, value in (tags | _plan(result)).items() if value}


def _plan(result: StudyResult) -> dict[str, str]:
    """Return the locked plan, and where the run departs from it."""
    plan = result.provenance.plan
    if plan is None:
        return {}
    text = "; ".join(plan.departures)
    cut = text if len(text) <= _TAG_AT_MOST else f"{text[:_TAG_AT_MOST]}…"
    return {
        "plan.locked_at": plan.locked_at,
        "plan.sha256": plan.sha256,
        "plan.departures": str(len(plan.departures)),
        "plan.departs_in": cut,
    }


def _not_answered(counts: Counter[str]) -> list[str]:
    """Return what was not asked and what does not apply, as counts."""
    words = {NOT_ASKED: "were not asked of this reader", NOT_APPLICABLE: "do not apply, as they need scores"}
    return [f"{counts[word]} estimates {meaning}." for word, meaning in words.items() if counts[word]]


def _why(result: StudyResult, who: _Who, undefined: pd.DataFrame) -> list[str]:
    """Return the word for why each row has no value."""
    metrics, members = result.provenance.metrics, _members(result, who)
    columns = undefined[["metric", "arm", "finding"]].itertuples(index=False)
    return [
        why_missing(
            result.study,
            sides=[members],
            arm=arm,
            finding=finding,
            needs_scores=metric in metrics and metrics[metric].needs_scores,
        )
        for metric, arm, finding in columns
    ]


def _odd(result: StudyResult, who: _Who, odd: Sequence[Oddity]) -> dict[str, str]:
    """Return a tag for each kind of oddity: in how many places it is, of this run's readers or of all that was read."""
    members = {"", *_members(result, who)}
    counts = Counter(oddity.kind for oddity in odd if oddity.reader in members)
    return {f"odd.{kind}": str(n) for kind, n in counts.items()}


def _members(result: StudyResult, who: _Who) -> list[str]:
    """Return the readers that a run is of."""
    readers = [str(r) for r in result.study.readers.index]
    return [r for r in readers if _kind(result, r) == who.kind] if who.is_group else [who.name]


# what a machine learnt from -> the tag; people, who learnt elsewhere, have none
_INDEPENDENT = {"independent": "true", "not_stated": "not stated"} | dict.fromkeys(
    ("relative", "other_folds", "same_archive", "same_folds"), "false"
)


def _independent_of_data(result: StudyResult, who: _Who) -> str:
    learnt = result.provenance.independence.get(who.name)
    if learnt and learnt.thresholds != "independent":
        return "false"
    return _INDEPENDENT[learnt.kind] if learnt else ""


def _is_independent(result: StudyResult, who: _Who) -> bool:
    """Whether nobody of the run formed the reference that judges the run."""
    names = result.study.readers.index if who.is_group else [who.name]
    members = [str(r) for r in names if _kind(result, r) == who.kind]
    return all(result.study.reference.is_independent_of(reader) for reader in members)


def _description(result: StudyResult, who: _Who, undefined: pd.DataFrame, sentences: Sequence[str]) -> str:
    """Return, in Markdown, what must be known before the numbers are used."""
    title = result.title() or "Reader study"
    head = "Simulated study. " if result.is_simulated else ""
    lines = [f"{head}**{title}**: {who.name} ({who.kind})."]
    if who.kind == "simulated":
        lines.append("Simulated: no doctor read these ECGs.")
    if not _is_independent(result, who):
        lines.append("Not independent: took part in forming the reference that judges the readings.")
    learnt = result.provenance.independence.get(who.name)
    if learnt and _INDEPENDENT[learnt.kind] == "false":
        lines.append(f"Not independent of the data: learnt from {learnt.trained_on}.")
    if learnt and learnt.thresholds != "independent":
        lines.append("Not independent: its thresholds were chosen on the recordings read here, or perhaps on them.")
    if result.study.reference.method:
        lines.append(f"Reference: {result.study.reference.method.rstrip('.')}.")
    text = "\n\n".join([" ".join(lines), *sentences])
    if undefined.empty:
        return text
    reasons = undefined[["metric", "arm", "finding", "reason"]].head(_REASONS_AT_MOST).itertuples(index=False)
    listed = "\n".join(f"* {metric}, {finding or 'all'}, {arm}: {reason}" for metric, arm, finding, reason in reasons)
    more = len(undefined) - _REASONS_AT_MOST
    rest = f"\n* and {more} more, in {OWN_TABLE}" if more > 0 else ""
    return f"{text}\n\nCannot be computed:\n\n{listed}{rest}"


def _dataset(result: StudyResult) -> LogDataset:
    provenance, records = result.provenance, result.study.records
    signals = {"signals": provenance.signals.sha256} if provenance.signals else {}
    return dataset_of(
        provenance.dataset,
        record_ids=[str(record_id) for record_id in records.index],
        n_patients=int(records["patient_id"].nunique()),
        version=provenance.ecg_eval,
        also=signals,
    )


def dataset_of(
    dataset: DatasetFacts,
    *,
    record_ids: Sequence[str],
    n_patients: int,
    version: str,
    also: Mapping[str, str] = MappingProxyType({}),
) -> LogDataset:
    """Return the data of a run as the store shows them.

    Parameters
    ----------
    dataset : DatasetFacts
    record_ids : sequence of str
        Records that were used.
    n_patients : int
    version : str
        Of this program.
    also : mapping of str to str
        Further digests of the data.
    """
    facts = {
        "title": dataset.title,
        "version": dataset.version,
        "licence": dataset.licence,
        "records": str(len(record_ids)),
        "patients": str(n_patients),
    }
    return LogDataset(
        name=dataset.name or "dataset",
        digest=_digest({**dataset.digests, **also}, record_ids),
        source=_source(dataset, version),
        facts={key: value for key, value in facts.items() if value},
    )


def _source(dataset: DatasetFacts, version: str) -> str:
    """Return where the recordings come from: an archive's address, or the program that made them and its version."""
    if dataset.access == "simulated":  # its address is the package's own page, where there are no recordings
        return f"{dataset.title}, made by ecg_eval {version}".strip()
    return dataset.url or dataset.title or dataset.name


def _digest(digests: Mapping[str, str], record_ids: Iterable[object]) -> str:
    """Return one short digest of the data and of which records were read."""
    lines = [f"{name}:{digest}" for name, digest in sorted(digests.items())]
    lines += [str(record_id) for record_id in record_ids]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def _key(text: str) -> str:
    """Return a name in the letters that MLflow allows."""
    return "".join(c if c.isalnum() or c in "_-. /" else "_" for c in text)
