"""Models of an MLflow registry or run as folders on this machine: a model room never talks to MLflow."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from ecg_eval.errors import TrackingError, suggestion
from ecg_eval.tracking.mlflow_tracker import quiet
from ecg_eval.tracking.store import sqlite_path, without_password


def fixed_uri(uri: str, *, store: str) -> str:
    """Return an address that names one version for ever: an alias may move, the version that it names now may not.

    Parameters
    ----------
    uri : str
        "models:/name@alias", "models:/name/3" or "runs:/id/name".
    store : str
        Where MLflow keeps models and runs.

    Raises
    ------
    TrackingError
        When the store cannot be reached, or has no such model or alias.
    """
    name, at, alias = uri.removeprefix("models:/").partition("@")
    if not uri.startswith("models:/") or not at:
        return uri
    _check_there(store)
    from mlflow import MlflowClient

    with quiet():
        client = MlflowClient(tracking_uri=store, registry_uri=store)
        try:
            return f"models:/{name}/{client.get_model_version_by_alias(name, alias).version}"
        except Exception as error:  # MLflow's and its store's own classes
            raise _not_there(uri, store, str(error)) from None


@cache
def model_folder(uri: str, *, store: str) -> Path:
    """Return the folder that holds a model of a fixed address, fetched where it is not on this machine.

    Raises
    ------
    TrackingError
        When it cannot be fetched.
    """
    _check_there(store)
    from mlflow import artifacts

    with quiet(), _default_store(store):
        try:
            return Path(artifacts.download_artifacts(artifact_uri=uri, tracking_uri=store, registry_uri=store))
        except Exception as error:  # MLflow's, its store's and the network's own classes
            raise _not_there(uri, store, str(error)) from None


@contextmanager
def _default_store(store: str) -> Iterator[None]:
    """Let a store be MLflow's default: it asks the default registry for a version's place, whatever it is told."""
    names = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, store))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _check_there(store: str) -> None:
    """Refuse an SQLite store that is not there, which MLflow would make."""
    path = sqlite_path(store)
    if path is not None and not path.is_file():
        remedy = "Name it under `tracking: {uri: ...}` or in MLFLOW_TRACKING_URI."
        raise TrackingError("models of MLflow", "store", "one that exists", str(path), remedy)


def _not_there(uri: str, store: str, message: str) -> TrackingError:
    from mlflow import MlflowClient

    names: list[str] = []
    try:
        with quiet():
            client = MlflowClient(tracking_uri=store, registry_uri=store)
            names = [model.name for model in client.search_registered_models(max_results=100)]
    except Exception:  # a store that cannot even list its models: the first error says what is wrong
        names = []
    wanted = uri.removeprefix("models:/").partition("@")[0].partition("/")[0]
    remedy = f"{suggestion(wanted, names)} {' '.join(message.split())[:200]}".strip()
    return TrackingError("models of MLflow", uri, f"in {without_password(store)}", remedy=remedy)
