"""Numbers of RJafroc and pROC are checked in tests/oracles; here properties and edges."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from ecg_eval.errors import ArgumentError, UnknownNameError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from ecg_eval.stats.mrmc.standalone import standalone_against_readers, standalone_as_modality

Columns = dict[str, np.ndarray]


def kept(study: Columns, keep: np.ndarray) -> Columns:
    return {name: column[keep] for name, column in study.items()}


def test_random_cases_are_one_modality_of_the_differences(single: Columns) -> None:
    """Both ways of writing it (1T-RRRC and 2T-RRRC) are one test (Hillis 2007, section 5.3)."""
    one = standalone_against_readers(**single, standalone="r1").difference
    two = standalone_as_modality(**single, standalone="r1")
    assert two.test.statistic == pytest.approx(one.statistic**2)
    assert two.test.df_denominator == pytest.approx(one.df)
    assert two.test.p_value == pytest.approx(one.p_value)
    assert two.modalities == ("standalone", "readers")
    assert two.mean("standalone").estimate.df is None


def test_fixed_cases_are_a_one_sample_t_test(single: Columns) -> None:
    result = standalone_against_readers(**single, standalone="r1", cases="fixed")
    expected = ttest_1samp(result.reader_values, result.standalone_value)
    assert result.difference.p_value == pytest.approx(expected.pvalue)
    assert result.covariance is None
    assert result.difference_cov2 is None
    assert "nothing varies" in result.pairs[0].reason


def test_pairs_are_differences_of_two_readers(single: Columns) -> None:
    result = standalone_against_readers(**single, standalone="r1", covariance="delong")
    assert result.readers == ("r0", "r2", "r3", "r4")
    both = kept(single, (single["reader"] == "r1") | (single["reader"] == "r2"))
    as_arms = {**both, "modality": both["reader"], "reader": np.zeros(80)}
    expected = obuchowski_rockette(**as_arms, readers="fixed", covariance="delong").difference("r1", "r2")
    assert result.pairs[1].value == pytest.approx(expected.value)
    assert result.pairs[1].p_value == pytest.approx(expected.p_value)


def test_difference_and_shifted_interval(single: Columns) -> None:
    result = standalone_against_readers(**single, standalone="r1")
    assert result.reader_mean == pytest.approx(result.reader_values.mean())
    assert result.difference.value == pytest.approx(result.reader_mean - result.standalone_value)
    shifted = result.reader_mean_given_standalone
    assert shifted.low == pytest.approx(result.difference.low + result.standalone_value)
    assert shifted.p_value is None


def test_fixed_readers_have_the_variance_of_the_contrast(single: Columns) -> None:
    result = standalone_against_readers(**single, standalone="r1", readers="fixed")
    contrast = np.array([-1, 0.25, 0.25, 0.25, 0.25])
    expected = np.sqrt(contrast @ result.covariance @ contrast)
    assert result.difference.standard_error == pytest.approx(expected)
    assert result.difference.reason is None


def test_one_reader_is_taken_as_fixed(single: Columns) -> None:
    both = kept(single, (single["reader"] == "r1") | (single["reader"] == "r2"))
    result = standalone_against_readers(**both, standalone="r1")
    assert "one reader" in result.difference.reason
    assert "fixed readers" in result.difference.method
    assert result.difference.p_value == pytest.approx(result.pairs[0].p_value)
    assert result.ms_reader is None
    nothing = standalone_against_readers(**both, standalone="r1", cases="fixed")
    assert nothing.difference.low is None
    assert nothing.reader_mean_given_standalone.low is None
    assert nothing.difference.value == pytest.approx(result.difference.value)


def test_readers_without_a_value_are_left_out(single: Columns) -> None:
    blind = kept(single, (single["reader"] != "r3") | (single["truth"] == 0))
    result = standalone_against_readers(**blind, standalone="r1")
    assert result.left_out_readers == ("r3",)
    expected = standalone_against_readers(**kept(single, single["reader"] != "r3"), standalone="r1")
    assert result.difference.p_value == pytest.approx(expected.difference.p_value)


def test_no_value_is_undefined_with_its_reason(single: Columns) -> None:
    healthy = kept(single, single["truth"] == 0)
    result = standalone_against_readers(**healthy, standalone="r1")
    assert not is_defined(result.difference)
    assert np.isnan(result.standalone_value)
    assert np.isnan(result.reader_mean)
    machine_only = kept(single, (single["reader"] != "r1") | (single["truth"] == 0))
    result = standalone_against_readers(**machine_only, standalone="r1")
    assert not is_defined(result.pairs[0])
    assert result.reader_mean > 0.5
    assert not is_defined(result.reader_mean_given_standalone)


def test_the_algorithm_must_be_there_with_a_reader(single: Columns) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'r1'"):
        standalone_against_readers(**single, standalone="R1")
    with pytest.raises(ArgumentError, match="one reader at least"):
        standalone_against_readers(**kept(single, single["reader"] == "r1"), standalone="r1")
    with pytest.raises(ArgumentError, match="both fixed"):
        standalone_against_readers(**single, standalone="r1", readers="fixed", cases="fixed")
