"""What is logged, as plain values: a run, and the data that it was evaluated on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# tags by which runs are found again
EVALUATION_ID = "evaluation.id"
READER = "ecg_eval.reader"
READER_KIND = "reader_kind"
DESCRIPTION = "mlflow.note.content"  # what the run's page shows

# tags by which looks at a test set are counted
TEST_SET = "test_set.sha256"
VERSION = "reader.sha256"
HEADLINE = "headline"
HEADLINE_ERROR = "headline.standard_error"
NO_TEST_SET = "none"  # of a run that scored nothing against a truth


@dataclass(frozen=True, kw_only=True)
class LogDataset:
    """The data that a run was evaluated on.

    Attributes
    ----------
    name : str
    digest : str
        The start of a SHA-256 over the dataset's own digests and the ids of the records read; twelve digits, since
        lists show no more and MLflow keeps no more than 36.
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
    curves : dict of str to sequence of float
        Values by step, from 1, by ``section/card``.
    tables : dict of str
        Text of tables by file name.
    artifacts : tuple of str
        Names of files in the run folder; those that are not there are passed over.
    """

    name: str
    tags: Mapping[str, str]
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    dataset: LogDataset
    curves: Mapping[str, Sequence[float]] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    artifacts: tuple[str, ...] = ()
