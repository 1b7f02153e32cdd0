"""Plug-ins that harm the process that they are in, each in one way; what each leaves behind is looked for."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from toys.toy_study import ToyMetric, ToyModel, ToyPanel, ToyReference


class _Harm(ToyModel):
    trained_on = ()
    needs = "anything"

    def __init__(self, traces: str = "."):
        self.traces = Path(traces)

    def scores(self, recordings, findings):
        self.harm()
        return super().scores(recordings, findings)


class Hangs(_Harm):
    def harm(self):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        (self.traces / "child").write_text(str(child.pid))
        time.sleep(600)


class KillsItself(_Harm):
    def harm(self):
        os.kill(os.getpid(), signal.SIGKILL)


class EndsItself(_Harm):
    def harm(self):
        os._exit(0)


class Leaves(_Harm):
    def harm(self):
        sys.exit(0)


class Interrupts(_Harm):
    def harm(self):
        raise KeyboardInterrupt


class ClosesAll(_Harm):
    def harm(self):
        os.closerange(3, 4096)


class Grows(_Harm):
    def harm(self):
        self.leak = [bytearray(2**30) for _ in range(64)]


class LeavesFiles(_Harm):
    """Answers, and leaves files."""

    def harm(self):
        (self.traces / "left").write_text(tempfile.mkdtemp())


class Forks(_Harm):
    """Answers, twice each time."""

    def harm(self):
        if os.fork() == 0:
            with (self.traces / "forked").open("a", encoding="ascii") as file:
                file.write(f"{os.getppid()}\n")


class DiesWhenMade(_Harm):
    def __init__(self):
        os.kill(os.getpid(), signal.SIGKILL)


class MetricHangs(ToyMetric):
    def rows(self, study, *, level):
        time.sleep(600)


class MetricDies(ToyMetric):
    def rows(self, study, *, level):
        os._exit(3)


class PanelDies(ToyPanel):
    def read(self, request):
        os._exit(0)


class ReferenceDies(ToyReference):
    def form(self, **_):
        os._exit(0)
