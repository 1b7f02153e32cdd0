"""Compare how AI and doctors read ECGs, with numbers that a clinician can trust.

Readings in a pandas frame, a tidy table of estimates and figures out::

    import pandas as pd, ecg_eval
    readings = pd.read_csv("readings.csv")          # record_id, reader_id, finding, reading
    truth = pd.read_csv("truth.csv")                # record_id, one column a finding: 1, 0, blank
    analysis = ecg_eval.evaluate(readings, truth, readers={"gp01": "gp", "model": "model"})
    analysis.frame                                  # metric, reader, finding, value, low, high, ...

The command line does the same from configuration files. Everything is imported when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecg_eval.config.load import load_config as load_config
    from ecg_eval.domain.evaluation import Evaluation as Evaluation
    from ecg_eval.pipeline.analysis import Analysis as Analysis
    from ecg_eval.pipeline.analysis import evaluate as evaluate
    from ecg_eval.pipeline.analysis import open_run as open_run
    from ecg_eval.pipeline.cases.plan_cases import plan_cases as plan_cases
    from ecg_eval.pipeline.comparison.paired_runs import paired_runs as paired_runs
    from ecg_eval.pipeline.comparison.side_by_side import compare_runs as compare_runs
    from ecg_eval.pipeline.explanations import explain as explain
    from ecg_eval.pipeline.materials import MaterialSettings as MaterialSettings
    from ecg_eval.pipeline.materials import plan_materials as plan_materials
    from ecg_eval.pipeline.planning import plan_size as plan_size
    from ecg_eval.pipeline.planning import protocol_paragraph as protocol_paragraph
    from ecg_eval.pipeline.recording import read_recording as read_recording
    from ecg_eval.pipeline.scheduling import ScheduleSettings as ScheduleSettings
    from ecg_eval.pipeline.scheduling import check_schedule as check_schedule
    from ecg_eval.pipeline.scheduling import plan_schedule as plan_schedule
    from ecg_eval.pipeline.study.run import run as run
    from ecg_eval.stats.estimate import Estimate as Estimate

_HOMES = {
    "evaluate": "ecg_eval.pipeline.analysis",
    "open_run": "ecg_eval.pipeline.analysis",
    "Analysis": "ecg_eval.pipeline.analysis",
    "plan_cases": "ecg_eval.pipeline.cases.plan_cases",
    "plan_size": "ecg_eval.pipeline.planning",
    "plan_materials": "ecg_eval.pipeline.materials",
    "MaterialSettings": "ecg_eval.pipeline.materials",
    "plan_schedule": "ecg_eval.pipeline.scheduling",
    "check_schedule": "ecg_eval.pipeline.scheduling",
    "ScheduleSettings": "ecg_eval.pipeline.scheduling",
    "protocol_paragraph": "ecg_eval.pipeline.planning",
    "read_recording": "ecg_eval.pipeline.recording",
    "explain": "ecg_eval.pipeline.explanations",
    "run": "ecg_eval.pipeline.study.run",
    "load_config": "ecg_eval.config.load",
    "compare_runs": "ecg_eval.pipeline.comparison.side_by_side",
    "paired_runs": "ecg_eval.pipeline.comparison.paired_runs",
    "Evaluation": "ecg_eval.domain.evaluation",
    "Estimate": "ecg_eval.stats.estimate",
}

__all__ = [*_HOMES]  # noqa: PLE0604 - the names are the keys above


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that ``import ecg_eval`` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'ecg_eval' has no attribute {name!r}; it offers {', '.join(_HOMES)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(_HOMES)
