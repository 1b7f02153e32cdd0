"""Cohen's kappa and its relatives against paper arithmetic, statsmodels, scikit-learn and published tables."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.kappa import brennan_prediger, cohen_kappa, pabak, scott_pi

TABLE = np.array([[20, 5], [10, 15]])  # two yes/no raters, po = 0.7, pe = 0.5, kappa = 0.4


def cases(table: np.ndarray) -> dict[str, np.ndarray]:
    first, second = (np.repeat(place.ravel(), table.ravel()) for place in np.indices(table.shape))
    return {"first": first, "second": second}


def test_two_by_two_on_paper() -> None:
    found = cohen_kappa(**cases(TABLE), interval="wald")
    assert found.value == pytest.approx(0.4)
    assert found.n == 50
    # Fleiss, Cohen & Everitt with rows .5/.5, columns .6/.4: the diagonal, the rest, minus (kappa - pe (1 - kappa))^2
    diagonal = 0.4 * (1 - 1.1 * 0.6) ** 2 + 0.3 * (1 - 0.9 * 0.6) ** 2
    rest = 0.6**2 * (0.1 * 1.1**2 + 0.2 * 0.9**2)
    assert found.standard_error == pytest.approx(np.sqrt((diagonal + rest - 0.1**2) / (50 * 0.5**2)))


@pytest.mark.parametrize(("weights", "their"), [(None, None), ("linear", "linear"), ("quadratic", "quadratic")])
def test_equals_statsmodels_and_scikit_learn(weights: str | None, their: str | None) -> None:
    table = np.random.default_rng(3).integers(0, 12, size=(4, 4)) + np.diag([9, 8, 7, 6])
    data = cases(table)
    found = cohen_kappa(**data, weights=weights, interval="wald")
    peer = cohens_kappa(table, wt=None if their is None else {"linear": "linear", "quadratic": "quadratic"}[their])
    assert found.value == pytest.approx(peer.kappa, abs=1e-12)
    assert found.standard_error == pytest.approx(peer.std_kappa, abs=1e-12)
    assert found.statistic == pytest.approx(peer.kappa / peer.std_kappa0, abs=1e-10)
    assert found.low == pytest.approx(peer.kappa_low, abs=1e-10)
    assert found.value == pytest.approx(cohen_kappa_score(*data.values(), weights=their), abs=1e-12)


def test_weights_go_by_rank_of_the_whole_scale() -> None:
    data = {"first": [1, 2, 4, 4, 2, 1], "second": [1, 4, 4, 2, 2, 1]}
    gaps = cohen_kappa(**data, weights="linear").value
    whole = cohen_kappa(**data, weights="linear", categories=[1, 2, 3, 4]).value
    assert gaps != pytest.approx(whole)
    by_hand = 1 - np.abs(np.subtract.outer([1, 2, 3, 4], [1, 2, 3, 4])) / 3
    assert cohen_kappa(**data, weights=by_hand, categories=[1, 2, 3, 4]).value == pytest.approx(whole)


@pytest.mark.parametrize(
    ("interval", "low", "high"), [("null", 0.559071918794252, 0.78809577610199), ("binomial", None, None)]
)
def test_other_programs_intervals(interval: str, low: float | None, high: float | None) -> None:
    # epiR 2.0.57, epi.kappa(matrix(c(19, 6, 10, 256), 2), method = "fleiss"); "cohen" is the closed formula
    data = cases(np.array([[256, 6], [10, 19]]))
    found = cohen_kappa(**data, interval=interval)
    if low is None:
        se = np.sqrt(275 / 291 * 16 / 291 / 291) / (1 - 0.831556075152632)
        assert found.standard_error == pytest.approx(se)
    else:
        assert found.low == pytest.approx(low, abs=1e-9)
        assert found.high == pytest.approx(high, abs=1e-9)
    with pytest.raises(ArgumentError, match="cluster"):
        cohen_kappa(**data, interval=interval, cluster=np.arange(291))


def test_null_test_with_clusters() -> None:
    data = cases(TABLE)
    alone, single = cohen_kappa(**data), cohen_kappa(**data, cluster=np.arange(50))
    assert single.statistic == pytest.approx(alone.statistic)
    copies = {name: np.repeat(x, 3) for name, x in data.items()}
    copied = cohen_kappa(**copies, cluster=np.arange(150) // 3)
    assert copied.statistic == pytest.approx(alone.statistic)
    assert copied.p_value > alone.p_value  # t on patients - 1


def test_the_adjusted_interval_is_that_of_one_case_more_in_each_cell() -> None:
    found = cohen_kappa(**cases(TABLE))
    more = cohen_kappa(**cases(TABLE + 1), interval="wald")
    assert found.low == pytest.approx(more.low)
    assert found.high == pytest.approx(more.high)
    assert found.standard_error == pytest.approx(cohen_kappa(**cases(TABLE), interval="wald").standard_error)


def test_clusters_that_repeat_themselves_widen_it() -> None:
    data = cases(TABLE)
    copies = {name: np.repeat(x, 4) for name, x in data.items()}
    patient = np.repeat(np.arange(50), 4)
    naive, robust = cohen_kappa(**copies), cohen_kappa(**copies, cluster=patient)
    single = cohen_kappa(**data)
    assert robust.standard_error == pytest.approx(single.standard_error * np.sqrt(50 / 49))
    assert naive.high - naive.low < 0.6 * (robust.high - robust.low)
    # four patients more with four cases each are one patient more in each cell
    assert robust.high - robust.low == pytest.approx(single.high - single.low, rel=0.06)


def test_a_constant_rater_has_kappa_0_and_only_the_adjusted_interval() -> None:
    data = {"first": [1] * 30, "second": [0, 1] * 15}
    plain = cohen_kappa(**data, interval="wald")
    assert plain.value == pytest.approx(0)
    assert plain.low is None
    assert "constant" in str(plain.reason)
    assert plain.p_value is None
    adjusted = cohen_kappa(**data)
    assert adjusted.low < 0 < adjusted.high


def test_null_interval_of_a_constant_rater_has_a_reason() -> None:
    found = cohen_kappa(first=[1] * 30, second=[0, 1] * 15, interval="null")
    assert found.low is None
    assert "null standard error is 0" in str(found.reason)


def test_pabak_and_scott_on_paper() -> None:
    data = cases(TABLE)
    assert pabak(**data).value == pytest.approx(0.4)
    assert pabak(**data).p_value is None
    # pooled marginals .45/.55: pe = .505
    assert scott_pi(**data).value == pytest.approx((0.7 - 0.505) / 0.495)
    # three categories of which one is never used: pe = 1/3
    assert brennan_prediger(**data, categories=[0, 1, 2]).value == pytest.approx((0.7 - 1 / 3) / (2 / 3))


def test_pabak_takes_yes_and_no_alone() -> None:
    with pytest.raises(ArgumentError, match="0 and 1"):
        pabak(first=[0, 1, 2], second=[0, 1, 1])
    with pytest.raises(ArgumentError, match="0 and 1"):
        pabak(first=["yes", "no"], second=[0, 1])
    assert pabak(first=[True, False, True], second=[True, True, True]).value == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"test": "nul"}, "Did you mean 'null'"),
        ({"weights": "quadrati"}, "Did you mean 'quadratic'"),
        ({"weights": [[1, 0], [0, 1], [0, 0]]}, "weights"),
        ({"weights": [[0, 1], [1, 0]]}, "diagonal"),
        ({"categories": [0, 0, 1]}, "distinct"),
        ({"categories": [0, 2]}, "among the categories"),
        ({"second": [0, 1]}, "same length"),
        ({"first": [[0, 1]], "second": [[0, 1]]}, "one-dimensional"),
        ({"first": np.array([1, "a", None, 2], dtype=object)}, "one kind"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused(options: dict[str, object], what: str) -> None:
    with pytest.raises(ArgumentError, match=what):
        cohen_kappa(**({"first": [0, 1, 1, 0], "second": [0, 1, 0, 0]} | options))


def test_numbers_and_text_beside_each_other_keep_missing_missing() -> None:
    found = cohen_kappa(first=np.array(["1", "2", "1"]), second=np.array(["1", "2", None], dtype=object))
    assert found.n == 2
    assert found.value == pytest.approx(1)
