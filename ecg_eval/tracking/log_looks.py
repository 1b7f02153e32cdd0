"""What a look at a test set is known by: digests of the test set and of the reader as it was, and its headline number.

A test set is the ECGs that were scored and their truth by finding, whatever the study is called, whoever read and
however intervals were made. A reader's version is what made its answers: plug-in, arguments, code, files, lessons and
thresholds where the run knows them, and in any case its calls; of answers that come from a file or a frame the scores
too. Scores that this program computed are left out: their last digits differ between processors.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from ecg_eval.domain.evaluation import MACRO
from ecg_eval.domain.facts.metric import MetricFacts
from ecg_eval.domain.reading import UNAIDED
from ecg_eval.domain.result import StudyResult
from ecg_eval.tracking.log_run import HEADLINE, HEADLINE_ERROR, NO_TEST_SET, TEST_SET, VERSION

_DIGITS = 16
_USUAL = ("auroc/{whole}", "sens/{whole}")  # headline numbers where the plan names none, the first that was logged


@dataclass(frozen=True, kw_only=True)
class _Headline:
    """The number that a reader is chosen by: its name in the store, and its standard error where it has one."""

    name: str
    standard_error: float | None


def test_set_digest(result: StudyResult) -> str:
    """Return what a test set is known by; "none" where nothing is known of the truth of any ECG.

    A SHA-256, sixteen digits of it, over the ids of the ECGs and their truth by finding, in alphabetical order.
    """
    if not result.study.reference.exists:
        return NO_TEST_SET
    truth = result.study.reference.table[sorted(result.study.findings)].sort_index()
    lines = ["\t".join(truth.columns), *(str(record) for record in truth.index)]
    known_truth = np.nan_to_num(truth.to_numpy(dtype=np.float64), nan=-1).astype(np.int8)
    return hashlib.sha256("\n".join(lines).encode() + known_truth.tobytes()).hexdigest()[:_DIGITS]


def version_digest(result: StudyResult, reader: str) -> str:
    """Return what a reader as it was is known by, sixteen digits of a SHA-256."""
    study, facts = result.study, result.provenance.models.get(reader)
    computed = facts is not None and bool(facts.digest)
    digest = hashlib.sha256()
    if facts is not None and computed:
        frozen = [
            f"{t.finding} {None if t.threshold is None else f'{t.threshold:.4g}'}"
            for t in result.provenance.thresholds
            if t.reader == reader
        ]
        digest.update("\n".join([facts.digest, *sorted(frozen)]).encode())
    records = np.argsort(study.records.index.astype(str).to_numpy(), kind="stable")
    findings = np.argsort(np.array(study.findings, dtype=str), kind="stable")
    for arm in sorted(arm for one, arm in study.reader_arms if one == reader):
        place = study.places([reader], arm)[reader]
        digest.update(arm.encode())
        for quantity in ("calls",) if computed else ("calls", "scores"):
            cells = study.cube(quantity)[place][np.ix_(findings, records)]
            digest.update(np.nan_to_num(cells, nan=-1.0).astype("<f8").tobytes())
    return digest.hexdigest()[:_DIGITS]


def look_tags(result: StudyResult, reader: str, rows: pd.DataFrame, short_names: Mapping[str, str]) -> dict[str, str]:
    """Return the tags by which a machine's scoring of a test set is counted.

    A floor has the test set's tag alone: it is no model that anybody would choose.

    Parameters
    ----------
    result : StudyResult
    reader : str
    rows : DataFrame
        The reader's own numbers, of all ECGs.
    short_names : mapping of str to str
        Metric -> what the store calls it.
    """
    test_set = test_set_digest(result)
    if test_set == NO_TEST_SET or result.study.is_floor(reader):
        return {TEST_SET: test_set}
    tags = {TEST_SET: test_set, VERSION: version_digest(result, reader)}
    whole = MACRO if len(result.study.findings) > 1 else result.study.findings[0]
    headline = _headline_of(rows, short_names, result.provenance.metrics, whole)
    if headline is not None:
        tags[HEADLINE] = headline.name
        if headline.standard_error is not None:
            tags[HEADLINE_ERROR] = f"{headline.standard_error:.6g}"
    return tags


def _headline_of(
    rows: pd.DataFrame, short_names: Mapping[str, str], metrics: Mapping[str, MetricFacts], whole: str
) -> _Headline | None:
    """Return the headline number: what the plan named, else the usual one; a share, so that points can be told."""
    shares = rows[rows["value"].between(0, 1) & rows["arm"].isin(["", UNAIDED])]
    named: dict[str, float | None] = {}
    planned: list[str] = []
    columns = ["metric", "finding", "pre_specified", "standard_error", "low", "high", "level"]
    for metric, finding, is_planned, error, low, high, level in shares[columns].itertuples(index=False):
        name = f"{short_names.get(metric, metric)}/{finding or 'all'}"
        named[name] = _standard_error(error, low, high, level)
        facts = metrics.get(metric)
        if is_planned and facts is not None and (facts.answers == "reading" or facts.is_share):
            planned.append(name)
    usual = [name.format(whole=whole) for name in _USUAL]
    chosen = next((name for name in (*planned, *usual) if name in named), None)
    return None if chosen is None else _Headline(name=chosen, standard_error=named[chosen])


def _standard_error(error: float | None, low: float | None, high: float | None, level: float | None) -> float | None:
    """Return an estimate's standard error, or that of a normal interval as wide as its own; None without either."""
    if not pd.isna(error):
        return float(error)
    if pd.isna(low) or pd.isna(high) or pd.isna(level):
        return None
    return float((high - low) / (2 * norm.ppf((1 + level) / 2)))
