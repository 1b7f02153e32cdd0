"""Numbers of MRMCaov, RJafroc and the Iowa program are checked in tests/oracles; here properties and edges."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError, UnknownNameError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.mrmc.curve_figures import PartialArea
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from ecg_eval.stats.mrmc.or_result import ObuchowskiRockette, reversed_difference

Columns = dict[str, np.ndarray]
EFFECTS = [{}, {"readers": "fixed"}, {"cases": "fixed"}]


def kept(study: Columns, keep: np.ndarray) -> Columns:
    return {name: column[keep] for name, column in study.items()}


def assert_same(a: ObuchowskiRockette, b: ObuchowskiRockette) -> None:
    assert a.differences[0].estimate.p_value == pytest.approx(b.differences[0].estimate.p_value, abs=1e-12)
    assert a.differences[0].estimate.value == pytest.approx(b.differences[0].estimate.value)
    assert a.means[0].estimate.low == pytest.approx(b.means[0].estimate.low)


@pytest.mark.parametrize("setting", EFFECTS, ids=str)
def test_order_and_names_do_not_matter(study: Columns, setting: dict[str, str]) -> None:
    result = obuchowski_rockette(**study, **setting)
    order = np.random.default_rng(0).permutation(400)
    renamed = {**study, "reader": np.char.add("x", study["reader"]), "case": 1000 - study["case"]}
    assert_same(obuchowski_rockette(**kept(renamed, order), **setting), result)


@pytest.mark.parametrize("setting", EFFECTS, ids=str)
@pytest.mark.parametrize("figure", ["auc", "partial_auc"])
def test_a_monotone_change_of_scores_does_not_matter(study: Columns, setting: dict[str, str], figure: str) -> None:
    changed = {**study, "score": np.exp(study["score"])}
    assert_same(
        obuchowski_rockette(**changed, figure_of_merit=figure, **setting),
        obuchowski_rockette(**study, figure_of_merit=figure, **setting),
    )


@pytest.mark.parametrize("setting", EFFECTS, ids=str)
def test_intervals_hold_the_value_and_the_test_agrees_with_them(study: Columns, setting: dict[str, str]) -> None:
    result = obuchowski_rockette(**study, **setting)
    for mean in result.means:
        assert mean.estimate.low < mean.estimate.value < mean.estimate.high
        assert mean.estimate.low > 0.3
        assert mean.estimate.high <= 1
    difference = result.differences[0].estimate
    assert difference.low < difference.value < difference.high
    assert (difference.p_value < 0.05) == (difference.low > 0 or difference.high < 0)
    # one degree of freedom: F (or chi-square) is the square of t (or z)
    assert result.test.statistic == pytest.approx(difference.statistic**2)
    assert result.test.p_value == pytest.approx(difference.p_value)


def test_difference_can_be_asked_either_way(study: Columns) -> None:
    result = obuchowski_rockette(**study)
    forward, backward = result.difference("aided", "unaided"), result.difference("unaided", "aided")
    assert backward.value == -forward.value
    assert (backward.low, backward.high) == (-forward.high, -forward.low)
    assert backward.statistic == -forward.statistic
    assert reversed_difference(backward) == forward
    assert result.mean("aided").modality == "aided"
    with pytest.raises(UnknownNameError, match="Did you mean 'aided'"):
        result.mean("aide")
    with pytest.raises(UnknownNameError):
        result.difference("aided", "other")
    with pytest.raises(UnknownNameError):
        result.difference("other", "aided")


def test_fixed_cases_are_a_paired_t_test_over_readers(study: Columns) -> None:
    from scipy.stats import ttest_rel

    result = obuchowski_rockette(**study, cases="fixed")
    expected = ttest_rel(*result.values)
    assert result.differences[0].estimate.p_value == pytest.approx(expected.pvalue)
    assert result.covariance is None
    assert result.reader_standard_errors is None
    assert result.components.covariances is None
    assert result.components.correlation("cov1") is None
    assert "nothing varies" in result.reader_values[0][0].reason


def test_fixed_readers_have_the_variance_of_the_contrast(study: Columns) -> None:
    """Without the constraint, Var(mean difference) is exactly c' Sigma c."""
    result = obuchowski_rockette(**study, readers="fixed", constrain=False)
    contrast = np.repeat([1, -1], 5) / 5
    expected = contrast @ result.covariance @ contrast
    assert result.differences[0].estimate.standard_error == pytest.approx(np.sqrt(expected))
    np.testing.assert_allclose(result.reader_standard_errors**2, np.diag(result.covariance).reshape(2, 5))


