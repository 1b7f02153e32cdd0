"""How a store's own pages are served and opened, on this machine."""

import os
import sys

from ecg_eval.errors import TrackingError
from ecg_eval.tracking.store import SILENT, without_password


def ui_command(uri: str, *, port: int = 5000) -> list[str]:
    """Return the command that serves a store's pages to this machine alone: MLflow asks nobody for a password.

    Raises
    ------
    TrackingError
        For a server: it has its own pages already.
    """
    if uri.startswith(("http://", "https://")):
        raise TrackingError(
            "ui",
            "uri",
            "a store on this machine",
            without_password(uri),
            f"Open {opening_url(without_password(uri))} instead.",
        )
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", uri]
    return [*command, "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]


def ui_environment() -> dict[str, str]:
    """Return the environment for ``ui_command``: this process's own, with telemetry off."""
    return dict(os.environ) | SILENT


def opening_url(server: str = "http://127.0.0.1:5000", *, experiment_id: str = "") -> str:
    """Return the address to open: MLflow opens in a view for language models unless told otherwise."""
    page = f"experiments/{experiment_id}/runs" if experiment_id else "experiments"
    return f"{server.rstrip('/')}/#/{page}?workflowType=machine_learning"
