"""Where MLflow keeps runs and models, and models that a configuration names there as folders on this machine."""

import os
from pathlib import Path

from ecg_eval.config.schema import Plug, RunConfig

RUNS = Path("runs")
STORE = RUNS / "mlflow.db"


def store_uri(config: RunConfig | None = None) -> str:
    """Return where MLflow keeps runs: the configuration's word, MLFLOW_TRACKING_URI, or runs/mlflow.db here."""
    from ecg_eval.tracking.store import sqlite_uri

    configured = config.tracking.uri if config else None
    return configured or os.environ.get("MLFLOW_TRACKING_URI") or sqlite_uri(STORE)


def model_arguments(plug: Plug, config: RunConfig) -> dict[str, object]:
    """Return the arguments of a model, each that names a model of MLflow as the folder that holds it.

    Raises
    ------
    TrackingError
        When the store has no such model.
    """
    folders = registered(plug, config)
    if not folders:
        return plug.arguments
    from ecg_eval.tracking.registry_models import model_folder

    fetched = {key: str(model_folder(uri, store=store_uri(config))) for key, uri in folders.items()}
    return plug.arguments | fetched


def registered(plug: Plug, config: RunConfig) -> dict[str, str]:
    """Return, by argument, the models of MLflow that a plug-in is given, each by an address that names one version."""
    named = {
        key: value
        for key, value in plug.arguments.items()
        if isinstance(value, str) and value.startswith(("models:/", "runs:/"))
    }
    if not named:
        return {}
    from ecg_eval.tracking.registry_models import fixed_uri

    return {key: fixed_uri(value, store=store_uri(config)) for key, value in named.items()}
