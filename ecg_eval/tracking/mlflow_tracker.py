"""Log what ``log_items`` decided to MLflow; the only file that talks to it.

The store is named explicitly (``sqlite:///...`` or a server), telemetry is off before MLflow is imported, artifacts of
an SQLite store lie beside it and not in whatever folder the program was started from. A server that cannot be reached
never costs a run: the wait is bounded, nothing is raised, and the outcome says how to log later. Logging twice is
harmless: a reader's run that stands under the same ``evaluation.id`` is not made again. When all stand, the experiment
is given views of its table, one a question (``log_views``), and the looks at their test set are counted (``ledger``);
a store that takes no views or cannot be searched costs these alone.
"""

import logging
import os
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, Any

from ecg_eval.errors import TrackingError
from ecg_eval.tracking.ledger import Ledger
from ecg_eval.tracking.ledger_store import ledger_of, mark
from ecg_eval.tracking.log_run import DESCRIPTION, EVALUATION_ID, READER, LogRun
from ecg_eval.tracking.log_views import DESCRIPTION_MARK, OPENING, TAG, description_of, tags_of, views_of
from ecg_eval.tracking.served_pages import is_server, opening_url
from ecg_eval.tracking.store import SILENT, alone_in, password_of, sqlite_path, without_password

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, Run

# what MLflow itself would wait: minutes, with seven retries
_BOUNDED = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
_CHATTY = ("alembic", "mlflow.store.db.utils", "mlflow.tracking", "urllib3.connectionpool")
LIMIT_S = 120.0  # seconds that logging may take in all
_PARAM_LENGTH, _BATCH_METRICS, _BATCH_PARAMS = 500, 900, 100  # a store takes a thousand of both at once


@dataclass(frozen=True, kw_only=True)
class TrackingOutcome:
    """What came of logging.

    Attributes
    ----------
    logged : bool
        Whether every run stands in the store.
    uri, experiment : str
    experiment_id : str
        Empty when the store was never reached.
    run_ids : dict of str
        Reader to run, those that stood already included.
    message : str
        One sentence for people: where to look, or what failed and how to log it later.
    ledger : Ledger or None
        How often the test set was scored; None where no model was scored, nothing was logged, or it was not counted.
    not_counted : str
        Why it was not counted, or the count not written onto the runs, though all was logged; empty otherwise.
    """

    logged: bool
    uri: str
    experiment: str
    experiment_id: str = ""
    run_ids: dict[str, str] = field(default_factory=dict)
    message: str
    ledger: Ledger | None = None
    not_counted: str = ""

    @property
    def looks(self) -> list[str]:
        """Return what is to be said of how often the test set was scored, in sentences."""
        what = "How often this test set was scored could not be counted"
        if self.ledger is not None:
            what = "This could not be written onto the runs"
        failed = [f"{what}: {self.not_counted}."] if self.not_counted else []
        return [*(self.ledger.sentences() if self.ledger else []), *failed]


def log_to_mlflow(
    items: Sequence[LogRun],
    *,
    uri: str,
    experiment: str,
    run_folder: Path,
    log_later: str = "",
    limit_s: float = LIMIT_S,
) -> TrackingOutcome:
    """Log runs and say what came of it; never raise because of the store.

    Parameters
    ----------
    items : sequence of LogRun
    uri : str
        ``sqlite:///path/to/mlflow.db``, ``http://host:port``, or anything else that MLflow takes.
    experiment : str
        Without a slash.
    run_folder : Path
        Where the artifacts are taken from.
    log_later : str, optional
        The command that logs the run folder later, for the message.
    limit_s : float
        Seconds that all of it may take; a store that has not answered by then is left alone.

    Raises
    ------
    TrackingError
        For an experiment name with a slash or an empty store address: no store could take those.
    """
    if not experiment.strip() or "/" in experiment:
        raise TrackingError(
            "tracking", "experiment", "a name without a slash", experiment, "MLflow reads it as a path."
        )
    if not uri.strip():
        remedy = "Give sqlite:///path/to/mlflow.db or http://host:port."
        raise TrackingError("tracking", "uri", "the address of a store", uri, remedy)
    made = _Logged()
    worker = Thread(target=_log, args=(made, items, uri, experiment, run_folder, limit_s), daemon=True)
    worker.start()
    worker.join(limit_s)
    logged = made if made.ended else _late(made, limit_s)
    shown = without_password(uri)
    later = log_later or "Log it later, when the store answers; nothing is logged twice."
    message = f"{len(logged.run_ids)} runs in experiment {experiment} of {shown}."
    if is_server(uri):
        page = opening_url(shown, experiment_id=logged.experiment_id, view=logged.view)
        message += f" Open {page}."
    if logged.no_views:
        message += f" Views of its table could not be made: {logged.no_views}."
    if logged.why:
        message = f"Not tracked in {shown}: {logged.why}. The run folder {run_folder} is complete. {later}"
    return TrackingOutcome(
        logged=not logged.why,
        uri=shown,
        experiment=experiment,
        experiment_id=logged.experiment_id,
        run_ids=logged.run_ids,
        message=message,
        ledger=logged.ledger,
        not_counted=logged.not_counted,
    )