def test_three_modalities(study: Columns) -> None:
    """Comparisons of three share one denominator; the global test has two degrees of freedom."""
    third = kept(study, study["modality"] == "aided")
    third = {**third, "modality": np.full(200, "other"), "score": -third["score"] + 3 * third["truth"]}
    three = {name: np.concatenate((study[name], third[name])) for name in study}
    result = obuchowski_rockette(**three)
    assert result.test.df == 2
    assert [(d.first, d.second) for d in result.differences] == [
        ("aided", "other"),
        ("aided", "unaided"),
        ("other", "unaided"),
    ]
    assert len({d.estimate.standard_error for d in result.differences}) == 1
    assert len(result.reader_differences) == 15


def test_one_modality_has_means_and_no_test(single: Columns) -> None:
    result = obuchowski_rockette(modality=np.zeros(200), **single)
    assert result.differences == ()
    assert result.test.reason == "there is one modality"
    assert is_defined(result.means[0].estimate)
    assert result.components.modality_reader is None


def test_one_reader_is_taken_as_fixed_and_says_so(study: Columns) -> None:
    one = kept(study, study["reader"] == "r0")
    result = obuchowski_rockette(**one)
    fixed = obuchowski_rockette(**one, readers="fixed")
    for a, b in (
        (result.differences[0].estimate, fixed.differences[0].estimate),
        (result.means[0].estimate, fixed.means[0].estimate),
    ):
        assert (a.low, a.high, a.method) == (b.low, b.high, b.method)
        assert "one reader" in a.reason
        assert b.reason is None
    assert result.components.reader is None
    nothing = obuchowski_rockette(**one, cases="fixed")
    assert nothing.differences[0].estimate.low is None
    assert nothing.differences[0].estimate.value == result.differences[0].estimate.value
    assert "nothing varies" in nothing.means[0].estimate.reason
    assert nothing.test.statistic is None


def test_a_reader_without_one_class_is_left_out_and_named(study: Columns) -> None:
    blind = (study["reader"] == "r3") & (study["truth"] == 1) & (study["modality"] == "aided")
    result = obuchowski_rockette(**kept(study, ~blind))
    assert result.left_out_readers == ("r3",)
    assert_same(result, obuchowski_rockette(**kept(study, study["reader"] != "r3")))


def test_no_positive_case_is_undefined_with_its_reason(study: Columns) -> None:
    healthy = kept(study, study["truth"] == 0)
    result = obuchowski_rockette(**healthy)
    assert result.readers == ()
    assert not is_defined(result.differences[0].estimate)
    assert "class of cases is empty" in result.differences[0].estimate.reason
    assert result.differences[0].estimate.n == 24
    assert not is_defined(result.means[0].estimate)
    assert result.table == {}
    assert result.components.reader is None
    assert not is_defined(obuchowski_rockette(**healthy, figure_of_merit="partial_auc").means[0].estimate)
    assert not is_defined(obuchowski_rockette(**healthy, cases="fixed").means[0].estimate)


