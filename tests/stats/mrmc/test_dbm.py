"""Numbers of RJafroc and of the Iowa program are checked in tests/oracles."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mrmc.dbm import dorfman_berbaum_metz
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette

Columns = dict[str, np.ndarray]


def kept(study: Columns, keep: np.ndarray) -> Columns:
    return {name: column[keep] for name, column in study.items()}


@pytest.mark.parametrize("figure", ["auc", "partial_auc"])
@pytest.mark.parametrize("setting", [{}, {"cases": "fixed"}], ids=str)
def test_random_readers_give_what_obuchowski_rockette_gives(
    study: Columns, figure: str, setting: dict[str, str]
) -> None:
    """Hillis et al. (2005): the two are the same analysis with the jackknife covariance."""
    pseudo = dorfman_berbaum_metz(**study, figure_of_merit=figure, **setting)
    classic = obuchowski_rockette(**study, figure_of_merit=figure, **setting)
    for a, b in (
        (pseudo.differences[0].estimate, classic.differences[0].estimate),
        (pseudo.means[1].estimate, classic.means[1].estimate),
    ):
        for name in ("value", "low", "high", "df", "standard_error", "p_value"):
            assert getattr(a, name) == pytest.approx(getattr(b, name)), name
    assert pseudo.test.statistic == pytest.approx(classic.test.statistic)
    assert pseudo.test.p_value == pytest.approx(classic.test.p_value)


def test_fixed_readers_have_an_f_test_where_the_other_has_chi_square(study: Columns) -> None:
    pseudo, classic = (f(**study, readers="fixed") for f in (dorfman_berbaum_metz, obuchowski_rockette))
    assert pseudo.test.statistic == pytest.approx(classic.test.statistic)
    assert pseudo.test.p_value > classic.test.p_value
    assert pseudo.means[0].estimate.df == 39


def test_pseudovalues_average_to_the_figure_of_merit(calls: Columns) -> None:
    result = dorfman_berbaum_metz(**calls, figure_of_merit="positive_predictive_value")
    np.testing.assert_allclose(result.pseudovalues.mean(axis=2), result.values)
    total = sum(line.sum_of_squares for name, line in result.table.items() if name != "Total")
    assert total == pytest.approx(result.table["Total"].sum_of_squares)
    assert sum(line.df for name, line in result.table.items() if name != "Total") == result.table["Total"].df
    assert result.table["Total"].mean_square > 0


def test_pseudovalues_of_sensitivity_are_the_calls(calls: Columns) -> None:
    result = dorfman_berbaum_metz(**calls, figure_of_merit="sensitivity")
    assert result.pseudovalues.shape == (2, 5, 16)
    np.testing.assert_allclose(np.unique(np.round(result.pseudovalues, 9)), [0, 1])


def test_patients_are_left_out_whole(study: Columns) -> None:
    assert dorfman_berbaum_metz(**study, cluster=study["case"] // 2).pseudovalues.shape == (2, 5, 20)


def test_identical_readers_have_infinite_degrees_of_freedom(study: Columns) -> None:
    first = kept(study, study["reader"] == "r0")
    copies = {
        name: np.concatenate([first[name] if name != "reader" else np.full(80, f"r{j}") for j in range(3)])
        for name in study
    }
    result = dorfman_berbaum_metz(**copies)
    assert result.differences[0].estimate.df is None
    assert result.test.df_denominator is None
    assert result.test.p_value == pytest.approx(result.differences[0].estimate.p_value)


def test_perfect_readers_have_no_test(study: Columns) -> None:
    result = dorfman_berbaum_metz(**{**study, "score": study["truth"].astype(float)})
    assert result.test.statistic is None
    assert "artefact" in result.test.reason


def test_what_it_cannot_do_is_refused_with_the_way_out(study: Columns) -> None:
    with pytest.raises(ArgumentError, match="Use obuchowski_rockette"):
        dorfman_berbaum_metz(**kept(study, np.arange(400) > 0))
    with pytest.raises(ArgumentError, match="fully crossed"):
        dorfman_berbaum_metz(**kept(study, study["reader"] == "r0"))
    with pytest.raises(ArgumentError, match="any one case left out"):
        dorfman_berbaum_metz(**kept(study, (study["truth"] == 0) | (study["case"] == 0)))
    with pytest.raises(ArgumentError, match="level"):
        dorfman_berbaum_metz(**study, level=95)
