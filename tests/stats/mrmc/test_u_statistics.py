"""Numbers of iMRMC are checked in tests/oracles; here definitions, properties and edges."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError, UnknownNameError
from ecg_eval.stats.estimate import is_defined
from ecg_eval.stats.mrmc.moments import BLOCK, case_moments, pair_moments
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from ecg_eval.stats.mrmc.u_statistics import u_statistics

Columns = dict[str, np.ndarray]


def kept(study: Columns, keep: np.ndarray) -> Columns:
    return {name: column[keep] for name, column in study.items()}


def half(study: Columns) -> Columns:
    return kept(study, np.arange(400) % 3 > 0)


def test_moments_by_their_definition(study: Columns) -> None:
    """M1 to M8 of one modality as plain averages over pairs of successes with exactly so much in common."""
    thin = half(study)
    u = u_statistics(**thin)
    cells = u.study.cells[:5]
    truth = u.study.truth
    psi = (np.sign(cells[:, truth, None] - cells[:, None, ~truth]) + 1) / 2
    found = {k: [0.0, 0] for k in range(1, 9)}
    for r in range(5):
        for s in range(5):
            product = psi[r][:, :, None, None] * psi[s][None, None]
            i, j, k, m = np.indices(product.shape)
            present = ~np.isnan(product)
            for same_i in (True, False):
                for same_j in (True, False):
                    kind = (0 if r == s else 4) + {(1, 1): 1, (1, 0): 2, (0, 1): 3, (0, 0): 4}[same_i, same_j]
                    chosen = present & ((i == k) == same_i) & ((j == m) == same_j)
                    found[kind][0] += product[chosen].sum()
                    found[kind][1] += int(chosen.sum())
    parts = u.decomposition("aided", "aided")
    total = (~np.isnan(psi)).sum() ** 2
    np.testing.assert_allclose(parts.moments, [found[k][0] / found[k][1] for k in range(1, 9)])
    expected = np.array([found[k][1] / total for k in range(1, 9)]) - np.eye(8)[7]
    np.testing.assert_allclose(parts.coefficients, expected)


@pytest.mark.parametrize("figure", ["auc", "sensitivity"])
def test_components_add_up_to_the_variance(calls: Columns, figure: str) -> None:
    u = u_statistics(**half(calls), figure_of_merit=figure)
    for biased in (False, True):
        for pair in (("aided", "aided"), ("aided", "unaided")):
            parts = u.decomposition(*pair)
            used = parts.component_coefficients
            total = sum(used[name] * value for name, value in parts.components(biased=biased).items())
            assert total == pytest.approx(parts.covariance_biased if biased else parts.covariance)


def test_crossed_estimates_are_those_of_obuchowski_rockette_with_the_unbiased_covariance(study: Columns) -> None:
    """Without constraints the two estimate the same variance: MS(TR) + r (Cov2 - Cov3), times 2 / r."""
    u = u_statistics(**study).difference("aided", "unaided")
    classic = obuchowski_rockette(**study, covariance="unbiased")
    terms = classic.components.covariances
    denominator = classic.table["TR"].mean_square + 5 * (terms.cov2 - terms.cov3)
    assert u.variance == pytest.approx(2 / 5 * denominator)
    assert u.value == pytest.approx(classic.differences[0].estimate.value)


@pytest.mark.parametrize("figure", ["sensitivity", "specificity"])
def test_one_class_equals_the_coding_with_one_half_where_crossed(calls: Columns, figure: str) -> None:
    reads, pairs = (u_statistics(**calls, figure_of_merit=figure, weighting=w) for w in ("reads", "pairs"))
    for a, b in ((x[-1], y[-1]) for x, y in zip(reads.averages, pairs.averages, strict=True)):
        assert (a.value, a.variance, a.df) == pytest.approx((b.value, b.variance, b.df))
    a, b = (u.difference("aided", "unaided") for u in (reads, pairs))
    assert (a.variance, a.variance_biased, a.df) == pytest.approx((b.variance, b.variance_biased, b.df))
    direct = obuchowski_rockette(**calls, figure_of_merit=figure)
    np.testing.assert_allclose(reads.values, direct.values)


def test_weighting_tells_whose_average_it_is(calls: Columns) -> None:
    uneven = kept(calls, (calls["reader"] != "r0") | (calls["case"] < 10))
    values = u_statistics(**uneven, figure_of_merit="sensitivity").values[0]
    n = np.array([4, 16, 16, 16, 16])
    pairs = np.array([4 * 6, *[16 * 24] * 4])
    for weighting, weight in (("reads", n), ("pairs", pairs), ("readers", np.ones(5))):
        u = u_statistics(**uneven, figure_of_merit="sensitivity", weighting=weighting)
        assert u.average("aided").value == pytest.approx((values * weight).sum() / weight.sum())
    assert u_statistics(**uneven, figure_of_merit="sensitivity").average("aided").value == pytest.approx(
        (values * n).sum() / n.sum()
    )


def test_equal_weights_change_nothing_where_crossed(study: Columns) -> None:
    a, b = (u_statistics(**study, weighting=w).difference("aided", "unaided") for w in (None, "readers"))
    assert (a.value, a.variance, a.df) == pytest.approx((b.value, b.variance, b.df))


def test_mean_score_is_the_two_way_random_effects_mean(study: Columns) -> None:
    """Fully crossed: Var = [MS(R) + MS(C) - MS(RC)] / (r c) of the scores."""
    u = u_statistics(**study, figure_of_merit="mean_score")
    x = u.study.scores[0]
    r, c = x.shape
    grand, rows, columns = x.mean(), x.mean(axis=1), x.mean(axis=0)
    ms_r = c * ((rows - grand) ** 2).sum() / (r - 1)
    ms_c = r * ((columns - grand) ** 2).sum() / (c - 1)
    ms_rc = ((x - rows[:, None] - columns + grand) ** 2).sum() / ((r - 1) * (c - 1))
    assert u.average("aided").value == pytest.approx(grand)
    assert u.average("aided").variance == pytest.approx((ms_r + ms_c - ms_rc) / (r * c))
    assert u.average("aided").estimate().high > 0


def test_the_order_of_two_modalities_turns_the_sign(study: Columns) -> None:
    u = u_statistics(**half(study))
    a, b = u.difference("aided", "unaided"), u.difference("unaided", "aided")
    assert a.value == -b.value
    assert (a.variance, a.df) == pytest.approx((b.variance, b.df))
    assert u.difference("aided", "aided").variance == pytest.approx(0, abs=1e-15)
    ((first, second, same),) = u.differences
    assert (first, second, same.df) == ("aided", "unaided", a.df)


def test_one_reader_alone(study: Columns) -> None:
    u = u_statistics(**study)
    value, variance = u.of_reader("r2", "aided")
    assert value == u.values[0, 2]
    assert variance == pytest.approx(u.covariance[2, 2])
    value, variance = u.of_reader("r2", "aided", "unaided")
    assert value == pytest.approx(u.values[0, 2] - u.values[1, 2])
    assert variance == pytest.approx(u.covariance[2, 2] + u.covariance[7, 7] - 2 * u.covariance[2, 7])


def test_parallel_arms_share_cases_but_no_reader(study: Columns) -> None:
    number = np.array([int(name[1]) for name in study["reader"]])
    u = u_statistics(**kept(study, (number % 2 == 0) == (study["modality"] == "aided")))
    shared = u.decomposition("aided", "unaided")
    assert shared.component_coefficients["R"] == 0
    assert shared.components()["R"] == 0
    apart, together = (u.difference("aided", "unaided", unshared=how) for how in ("apart", "together"))
    assert apart.variance == together.variance
    assert apart.df > together.df


def test_quantiles(study: Columns) -> None:
    statistic = u_statistics(**study).difference("aided", "unaided")
    exact, truncated, normal = (statistic.estimate(quantile=q) for q in ("t", "t_truncated", "normal"))
    assert truncated.df == int(exact.df)
    assert truncated.high - truncated.low > exact.high - exact.low > normal.high - normal.low
    assert normal.df is None
    biased = statistic.estimate(biased=True)
    assert biased.high - biased.low > exact.high - exact.low
    assert statistic.estimate(null=0.1).statistic < exact.statistic


def test_normal_from_fifty_degrees_of_freedom_as_imrmc(study: Columns) -> None:
    first = kept(study, study["reader"] == "r0")
    copies = {
        name: np.concatenate([first[name] if name != "reader" else np.full(80, f"r{j}") for j in range(4)])
        for name in study
    }
    statistic = u_statistics(**copies).average("aided")
    assert statistic.df >= 20
    many = {name: np.concatenate((column, column)) for name, column in copies.items()}
    many["case"] = np.concatenate((copies["case"], copies["case"] + 100))
    statistic = u_statistics(**many).average("aided")
    assert statistic.df > 50
    assert statistic.estimate(quantile="t_truncated").df is None


def test_intervals_are_cut_only_where_asked(study: Columns) -> None:
    statistic = u_statistics(**{**study, "score": study["score"] + 2 * study["truth"]}).average("aided")
    assert statistic.estimate(level=0.9999).high == 1
    assert statistic.estimate(level=0.9999, clip=False).high > 1


def test_perfect_readers_and_negative_variances_have_no_interval(study: Columns) -> None:
    perfect = u_statistics(**{**study, "score": study["truth"].astype(float)})
    statistic = perfect.average("aided")
    assert statistic.df is None
    assert "artefact" in statistic.estimate().reason
    small = u_statistics(
        reader=[0, 0, 0, 0, 1, 1, 1, 1],
        modality=[0] * 8,
        case=[0, 1, 2, 3] * 2,
        truth=[1, 1, 0, 0] * 2,
        score=[1, 0, 0, 1, 0, 1, 1, 0],
    ).average(0)
    assert small.variance < 0
    assert small.df is None
    assert "negative" in small.estimate().reason
    assert small.variance_biased >= 0


@pytest.mark.parametrize("figure", ["auc", "sensitivity", "mean_score"])
def test_nothing_to_average(study: Columns, figure: str) -> None:
    arm = study["modality"] == "aided"
    healthy = {**kept(study, arm & (study["truth"] == 0)), "score": np.zeros(120)}
    other = {**kept(study, ~arm), "score": np.ones(200)}
    both = {name: np.concatenate((healthy[name], other[name])) for name in study}
    u = u_statistics(**both, figure_of_merit=figure, weighting="readers")
    estimate = u.average("aided").estimate()
    assert is_defined(estimate) == (figure == "mean_score")
    assert is_defined(u.difference("aided", "unaided").estimate()) == (figure == "mean_score")


def test_blocks_of_the_table_of_successes_do_not_matter(study: Columns, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = u_statistics(**study).covariance
    assert BLOCK > 1000
    monkeypatch.setattr("ecg_eval.stats.mrmc.moments.BLOCK", 700)
    np.testing.assert_allclose(u_statistics(**study).covariance, expected)


def test_moments_of_cells_know_their_kind() -> None:
    truth = np.array([True, True, False])
    assert pair_moments(np.array([[1.0, 2.0, 0.0]]), truth).of_pairs
    one_class = case_moments(np.array([[1.0, 0.0, np.nan]]))
    assert not one_class.of_pairs
    assert one_class.values[0] == 0.5
    # p (1 - p) / (n - 1)
    assert one_class.unbiased_covariance()[0, 0] == pytest.approx(0.25)


def test_wrong_arguments_are_refused(study: Columns) -> None:
    for wrong in (
        {"weighting": "cases"},
        {"weighting": "reads"},
        {"figure_of_merit": "mean_score", "weighting": "pairs"},
        {"figure_of_merit": "sensitivity"},
    ):
        with pytest.raises(ArgumentError, match="u_statistics"):
            u_statistics(**study, **wrong)
    with pytest.raises(UnknownNameError, match="Did you mean 'auc'"):
        u_statistics(**study, figure_of_merit="acu")
    u = u_statistics(**study)
    with pytest.raises(UnknownNameError, match="Did you mean 'aided'"):
        u.average("Aided")
    with pytest.raises(UnknownNameError, match="reader"):
        u.of_reader("r9", "aided")
    with pytest.raises(ArgumentError, match="unshared"):
        u.difference("aided", "unaided", unshared="never")
    with pytest.raises(ArgumentError, match="quantile"):
        u.average("aided").estimate(quantile="z")
    with pytest.raises(ArgumentError, match="level"):
        u.average("aided").estimate(level=2)
