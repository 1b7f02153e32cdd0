"""The embedded default: what `make demo` runs, offline, on any machine."""

from collections.abc import Sequence
from importlib.resources import as_file, files

from ecg_eval.config.load import load_config
from ecg_eval.config.schema import RunConfig


def demo_config(overrides: Sequence[str] = ()) -> RunConfig:
    """Return the run of the demo that ships with the package."""
    with as_file(files("ecg_eval.config").joinpath("demo.yaml")) as path:
        return load_config(path, overrides)