def test_perfect_readers_have_no_interval(study: Columns) -> None:
    perfect = {**study, "score": study["truth"].astype(float)}
    result = obuchowski_rockette(**perfect)
    assert result.test.statistic is None
    for estimate in (result.means[0].estimate, result.differences[0].estimate, result.reader_values[0][0]):
        assert is_defined(estimate)
        assert estimate.low is None
        assert "artefact" in estimate.reason
    assert result.components.correlation("cov1") is None
    assert obuchowski_rockette(**perfect, readers="fixed").test.reason is not None


def test_identical_readers_leave_the_cases(study: Columns) -> None:
    """MS(TR) = 0: the degrees of freedom are infinite, and the interval is the normal one."""
    first = kept(study, study["reader"] == "r0")
    copies = {
        name: np.concatenate([first[name] if name != "reader" else np.full(80, f"r{j}") for j in range(4)])
        for name in study
    }
    result = obuchowski_rockette(**copies)
    assert result.differences[0].estimate.df is None
    assert result.test.df_denominator is None
    assert result.test.p_value == pytest.approx(result.differences[0].estimate.p_value)
    assert result.means[0].estimate.df is None


def test_negative_components_are_given_and_named(study: Columns) -> None:
    result = obuchowski_rockette(**study)
    named = {"reader": result.components.reader, "modality_reader": result.components.modality_reader}
    assert result.components.correlation("cov2") == pytest.approx(
        result.components.covariances.cov2 / result.components.covariances.error_variance
    )
    negative = tuple(name for name, value in named.items() if value < 0)
    assert result.components.not_estimable == negative
    assert obuchowski_rockette(**study, cases="fixed").components.not_estimable == ()


@pytest.mark.parametrize("setting", EFFECTS[:2], ids=str)
def test_split_plot_of_blocks_of_one_size(study: Columns, setting: dict[str, str]) -> None:
    number = np.array([int(name[1]) for name in study["reader"]])
    blocks = kept(study, (number < 4) & (number % 2 == study["case"] % 2))
    result = obuchowski_rockette(**blocks, **setting)
    assert result.design == "split_plot"
    # E[MS(T)] and hence the variance of the difference is estimated without the pairs of different blocks
    crossed = obuchowski_rockette(**blocks, design="crossed", **setting)
    assert result.components.covariances.cov2 > crossed.components.covariances.cov2
    assert result.differences[0].estimate.value == crossed.differences[0].estimate.value
    assert result.components.reader == pytest.approx(crossed.components.reader)
    if setting:  # fixed readers: the same contrast of the same covariance matrix
        assert result.differences[0].estimate.standard_error == pytest.approx(
            crossed.differences[0].estimate.standard_error
        )
    else:
        assert result.test.df_denominator != crossed.test.df_denominator


@pytest.mark.parametrize("setting", EFFECTS, ids=str)
def test_parallel_arms(study: Columns, setting: dict[str, str]) -> None:
    number = np.array([int(name[1]) for name in study["reader"]])
    arms = kept(study, (number % 2 == 0) == (study["modality"] == "aided"))
    result = obuchowski_rockette(**arms, **setting)
    assert result.design == "readers_nested_in_modalities"
    assert np.isnan(result.values).sum() == 5
    assert result.reader_differences == ()
    means = np.nanmean(result.values, axis=1)
    assert result.differences[0].estimate.value == pytest.approx(means[0] - means[1])
    assert result.components.modality_reader is None
    if not setting:
        terms = result.components
        expected = result.table["R"].mean_square - terms.covariances.error_variance + terms.covariances.cov2
        assert terms.reader == pytest.approx(expected)
    if setting.get("cases") == "fixed":
        from scipy.stats import ttest_ind

        expected = ttest_ind(*(row[~np.isnan(row)] for row in result.values))
        assert result.differences[0].estimate.p_value == pytest.approx(expected.pvalue)


def test_parallel_arms_of_one_reader_each(study: Columns) -> None:
    first = (study["reader"] == "r0") & (study["modality"] == "aided")
    second = (study["reader"] == "r1") & (study["modality"] == "unaided")
    result = obuchowski_rockette(**kept(study, first | second))
    assert "one reader" in result.differences[0].estimate.reason
    errors = result.covariance[np.ix_([0, 3], [0, 3])]
    expected = errors[0, 0] + errors[1, 1] - 2 * errors[0, 1]
    assert result.differences[0].estimate.standard_error == pytest.approx(np.sqrt(expected))