def newest_view(uri: str) -> tuple[str, str]:
    """Return the experiment that was changed last and has views, and the key of the view to begin with; empty if none.

    Parameters
    ----------
    uri : str
        A store. One that is not there, or cannot be searched, has none: whoever serves it will say why.
    """
    path = sqlite_path(uri)
    if path is not None and not path.is_file():  # MLflow would make one
        return "", ""
    try:
        with quiet():
            newest = _client(uri).search_experiments(max_results=50, order_by=["last_update_time DESC"])
    except Exception:  # a store's many libraries raise what they like
        return "", ""
    return next(((str(e.experiment_id), OPENING) for e in newest if f"{TAG}{OPENING}" in e.tags), ("", ""))


def read_ledger(items: Sequence[LogRun], *, uri: str) -> Ledger | None:
    """Return the ledger of the test set of an evaluation; None where no model was scored against a truth.

    Parameters
    ----------
    items : sequence of LogRun
        What would be logged of it.
    uri : str

    Raises
    ------
    TrackingError
        When the store is not there, or cannot be searched.
    """
    shown, path = without_password(uri), sqlite_path(uri)
    if path is not None and not path.is_file():  # MLflow would make one
        remedy = "Runs are logged by `ecg-eval run` and `ecg-eval track`; `tracking: {uri: ...}` says where."
        raise TrackingError("ledger", "store", "one that exists", shown, remedy)
    try:
        with quiet():
            return ledger_of(_client(uri), items)
    except Exception as error:  # a store's many libraries raise what they like
        raise TrackingError("ledger", "store", "one that can be searched", shown, f"{_in_words(error, uri)}.") from None


@dataclass
class _Logged:
    """What was logged, and why not all of it; views, ledger and why there are none once all runs stand."""

    run_ids: dict[str, str] = field(default_factory=dict)
    experiment_id: str = ""
    why: str = ""
    stands: bool = False
    ended: bool = False
    view: str = ""
    no_views: str = ""
    ledger: Ledger | None = None
    not_counted: str = ""


def _late(made: _Logged, limit_s: float) -> _Logged:
    """Return what is to be said of a store that has not answered in time: runs that stand are logged all the same."""
    why = f"it took more than {limit_s:g} s (`tracking.limit_s` sets the limit)"
    if not made.stands:
        return _Logged(why=why)
    return _Logged(
        run_ids=dict(made.run_ids),
        experiment_id=made.experiment_id,
        view=made.view,
        no_views="" if made.view else why,
        not_counted=why,
    )


def _log(made: _Logged, items: Sequence[LogRun], uri: str, experiment: str, run_folder: Path, limit_s: float) -> None:
    """Log runs and count the looks at their test set; whatever the store does is told, not raised."""
    try:
        with quiet(), alone_in(uri, limit_s=limit_s):
            client = _client(uri)
            made.experiment_id = _experiment_id(client, uri, experiment)
            standing = _standing(client, made.experiment_id, items)
            for item in items:
                reader = item.tags[READER]
                made.run_ids[reader] = standing.get(reader) or _log_run(client, made.experiment_id, item, run_folder)
            made.stands = True
            _arrange(made, client, items, uri)
            _count(made, client, [item for item in items if item.tags[READER] not in standing], items, uri)
    except ImportError as error:
        made.why = f"its address needs {error.name or error}, which is not installed: `pip install {error.name}`"
    except TrackingError as error:  # our own words hold the remedy, however long the paths in them
        made.why = str(error).rstrip(".")
    except Exception as error:  # a store's many libraries raise what they like
        made.why = _in_words(error, uri)
    finally:
        made.ended = True


def _arrange(made: _Logged, client: "MlflowClient", items: Sequence[LogRun], uri: str) -> None:
    """Give an experiment its views, and a description that leads to them unless a person wrote one; costs no run."""
    try:
        views = views_of(items)
        tags = tags_of(views)
        standing = client.get_experiment(made.experiment_id).tags
        described = standing.get(DESCRIPTION, "")
        if views and (not described or DESCRIPTION_MARK in described):
            tags[DESCRIPTION] = description_of(views, made.experiment_id)
        for key, value in tags.items():
            if standing.get(key) != value:
                client.set_experiment_tag(made.experiment_id, key, value)
        made.view = OPENING if views else ""
    except Exception as error:  # a server may let a user log and not change an experiment
        made.no_views = _in_words(error, uri)


def _count(made: _Logged, client: "MlflowClient", fresh: Sequence[LogRun], items: Sequence[LogRun], uri: str) -> None:
    """Count the looks at a test set and mark the runs that were just logged; a failure costs no run."""
    try:
        made.ledger = counted = ledger_of(client, items)
        if counted is None:
            return
        for item in fresh:
            mark(client, counted, item, made.run_ids[item.tags[READER]])
    except Exception as error:  # a server may let a user log and not search
        made.not_counted = _in_words(error, uri)


