"""A value, "cannot be computed, because" and "not asked" are three things: each run says which of them it means."""

import numpy as np
import pandas as pd
import pytest
from conftest import study_frames

import ecg_eval
from ecg_eval.domain.result import Paragraph
from ecg_eval.reports.sections.answer import Answer

NOT_ASKED = "What this run asked for does not say how well the models read beside the people"


def answer(metrics: list[str], **changes: pd.DataFrame) -> tuple[list[str], str]:
    """Return the first paragraphs of the report, and the whole page."""
    readings, kinds, truth = study_frames()
    frames = {"readings": readings, "truth": truth} | changes
    analysis = ecg_eval.evaluate(frames["readings"], frames["truth"], readers=kinds, metrics=metrics, resamples=100)
    paragraphs = [b.text for b in Answer().blocks(analysis.result, language="en") if isinstance(b, Paragraph)]
    analysis.report(language="fr")
    return paragraphs, analysis.report()


@pytest.mark.parametrize("metric", ["sensitivity", "auroc", "cohen_kappa"])
def test_one_metric_is_answered_and_the_rest_was_not_asked(metric: str) -> None:
    (reading, *_, aid), page = answer([metric])
    assert NOT_ASKED not in reading
    assert "could be computed" not in page
    assert aid == "What the AI's help did was not asked for."


@pytest.mark.parametrize("metric", ["specificity", "prevalence", "brier", "sensitivity_difference", "fleiss_kappa"])
def test_what_does_not_answer_the_question_was_asked_something_else(metric: str) -> None:
    (reading, *_, aid), page = answer([metric])
    assert reading.startswith(NOT_ASKED)
    assert "nothing could be computed" not in page.lower()
    assert aid == "What the AI's help did was not asked for."


def test_what_was_asked_and_cannot_be_computed_says_so() -> None:
    _, _, truth = study_frames()
    nobody = truth.assign(AF=0.0, LBBB=0.0)
    (reading, *_), _ = answer(["sensitivity"], truth=nobody)
    assert reading == "Nothing could be computed that answers how well the models read beside the people."


def test_help_that_cannot_be_judged_says_why() -> None:
    _, _, truth = study_frames()
    paragraphs, _ = answer(["cohen_kappa", "aid_effect_sensitivity"], truth=truth * np.nan)
    reason = "What the AI's help did cannot be computed: the truth of no record is known."
    assert paragraphs[-1] == reason


def test_help_of_other_readers_is_of_all_who_read_either_way() -> None:
    readings, _, _ = study_frames()
    either = readings[(readings["arm"] == "aided") == (readings["reader_id"] == "gp1")]
    paragraphs, _ = answer(["sensitivity", "aid_effect_sensitivity"], readings=either)
    assert paragraphs[-1].startswith(
        "Readers with the AI's help beside other readers without it (the 3 GPs on average)"
    )
