"""Scores without bound, as log odds of a probability of 0 or 1: the areas of all kernels take them as any others."""

from collections.abc import Callable

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mrmc.dbm import dorfman_berbaum_metz
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from ecg_eval.stats.mrmc.reader_average import reader_average, reader_average_difference
from ecg_eval.stats.mrmc.standalone import standalone_against_readers
from ecg_eval.stats.mrmc.u_statistics import u_statistics
from ecg_eval.stats.roc.area import auroc

Columns = dict[str, np.ndarray]


def unbounded(study: Columns) -> tuple[Columns, Columns]:
    """Return the study with its lowest and highest scores infinite, and the same with finite numbers for them."""
    low, high = np.quantile(study["score"], (0.1, 0.9))
    score = np.select([study["score"] <= low, study["score"] >= high], [-1e6, 1e6], study["score"])
    infinite = np.select([score == -1e6, score == 1e6], [-np.inf, np.inf], score)
    return {**study, "score": infinite}, {**study, "score": score}


def one_arm(study: Columns) -> Columns:
    kept = study["modality"] == study["modality"][0]
    return {name: column[kept] for name, column in study.items() if name != "modality"}


def average(study: Columns) -> object:
    return reader_average(**one_arm(study))


def difference(study: Columns) -> object:
    first, second = np.unique(study["modality"])
    return reader_average_difference(**study, minuend=first, subtrahend=second)


def standalone(study: Columns) -> object:
    return standalone_against_readers(**one_arm(study), standalone=study["reader"][0]).difference


def areas(study: Columns) -> object:
    return auroc(truth=study["truth"], score=study["score"], cluster=study["case"])


@pytest.mark.parametrize(
    "kernel",
    [
        areas,
        average,
        difference,
        standalone,
        lambda study: obuchowski_rockette(**study).differences[0].estimate,
        lambda study: obuchowski_rockette(**study, figure_of_merit="partial_auc").differences[0].estimate,
        lambda study: obuchowski_rockette(**study, covariance="unbiased").differences[0].estimate,
        lambda study: obuchowski_rockette(**study, cluster=study["case"] // 2).differences[0].estimate,
        lambda study: dorfman_berbaum_metz(**study).differences[0].estimate,
        lambda study: u_statistics(**study).differences[0],
    ],
)
def test_areas_take_infinite_scores_as_the_lowest_and_the_highest(
    study: Columns, kernel: Callable[[Columns], object]
) -> None:
    infinite, finite = unbounded(study)
    assert kernel(infinite) == kernel(finite)


def test_reads_that_are_missing_are_not_the_highest(study: Columns) -> None:
    infinite, finite = (
        {**s, "score": np.where(np.arange(s["score"].size) % 7 == 3, np.nan, s["score"])} for s in unbounded(study)
    )
    assert obuchowski_rockette(**infinite).differences == obuchowski_rockette(**finite).differences


def test_where_the_size_of_a_score_counts_it_must_be_finite(study: Columns) -> None:
    infinite, _ = unbounded(study)
    with pytest.raises(ArgumentError, match="finite"):
        u_statistics(**infinite, figure_of_merit="mean_score")
    with pytest.raises(ArgumentError, match="finite"):
        obuchowski_rockette(**infinite, figure_of_merit=lambda truth, score: float(score[truth].mean()))
