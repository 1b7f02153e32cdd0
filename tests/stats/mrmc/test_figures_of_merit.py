from pathlib import Path

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError, UnknownNameError
from ecg_eval.stats.mrmc.curve_figures import ExpectedUtility, PartialArea, SensitivityAt, SpecificityAt
from ecg_eval.stats.mrmc.figure_names import figure_by_name
from ecg_eval.stats.mrmc.figures_of_merit import AreaUnderCurve, FigureOfMerit, UserStatistic

RNG = np.random.default_rng(5)
TRUTH = np.arange(24) % 3 == 0
SCORES = np.round(3 * (RNG.normal(size=(3, 24)) + TRUTH), 0)
SCORES[1, 4] = SCORES[1, 3] = SCORES[2, 20:] = np.nan
CLUSTER = np.arange(24) // 2
CALLS = np.where(np.isnan(SCORES), np.nan, SCORES > 1)

CURVES = [
    PartialArea(),
    PartialArea(minimum=0.5, maximum=0.9, standardised=True, interpolation="vertices"),
    PartialArea(over="sensitivity", minimum=0.6),
    PartialArea(over="sensitivity", minimum=0.4, maximum=0.9, interpolation="vertices"),
    SensitivityAt(0.8),
    SensitivityAt(0.8, interpolation="vertices"),
    SpecificityAt(0.7),
    SpecificityAt(0.7, interpolation="vertices"),
    ExpectedUtility(),
    ExpectedUtility(slope=0.5),
]
PROPORTIONS = ["sensitivity", "specificity", "accuracy", "positive_predictive_value", "negative_predictive_value"]
FIGURES = [
    (AreaUnderCurve(), SCORES),
    *((figure, SCORES) for figure in CURVES),
    *((figure_by_name("f", name), CALLS) for name in PROPORTIONS),
]


def auc(truth: np.ndarray, score: np.ndarray) -> float:
    positive, negative = score[truth][:, None], score[~truth]
    return float(((positive > negative) + 0.5 * (positive == negative)).mean())


@pytest.mark.parametrize(("figure", "scores"), FIGURES, ids=lambda x: getattr(x, "name", ""))
@pytest.mark.parametrize("cluster", [np.arange(24), CLUSTER], ids=["cases", "patients"])
def test_left_out_equals_computing_anew(figure: FigureOfMerit, scores: np.ndarray, cluster: np.ndarray) -> None:
    n_clusters = int(cluster.max()) + 1
    expected = np.stack(
        [figure.values(scores[:, cluster != c], TRUTH[cluster != c]) for c in range(n_clusters)], axis=1
    )
    np.testing.assert_allclose(figure.left_out(scores, TRUTH, cluster, n_clusters), expected, atol=1e-13)


def test_auc_counts_pairs_and_ties_as_one_half() -> None:
    expected = [auc(TRUTH[~np.isnan(row)], row[~np.isnan(row)]) for row in SCORES]
    np.testing.assert_allclose(AreaUnderCurve().values(SCORES, TRUTH), expected)


@pytest.mark.parametrize("cluster", [np.arange(24), CLUSTER], ids=["cases", "patients"])
def test_a_statistic_of_ones_own_is_jackknifed_like_the_closed_form(cluster: np.ndarray) -> None:
    own, n_clusters = UserStatistic(auc), int(cluster.max()) + 1
    np.testing.assert_allclose(own.values(SCORES, TRUTH), AreaUnderCurve().values(SCORES, TRUTH))
    np.testing.assert_allclose(
        own.left_out(SCORES, TRUTH, cluster, n_clusters),
        AreaUnderCurve().left_out(SCORES, TRUTH, cluster, n_clusters),
    )


def test_empty_class_is_undefined() -> None:
    nobody = np.zeros(24, dtype=bool)
    for figure, scores in FIGURES:
        if figure.name not in ("accuracy", "positive predictive value", "negative predictive value", "specificity"):
            assert np.isnan(figure.values(scores, nobody)).all(), figure.name
    assert np.isnan(UserStatistic(lambda t, s: np.inf).values(SCORES, TRUTH)).all()
    assert np.isnan(UserStatistic(auc).values(np.full((1, 24), np.nan), TRUTH)).all()


def test_calls_are_zero_or_one() -> None:
    with pytest.raises(ArgumentError, match="0 or 1"):
        figure_by_name("f", "sensitivity").values(SCORES, TRUTH)


