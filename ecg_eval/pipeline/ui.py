"""MLflow's pages, for this machine only."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ecg_eval.pipeline.study.store import store_uri

_PATIENCE_S = 5.0


def serve(port: int, *, say: Callable[[str], object]) -> int:
    """Serve the store until interrupted; return the server's exit code.

    Raises
    ------
    TrackingError
        When the store is a server, which has pages of its own.
    """
    from ecg_eval.tracking.mlflow_tracker import newest_view
    from ecg_eval.tracking.served_pages import HOST, opening_url, ui_command, ui_environment

    command = ui_command(store_uri(), port=port)
    experiment, view = newest_view(store_uri())
    page, plain = (
        opening_url(f"http://{host}:{port}", experiment_id=experiment, view=view) for host in (HOST, "127.0.0.1")
    )
    say(f"Open {page}  (Ctrl-C ends it)")
    say(f"Where a browser does not know this name (older Safari): {plain}, and close MLflow's assistant.")
    server = subprocess.Popen(command, env=ui_environment(), start_new_session=True)  # noqa: S603 - our own words
    with _ended_by_signals(server):
        return server.wait()


@contextmanager
def _ended_by_signals(server: "subprocess.Popen[bytes]") -> Iterator[None]:
    """End the server and all that it has started when this program is told to end, whichever way."""

    def end(number: int, _frame: object) -> None:
        _end_all(server)
        raise SystemExit(0 if number == signal.SIGINT else 128 + number)

    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _end_all(server)


def _end_all(server: "subprocess.Popen[bytes]") -> None:
    """End a server's whole session; what does not end within seconds is killed."""
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        try:
            os.killpg(server.pid, number)
        except (OSError, AttributeError):  # nothing is left, or a system without groups of processes
            server.terminate()
        try:
            server.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            continue
