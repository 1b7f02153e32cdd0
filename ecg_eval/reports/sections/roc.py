"""Each model's ROC curve with the readers' operating points, finding by finding."""

from typing import ClassVar

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.result import Block, Paragraph, StudyResult
from ecg_eval.reports.figures import roc_figure
from ecg_eval.reports.words import Words


class Roc(Section):
    """Where people stand on a model's curve."""

    title: ClassVar[dict[str, str]] = {
        "en": "Sensitivity against false alarms",
        "fr": "Sensibilité et fausses alertes",
    }

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return how to read the figure, and the figure; nothing without a reference."""
        figure = roc_figure(result, language=language)
        return [] if figure is None else [Paragraph(Words(language)("roc.reading")), figure]