def test_partial_areas_add_up() -> None:
    """The whole area is the sum of two parts, read along the curve."""
    parts = [PartialArea(minimum=0.0, maximum=0.35), PartialArea(minimum=0.35, maximum=1.0)]
    total = sum(part.values(SCORES, TRUTH) for part in parts)
    np.testing.assert_allclose(total, AreaUnderCurve().values(SCORES, TRUTH))
    across = PartialArea(over="sensitivity", minimum=0.0, maximum=1.0)
    np.testing.assert_allclose(across.values(SCORES, TRUTH), AreaUnderCurve().values(SCORES, TRUTH))


def test_a_curve_on_paper() -> None:
    """Scores 3 2 1 of the diseased, 2 0 of the healthy: points (0, 1/3), (1/2, 2/3), (1/2, 1), (1, 1)."""
    truth = np.array([True, True, True, False, False])
    scores = np.array([[3.0, 2.0, 1.0, 2.0, 0.0]])
    assert SensitivityAt(0.75).values(scores, truth)[0] == pytest.approx(1 / 2)
    assert SensitivityAt(0.5).values(scores, truth)[0] == pytest.approx(1.0)
    # the line to the highest point above 1/2 runs from (0, 1/3) to (1/2, 1)
    assert SensitivityAt(0.75, interpolation="vertices").values(scores, truth)[0] == pytest.approx(2 / 3)
    assert SpecificityAt(1.0).values(scores, truth)[0] == pytest.approx(0.5)
    assert SpecificityAt(1.0, interpolation="vertices").values(scores, truth)[0] == pytest.approx(0.0)
    assert PartialArea(minimum=0.5).values(scores, truth)[0] == pytest.approx(0.25)
    assert PartialArea(minimum=0.5, standardised=True).values(scores, truth)[0] == pytest.approx(0.5)
    assert ExpectedUtility().values(scores, truth)[0] == pytest.approx(0.5)


def test_bounds_and_names_say_the_range() -> None:
    assert PartialArea().bounds == pytest.approx((0.0, 0.2))
    assert PartialArea(standardised=True).bounds == (0.0, 1.0)
    assert "specificity 0.8-1" in PartialArea().name
    assert "0.9" in SensitivityAt(0.9).name
    assert "0.9" in SpecificityAt(0.9).name
    assert "2" in ExpectedUtility(2).name


@pytest.mark.parametrize(
    "make",
    [
        lambda: PartialArea(over="auc"),
        lambda: PartialArea(minimum=-0.1),
        lambda: PartialArea(minimum=0.9, maximum=0.8),
        lambda: SensitivityAt(1.2),
        lambda: SpecificityAt(-1),
        lambda: ExpectedUtility(0),
    ],
)
def test_impossible_figures_are_refused(make: object) -> None:
    with pytest.raises(ArgumentError):
        make()


def test_names() -> None:
    assert isinstance(figure_by_name("f", "auc"), AreaUnderCurve)
    figure = PartialArea()
    assert figure_by_name("f", figure) is figure
    assert isinstance(figure_by_name("f", auc), UserStatistic)
    with pytest.raises(UnknownNameError, match="Did you mean 'sensitivity'"):
        figure_by_name("f", "sensitivty")
    with pytest.raises(ArgumentError, match="a name, a FigureOfMerit or a function"):
        figure_by_name("f", 3)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("figure", "printed"),
    [
        (AreaUnderCurve(), 0.9229791),
        (PartialArea(minimum=0.7, interpolation="vertices"), 0.2499923),
        (PartialArea(over="sensitivity", minimum=0.7, interpolation="vertices"), 0.2262129),
        (SensitivityAt(0.8, interpolation="vertices"), 0.8812346),
        (SpecificityAt(0.8, interpolation="vertices"), 0.94434),
    ],
    ids=lambda x: getattr(x, "name", ""),
)
def test_metrics_of_mrmcaov(figure: FigureOfMerit, printed: float, shared: Path) -> None:
    """MRMCaov's article (docs/jss/MRMCaov.tex of the repository brian-j-smith/MRMCaov), all reads of VanDyke pooled."""
    path = shared / "oracles" / "published" / "04a-mrmc-vandyke-auc" / "VanDyke.csv"
    table = np.genfromtxt(path, delimiter=",", names=True)
    value = figure.values(table["rating"][None], table["truth"] == 1)[0]
    assert value == pytest.approx(printed, abs=6e-8)
