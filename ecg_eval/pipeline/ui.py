"""MLflow's pages, for this machine only."""

import subprocess
from collections.abc import Callable

from ecg_eval.pipeline.study.run import store_uri


def serve(port: int, *, say: Callable[[str], object]) -> int:
    """Serve the store until interrupted; return the server's exit code.

    Raises
    ------
    TrackingError
        When the store is a server, which has pages of its own.
    """
    from ecg_eval.tracking.mlflow_tracker import opening_url, ui_command, ui_environment

    command = ui_command(store_uri(), port=port)
    say(f"Open {opening_url(f'http://127.0.0.1:{port}')}  (Ctrl-C ends it)")
    try:
        return subprocess.run(command, env=ui_environment(), check=False).returncode  # noqa: S603 - our own words
    except KeyboardInterrupt:
        return 0
