"""Where a result comes from: versions, commit, digests. Nothing here names the user or the machine."""

import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from ecg_eval.config.load import config_to_dict
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.contracts import Dataset, Metric
from ecg_eval.domain.facts.dataset import DatasetFacts
from ecg_eval.domain.facts.metric import MetricFacts
from ecg_eval.domain.facts.provenance import IntervalFacts, Provenance, StudyFacts
from ecg_eval.pipeline.study.families import ADJUSTMENT, Family
from ecg_eval.pipeline.study.version import own_version, version_of

_PACKAGE = Path(__file__).parents[2]
_LIBRARIES = ("numpy", "scipy", "pandas", "scikit-learn", "torch", "wfdb", "neurokit2", "mlflow", "matplotlib")


@cache
def code_digest() -> str:
    """Return the SHA-256 of this package's files, so that a changed program does not pass for an unchanged one."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*")):
        if path.suffix in (".py", ".csv", ".toml", ".j2", ".css") and path.is_file():
            digest.update(str(path.relative_to(_PACKAGE)).encode() + path.read_bytes())
    return digest.hexdigest()


@cache
def commit() -> str:
    """Return the commit of the checkout that the package runs from, with "+changes"; empty outside of one."""
    if not (_PACKAGE.parent / ".git").exists():
        return ""
    try:
        head, changes = (
            subprocess.run(  # noqa: S603 - fixed words, no shell
                ["git", "-C", str(_PACKAGE.parent), *words],  # noqa: S607 - git from the PATH is the user's git
                capture_output=True,
                text=True,
                check=True,
                timeout=10,
            ).stdout.strip()
            for words in (["rev-parse", "HEAD"], ["status", "--porcelain", "--", _PACKAGE.name])
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return head + ("+changes" if changes else "")


def digest(*parts: object) -> str:
    """Return the SHA-256 of plain values."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def provenance_of(facts: StudyFacts) -> Provenance:
    """Return the provenance of a study that is evaluated here and now, with versions of all that numbers depend on.

    What was asked of it (metrics, answers, intervals, seed) is for the caller to add.
    """
    return Provenance(
        dataset=facts.dataset,
        simulated=facts.simulated,
        flow=facts.flow,
        quality=facts.quality,
        thresholds=facts.thresholds,
        models=facts.models,
        recordings=facts.recordings,
        signals=facts.signals,
        independence=facts.independence,
        panels=facts.panels,
        aided_by=facts.aided_by,
        reference=facts.reference,
        groups=facts.groups,
        ecg_eval=own_version(),
        commit=commit(),
        code=code_digest(),
        python=platform.python_version(),
        packages=packages(),
        created=now(),
    )


def now() -> str:
    """Return the time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def dataset_facts(dataset: Dataset) -> DatasetFacts:
    """Return what the report prints of a dataset."""
    return replace(dataset.facts(), digests=dataset.digests())


def metric_facts(metrics: Iterable[Metric]) -> dict[str, MetricFacts]:
    """Return what report and tracking know of the metrics, by name."""
    return {metric.name: metric.facts() for metric in metrics}


def interval_facts(level: float, resamples: int, family: Family = "metric") -> IntervalFacts:
    """Return how intervals are made of a study's resamples, and which tests are adjusted together."""
    return IntervalFacts(level=level, resamples=resamples, unit="patient", adjustment=ADJUSTMENT[family])


def packages() -> dict[str, str]:
    """Return the versions of the libraries that numbers depend on."""
    versions = {name: version_of(name) for name in _LIBRARIES}
    return {name: version for name, version in versions.items() if version is not None}


def signals_digest(files: Mapping[str, Path], *, full: bool) -> str:
    """Return one digest of files of signals: of their sizes and times, or of all that is in them.

    Parameters
    ----------
    files : mapping of str to Path
        By name; those that are not there are passed over.
    full : bool
        Whether they are read: about a second a gigabyte. Size and time cost a few microseconds a file; a file that was
        replaced while both were kept is then not noticed.
    """
    digest_of_all = hashlib.sha256()
    for name, path in sorted(files.items()):
        try:
            about = path.stat()
            mark = f"{about.st_size} {about.st_mtime_ns}"
            if full:
                with path.open("rb") as file:
                    mark = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            continue
        digest_of_all.update(f"{name} {mark}\n".encode())
    return digest_of_all.hexdigest()


def study_inputs(config: RunConfig, data: Mapping[str, str], made_of: Sequence[Mapping[str, str]], signals: str) -> str:
    """Return the digest of all that readings depend on.

    Parameters
    ----------
    config : RunConfig
    data : mapping of str to str
        Digests of the dataset's files.
    made_of : sequence of mapping of str to str
        Code and files of the plug-ins (``plugin_digest``), and the panels' own digests.
    signals : str
        As ``signals_digest`` gives it.
    """
    values = config_to_dict(config)
    words = (
        "dataset",
        "findings",
        "kinds",
        "groups",
        "pseudonyms",
        "split",
        "signals_required",
        "resample_hz",
        "quality",
        "models",
        "panels",
        "reference",
        "vote",
        "answers",
        "explanations",
        "seed",
    )
    return digest({w: values.get(w) for w in words}, data, list(made_of), signals, packages(), code_digest())


def evaluation_inputs(config: RunConfig, study_digest: str, made_of: Sequence[Mapping[str, str]]) -> str:
    """Return the digest of all that the estimates depend on."""
    values = config_to_dict(config)
    words = (
        "metrics",
        "primary",
        "answers",
        "intervals",
        "subgroups",
        "reader_subgroups",
        "exclusive",
        "findings",
        "family",
        "seed",
        "design",
        "adjust_for",
        "target_population",
        "prevalence",
    )
    return digest({w: values.get(w) for w in words}, study_digest, list(made_of), packages(), code_digest())
