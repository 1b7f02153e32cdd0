"""Where a result comes from: versions, commit, digests. Nothing here names the user or the machine."""

import hashlib
import json
import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ecg_eval.config.load import config_to_dict
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.contracts import Dataset, Metric
from ecg_eval.domain.facts.plain import to_plain

_PACKAGE = Path(__file__).parents[2]
_LIBRARIES = ("numpy", "scipy", "pandas", "scikit-learn", "torch", "wfdb", "neurokit2", "mlflow", "matplotlib")


def own_version() -> str:
    """Return the version of this package."""
    return version("ecg-eval") if _installed("ecg-eval") else "not installed"


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
        said = [
            subprocess.run(  # noqa: S603 - fixed words, no shell
                ["git", "-C", str(_PACKAGE.parent), *words],  # noqa: S607 - git from the PATH is the user's git
                capture_output=True,
                text=True,
                check=True,
                timeout=10,
            ).stdout.strip()
            for words in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
        ]
    except (OSError, subprocess.SubprocessError):
        return ""
    return said[0] + ("+changes" if said[1] else "")


def digest(*parts: object) -> str:
    """Return the SHA-256 of plain values."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def environment() -> dict[str, Any]:
    """Return versions of this package, Python and the libraries that numbers depend on."""
    return {
        "ecg_eval": own_version(),
        "commit": commit(),
        "code": code_digest(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _LIBRARIES if _installed(name)},
    }


def now() -> str:
    """Return the time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def dataset_facts(dataset: Dataset) -> dict[str, Any]:
    """Return what the report prints of a dataset."""
    named: dict[str, Any] = {"name": dataset.name}
    related = sorted(dataset.related())
    return named | dataset.facts() | {"lineage": related, "digests": dataset.digests()}


def metric_facts(metrics: list[Metric]) -> dict[str, object]:
    """Return what report and tracking know of the metrics, by name."""
    return {m.name: to_plain(m.facts()) for m in metrics}


def study_inputs(config: RunConfig, dataset: dict[str, Any], panels: list[dict[str, str]]) -> str:
    """Return the digest of all that readings depend on."""
    said = config_to_dict(config)
    words = (
        "dataset",
        "findings",
        "split",
        "signals_required",
        "resample_hz",
        "quality",
        "models",
        "panels",
        "reference",
        "answers",
        "seed",
    )
    return digest({w: said.get(w) for w in words}, dataset["digests"], panels, code_digest())


def evaluation_inputs(config: RunConfig, study_digest: str) -> str:
    """Return the digest of all that the estimates depend on."""
    said = config_to_dict(config)
    words = ("metrics", "primary", "answers", "intervals", "subgroups", "exclusive", "seed")
    return digest({w: said[w] for w in words}, study_digest, code_digest())


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
