"""The curve of sizes: every known size is drawn, what no size does is left out, and the table holds all of it."""

from pathlib import Path

import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.pipeline.planning import curve_figure, write_curve
from ecg_eval.planning.size import plan_size


def test_the_curve_draws_a_line_for_each_number_of_readers(tmp_path: Path) -> None:
    answer = plan_size("crossover", readers=12, reader_range=0.3, rereading_range=0.02)
    picture, table = write_curve(answer, tmp_path / "new" / "size.svg", "fr")
    figure = curve_figure(answer, "fr")
    assert picture.read_text() == figure.svg
    assert list(figure.frame.columns) == ["puissance", "8 lecteurs", "10 lecteurs", "12 lecteurs", "16 lecteurs"]
    assert table.read_text().startswith("puissance,8 lecteurs")
    at_80 = figure.frame[figure.frame["puissance"] == 0.8].iloc[0]
    assert at_80["12 lecteurs"] == answer.plan.n_total
    assert figure.frame["8 lecteurs"].isna().any()  # no number of ECGs is enough there
    assert "ECG nécessaires" in figure.svg
    assert "12 lecteurs" in figure.svg
    assert figure.caption.startswith("12 lecteurs lisent")


def test_the_curve_goes_along_the_precision_where_no_power_is_asked(tmp_path: Path) -> None:
    figure = curve_figure(plan_size("agreement"), "en")
    assert list(figure.frame.columns) == ["half the width of the interval", "ECGs needed"]
    assert figure.frame["ECGs needed"].is_monotonic_decreasing
    with pytest.raises(ArgumentError, match=r"ends in \.svg"):
        write_curve(plan_size("agreement"), tmp_path / "size.png")
