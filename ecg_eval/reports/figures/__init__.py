"""Figures of a study, for reports and for Python: each is drawn from a table, and hands the table over with it."""

from ecg_eval.reports.figures.agreement import agreement_figure, beside_figure
from ecg_eval.reports.figures.choices import choices_figure
from ecg_eval.reports.figures.flow import flow_figure
from ecg_eval.reports.figures.forest import aid_figure, forest_figure
from ecg_eval.reports.figures.frontier import frontier_figure
from ecg_eval.reports.figures.measurements import measurements_figure
from ecg_eval.reports.figures.questions import question_figure
from ecg_eval.reports.figures.roc import roc_figure
from ecg_eval.reports.figures.slopes import slopes_figure

__all__ = [
    "agreement_figure",
    "aid_figure",
    "beside_figure",
    "choices_figure",
    "flow_figure",
    "forest_figure",
    "frontier_figure",
    "measurements_figure",
    "question_figure",
    "roc_figure",
    "slopes_figure",
]
