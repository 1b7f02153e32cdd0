"""What readers would do about the ECGs: nothing, follow-up, refer, call an ambulance. Apart from what they read."""

from typing import ClassVar

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.result import Block, Paragraph, StudyResult
from ecg_eval.reports.sections.questions import part_of
from ecg_eval.reports.view import look


class Management(Section):
    """One part for each question about what would be done; nothing where readers were not asked."""

    title: ClassVar[dict[str, str]] = {"en": "What would be done", "fr": "Conduite à tenir"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return how the scale is meant, and the parts."""
        view = look(result, language)
        asked = [metric for metric in view.answering("management") if view.asked(metric)]
        if not asked:
            return []
        return [Paragraph(view.words("management.scale")), *(b for metric in asked for b in part_of(view, metric))]