def test_cases_nested_in_modalities_have_no_covariance_between_them(study: Columns) -> None:
    nested = {**study, "case": [f"{m}/{c}" for m, c in zip(study["modality"], study["case"], strict=True)]}
    terms = obuchowski_rockette(**nested).components.covariances
    assert (terms.cov1, terms.cov3) == (0, 0)
    assert terms.cov2 > 0


def test_patients_with_several_cases_widen_the_interval(study: Columns) -> None:
    """The same scores thrice, one patient each: the jackknife by patient gives what the cases once give."""
    once = obuchowski_rockette(**study)
    thrice = {
        name: np.concatenate([column if name != "case" else column + 100 * k for k in range(3)])
        for name, column in study.items()
    }
    by_patient = obuchowski_rockette(**thrice, cluster=np.tile(study["case"], 3))
    by_case = obuchowski_rockette(**thrice)
    assert by_patient.differences[0].estimate.standard_error == pytest.approx(
        once.differences[0].estimate.standard_error
    )
    assert by_case.components.covariances.error_variance < once.components.covariances.error_variance / 2
    assert by_patient.means[0].estimate.n_clusters == 40
    assert by_patient.means[0].estimate.n == 120


def test_clip_cuts_at_the_bounds_of_the_figure(study: Columns) -> None:
    easy = {**study, "score": study["score"] + 2.2 * study["truth"]}
    setting = {"figure_of_merit": PartialArea(), "level": 0.999}
    cut = obuchowski_rockette(**easy, **setting).means[0].estimate
    uncut = obuchowski_rockette(**easy, **setting, clip=False).means[0].estimate
    assert cut.high == pytest.approx(0.2)
    assert uncut.high > 0.2


@pytest.mark.parametrize(
    "wrong",
    [
        {"readers": "fixed", "cases": "fixed"},
        {"readers": "both"},
        {"cases": "some"},
        {"level": 1.0},
        {"design": "nested"},
        {"covariance": "bootstrap"},
    ],
    ids=str,
)
def test_contradictions_are_refused(study: Columns, wrong: dict[str, object]) -> None:
    with pytest.raises(ArgumentError, match="obuchowski_rockette"):
        obuchowski_rockette(**study, **wrong)


def test_the_words_say_over_which_cases_the_jackknife_goes(study: Columns) -> None:
    calls = study | {"score": (np.asarray(study["score"]) > np.median(study["score"])).astype(float)}
    sensitivity = obuchowski_rockette(**calls, figure_of_merit="sensitivity").differences[0].estimate
    assert "jackknife covariance over the positive cases" in sensitivity.method
    assert (
        "over the negative cases"
        in obuchowski_rockette(**calls, figure_of_merit="specificity").means[0].estimate.method
    )
    assert "over the" not in obuchowski_rockette(**study).differences[0].estimate.method


def test_variance_components_follow_the_print_of_the_iowa_program(study: Columns) -> None:
    # Var(TR) = MS(TR) - Var(error) + Cov1 + Cov2 - Cov3, the last difference as it is and not max(Cov2 - Cov3, 0)
    rng = np.random.default_rng(3)
    noise = study | {"score": rng.normal(size=len(study["score"]))}
    below = next(
        r for shift in range(50)
        if (r := obuchowski_rockette(**(noise | {"score": np.roll(noise["score"], shift)}))).components.covariances.cov2
        < r.components.covariances.cov3
    )  # fmt: skip
    c = below.components.covariances
    expected = below.table["TR"].mean_square - c.error_variance + c.cov1 + c.cov2 - c.cov3
    assert below.components.modality_reader == pytest.approx(expected)
