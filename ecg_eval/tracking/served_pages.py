"""How a store's own pages are served and opened, on this machine.

MLflow's page opens an assistant of its own beside the table of runs, which then has room for no metric, wherever it is
called by ``localhost`` or ``127.0.0.1``; and that assistant may run commands here. Under another name of this machine
it stays away: browsers take every name that ends in ``.localhost`` for the machine itself (RFC 6761), without asking a
network. The server is told to answer to that name too, and to nobody else.
"""

import os
import sys
from urllib.parse import urlencode

from ecg_eval.errors import TrackingError
from ecg_eval.tracking.store import SILENT, without_password

HOST = "ecg-eval.localhost"  # this machine, by a name that MLflow does not know


def ui_command(uri: str, *, port: int = 5000) -> list[str]:
    """Return the command that serves a store's pages to this machine alone: MLflow asks nobody for a password.

    Raises
    ------
    TrackingError
        For a server: it has its own pages already.
    """
    if is_server(uri):
        raise TrackingError(
            "ui",
            "uri",
            "a store on this machine",
            without_password(uri),
            f"Open {opening_url(without_password(uri))} instead.",
        )
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", uri]
    hosts = ",".join(f"{host}:{port}" for host in (HOST, "localhost", "127.0.0.1"))
    names = ["--allowed-hosts", hosts, "--cors-allowed-origins", f"http://{HOST}:{port}"]
    return [*command, "--host", "127.0.0.1", "--port", str(port), "--workers", "1", *names]


def ui_environment() -> dict[str, str]:
    """Return the environment for ``ui_command``: this process's own, with telemetry off."""
    return dict(os.environ) | SILENT


def opening_url(server: str = "http://127.0.0.1:5000", *, experiment_id: str = "", view: str = "") -> str:
    """Return the address to open: MLflow opens in its view for language models unless told otherwise.

    Parameters
    ----------
    server : str
    experiment_id : str
        Empty for the list of experiments.
    view : str
        Key of the view of its table; empty for the one that the browser had last.
    """
    page = f"experiments/{experiment_id}/runs" if experiment_id else "experiments"
    asked = {"workflowType": "machine_learning"} | ({"viewStateShareKey": view} if view else {})
    return f"{server.rstrip('/')}/#/{page}?{urlencode(asked)}"


def is_server(uri: str) -> bool:
    """Return whether a store is a server, with pages of its own."""
    return uri.startswith(("http://", "https://"))