def _in_words(error: Exception, uri: str) -> str:
    """Return the first line of an error of a store, without the password of its address."""
    first_line = str(error).strip().split("\n", maxsplit=1)[0][:300] or type(error).__name__
    return first_line.rstrip(".").replace(password_of(uri) or "\0", "***")


@contextmanager
def quiet() -> Iterator[None]:
    """Bound every wait, switch telemetry off and quieten start-up chatter; the user's own settings win."""
    os.environ.update(SILENT)
    added = {key: value for key, value in _BOUNDED.items() if key not in os.environ}
    os.environ.update(added)
    levels = {name: logging.getLogger(name).level for name in _CHATTY}
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # what MLflow's own libraries plan to drop is nothing that a user of ours can act on
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        for key in added:
            os.environ.pop(key, None)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _client(uri: str) -> "MlflowClient":
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri)


def _experiment_id(client: "MlflowClient", uri: str, experiment: str) -> str:
    named = client.get_experiment_by_name(experiment)
    if named is not None:
        return str(named.experiment_id)
    path = sqlite_path(uri)
    place = None if path is None else (path.resolve().parent / "mlflow-artifacts" / experiment).as_uri()
    try:
        return str(client.create_experiment(experiment, artifact_location=place))
    except Exception:
        named = client.get_experiment_by_name(experiment)  # another program was faster
        if named is None:
            raise
        return str(named.experiment_id)


def _standing(client: "MlflowClient", experiment_id: str, items: Sequence[LogRun]) -> dict[str, str]:
    """Return the finished runs of this evaluation by reader, so that nothing is logged twice.

    A run of it that is still said to be running is of a program that was killed, and is marked as failed.
    """
    standing: dict[str, str] = {}
    for evaluation in {item.tags[EVALUATION_ID] for item in items}:
        query = f"tags.`{EVALUATION_ID}` = '{evaluation}'"
        for run in client.search_runs([experiment_id], filter_string=query, max_results=1000):
            if run.info.status == "FINISHED":
                standing[run.data.tags.get(READER, "")] = run.info.run_id
            elif run.info.status == "RUNNING":
                client.set_terminated(run.info.run_id, status="FAILED")
    return standing


def _log_run(client: "MlflowClient", experiment_id: str, item: LogRun, run_folder: Path) -> str:
    """Log one run; one that breaks off is marked as failed, so that it is made anew the next time."""
    run = client.create_run(experiment_id, run_name=item.name, tags=dict(item.tags))
    run_id = str(run.info.run_id)
    try:
        _log_values(client, run_id, item)
        client.log_inputs(run_id, [_dataset_input(item)])
        _log_files(run, item, run_folder, client.tracking_uri)
    except BaseException:
        client.set_terminated(run_id, status="FAILED")
        raise
    client.set_terminated(run_id, status="FINISHED")
    return run_id


def _log_files(run: "Run", item: LogRun, run_folder: Path, tracking_uri: str) -> None:
    """Put tables and files among a run's artifacts: through their place, as the client would ask for the run anew."""
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    place: Any = get_artifact_repository(run.info.artifact_uri, tracking_uri=tracking_uri)  # untyped
    with TemporaryDirectory() as made:
        for name, text in item.tables.items():
            (Path(made) / name).write_text(text, encoding="utf-8")
            place.log_artifact(str(Path(made) / name))
    for name in item.artifacts:
        if (run_folder / name).is_file():
            place.log_artifact(str(run_folder / name))


def _log_values(client: "MlflowClient", run_id: str, item: LogRun) -> None:
    """Log parameters and metrics in batches: one by one, 200 metrics take a second and a half on a server."""
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    params = [Param(key, value[:_PARAM_LENGTH]) for key, value in item.params.items()]
    metrics = [Metric(key, value, now, 0) for key, value in item.metrics.items()]
    metrics += [Metric(k, v, now, step) for k, values in item.curves.items() for step, v in enumerate(values, start=1)]
    n_batches = max(-(-len(params) // _BATCH_PARAMS), -(-len(metrics) // _BATCH_METRICS))
    for i in range(n_batches):
        some = metrics[i * _BATCH_METRICS : (i + 1) * _BATCH_METRICS]
        client.log_batch(run_id, metrics=some, params=params[i * _BATCH_PARAMS : (i + 1) * _BATCH_PARAMS])


def _dataset_input(item: LogRun) -> "DatasetInput":
    """Return the dataset as MLflow's own entity: its data frames would be profiled and imported for nothing."""
    import json

    from mlflow.entities import Dataset, DatasetInput, InputTag

    dataset = Dataset(
        name=item.dataset.name,
        digest=item.dataset.digest,
        source_type="ecg_eval",
        source=json.dumps({"uri": item.dataset.source}),
        profile=json.dumps(dict(item.dataset.facts)),
    )
    return DatasetInput(dataset, tags=[InputTag("mlflow.data.context", "evaluation")])
