"""One and two ROC curves: pROC 1.18.0, published tables, and the derivatives by differences."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.roc.area import auroc, delong_covariance
from ecg_eval.stats.sample_size.auc_variance import (
    auc_null_variance_obuchowski,
    auc_variance_hanley_mcneil,
    auc_variance_obuchowski,
    binormal_auc_covariance,
    binormal_auc_variance,
)
from ecg_eval.stats.sample_size.roc import roc_detectable_auc, roc_power, roc_required_alpha, roc_required_cases
from ecg_eval.stats.sample_size.roc_pair import (
    RocPair,
    roc_pair_power,
    roc_pair_required_alpha,
    roc_pair_required_cases,
)
from ecg_eval.stats.sample_size.roc_pair_pilot import roc_pair_of_pilot


def test_one_curve_equals_proc() -> None:
    # help page of power.roc.test
    assert roc_power(auc=0.73, n_positive=41, n_negative=72).power == pytest.approx(0.989745343551401, abs=1e-12)
    plan = roc_required_cases(auc=0.73, power=0.95, controls_per_case=1.7)
    assert (plan.n_positive_exact, plan.n_negative_exact) == pytest.approx((29.6701956187491, 50.4393325518734))
    assert (plan.n_positive, plan.n_negative) == (30, 51)
    plan = roc_required_alpha(auc=0.73, n_positive=41, n_negative=72, power=0.95)
    assert plan.alpha == pytest.approx(0.0092385836338984, abs=1e-12)
    # pROC's root has a tolerance of 1e-4 and prints 0.696105439221725
    plan = roc_detectable_auc(n_positive=41, n_negative=72, power=0.95)
    assert plan.effect == pytest.approx(0.6961054, abs=1e-4)
    assert roc_power(auc=plan.effect, n_positive=41, n_negative=72).power == pytest.approx(0.95, abs=1e-10)


@pytest.mark.parametrize(
    ("controls_per_case", "auc", "n_positive"),
    [(1, 0.6, 135), (1, 0.7, 33), (1, 0.8, 14), (4, 0.6, 85), (0.25, 0.6, 334)],
)
def test_table_of_obuchowski_2004(controls_per_case: float, auc: float, n_positive: int) -> None:
    # Clin Chem 2004;50:1118-1125, table 4: one-sided 5 %, power 90 %
    plan = roc_required_cases(auc=auc, power=0.9, controls_per_case=controls_per_case, sides=1)
    assert plan.n_positive == n_positive


def test_too_few_cases_detect_nothing() -> None:
    plan = roc_detectable_auc(n_positive=1, n_negative=1, power=0.999)
    assert plan.effect is None
    assert plan.reason is not None
    assert "perfect" in plan.reason


def test_alpha_is_never_above_one() -> None:
    assert roc_required_alpha(auc=0.51, n_positive=2, n_negative=2, power=0.999).alpha == 1.0


def test_binormal_pair_equals_proc_and_the_paper() -> None:
    # Obuchowski and McClish 1997, example 2, as in the help page of power.roc.test
    pair = RocPair.from_binormal(
        difference=0.037,
        first=(2.6, 1),
        second=(1.9, 1),
        correlation_positive=0.6,
        correlation_negative=0.6,
        fpr_range=(0, 0.2),
    )
    assert roc_pair_required_cases(pair=pair).n_positive_exact == pytest.approx(107.0238, abs=5e-5)
    assert roc_pair_power(pair=pair, n_positive=107).power == pytest.approx(0.7999286, abs=5e-8)
    assert roc_pair_required_alpha(pair=pair, n_positive=107).alpha == pytest.approx(0.05004012, abs=5e-9)


def _area(a: float, b: float, low: float, high: float) -> float:
    return integrate.quad(lambda e: float(special.ndtr(a + b * special.ndtri(e))), low, high, epsabs=1e-13)[0]


@pytest.mark.parametrize("fpr_range", [(0.0, 1.0), (0.0, 0.2), (0.1, 0.4)])
def test_variance_uses_the_derivatives_of_the_area(fpr_range: tuple[float, float]) -> None:
    a, b, r, h = 1.3, 0.8, 2.0, 1e-4
    f = (_area(a + h, b, *fpr_range) - _area(a - h, b, *fpr_range)) / (2 * h)
    g = (_area(a, b + h, *fpr_range) - _area(a, b - h, *fpr_range)) / (2 * h)
    expected = f**2 * (1 + b**2 / r + a**2 / 2) + g**2 * b**2 * (1 + r) / (2 * r)
    assert binormal_auc_variance(a=a, b=b, controls_per_case=r, fpr_range=fpr_range) == pytest.approx(
        expected, rel=1e-5
    )
    # of a curve with itself the covariance has the term in fg that the printed variance leaves out
    covariance = binormal_auc_covariance(
        first=(a, b),
        second=(a, b),
        correlation_positive=1,
        correlation_negative=1,
        controls_per_case=r,
        fpr_range=fpr_range,
    )
    assert covariance == pytest.approx(expected + f * g * a * b, rel=1e-5)


def test_equal_spread_gives_the_short_formula() -> None:
    auc = 0.8
    a = special.ndtri(auc) * np.sqrt(2)
    short = auc_variance_obuchowski(auc=auc, controls_per_case=3.0)
    assert binormal_auc_variance(a=a, b=1, controls_per_case=3.0) == pytest.approx(float(short), rel=0.01)
    assert auc_null_variance_obuchowski(controls_per_case=3.0) == pytest.approx(0.0792 * 4 / 3)


def test_exponential_variance_is_that_of_hanley_and_mcneil() -> None:
    a, n1, n0 = 0.8, 40, 120
    q1, q2 = a / (2 - a), 2 * a**2 / (1 + a)
    direct = (a * (1 - a) + (n1 - 1) * (q1 - a**2) + (n0 - 1) * (q2 - a**2)) / (n1 * n0)
    assert auc_variance_hanley_mcneil(auc=a, controls_per_case=3, n_positive=n1) / n1 == pytest.approx(direct)
    limit = auc_variance_hanley_mcneil(auc=a, controls_per_case=3)
    assert limit == pytest.approx(auc_variance_hanley_mcneil(auc=a, controls_per_case=3, n_positive=10**7), rel=1e-6)


def _pilot() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    truth = np.repeat([1, 0], [60, 90])
    shared = rng.normal(size=150)
    return {
        "truth": truth,
        "first": np.round(shared + 1.5 * truth + rng.normal(size=150), 1),
        "second": np.round(shared + 0.9 * truth + rng.normal(size=150) * 1.2, 1),
    }


def test_pilot_with_delong() -> None:
    data = _pilot()
    pair = roc_pair_of_pilot(**data, null="alternative")
    covariance = delong_covariance(truth=data["truth"], scores=np.column_stack([data["first"], data["second"]]))
    spread = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    plan = roc_pair_power(pair=pair, n_positive=60)
    # the simple normal approximation, one tail
    assert plan.power == pytest.approx(stats.norm.cdf(abs(pair.difference) / spread - 1.959964), abs=1e-6)
    assert plan.n_negative == 90
    back = roc_pair_required_cases(pair=pair, power=plan.power)
    assert back.n_positive_exact == pytest.approx(60, rel=1e-9)
    assert roc_pair_required_alpha(pair=pair, n_positive=60, power=plan.power).alpha == pytest.approx(0.05, abs=1e-9)


def test_order_matters_for_the_null_of_the_first_curve_only() -> None:
    data = _pilot()
    swapped = {"truth": data["truth"], "first": data["second"], "second": data["first"]}
    first, second = (roc_pair_power(pair=roc_pair_of_pilot(**d), n_positive=60).power for d in (data, swapped))
    assert first != pytest.approx(second, abs=1e-6)
    same = [
        roc_pair_power(pair=roc_pair_of_pilot(**d, null="alternative"), n_positive=60).power for d in (data, swapped)
    ]
    assert same[0] == pytest.approx(same[1], abs=1e-12)


def test_pilot_with_binormal_curves() -> None:
    data = _pilot()
    pair = roc_pair_of_pilot(**data, variance="binormal")
    delong = roc_pair_of_pilot(**data)
    assert pair.variance / 60 == pytest.approx(delong.variance / 60, rel=0.5)
    assert pair.difference == delong.difference
    # what pROC fits are the curves with the classes exchanged, the slope's sign turned
    proc = roc_pair_of_pilot(**data, variance="binormal_proc")
    exchanged = roc_pair_of_pilot(
        truth=1 - data["truth"], first=-data["first"], second=-data["second"], variance="binormal"
    )
    assert proc.difference == pytest.approx(exchanged.difference)
    assert proc.variance_1 != pytest.approx(exchanged.variance_1)  # its ratio of controls is not exchanged
    part = roc_pair_of_pilot(**data, variance="binormal", fpr_range=(0.0, 0.3))
    assert abs(part.difference) < abs(pair.difference)
    full = auroc(truth=data["truth"], score=data["first"]).value
    assert full is not None


def test_refusals() -> None:
    data = _pilot()
    with pytest.raises(ArgumentError, match="fpr_range"):
        roc_pair_of_pilot(**data, fpr_range=(0, 0.5))
    with pytest.raises(ArgumentError, match="variance"):
        roc_pair_of_pilot(**data, variance="bootstrap")  # type: ignore[arg-type]
    flat = {**data, "second": data["truth"] * 1.0}
    with pytest.raises(ArgumentError, match="two points"):
        roc_pair_of_pilot(**flat, variance="binormal")
    with pytest.raises(ArgumentError, match="difference"):
        RocPair(difference=0, variance_1=1e-3, variance_2=1e-3, covariance=0, n_positive=10, controls_per_case=1)
    with pytest.raises(ArgumentError, match="covariance"):
        RocPair(difference=0.1, variance_1=1e-3, variance_2=1e-3, covariance=2e-3, n_positive=10, controls_per_case=1)
    with pytest.raises(ArgumentError, match="null"):
        RocPair(
            difference=0.1, variance_1=1e-3, variance_2=1e-3, covariance=0, n_positive=1, controls_per_case=1, null="x"
        )
    with pytest.raises(ArgumentError, match="sides"):
        roc_power(auc=0.7, n_positive=5, n_negative=5, sides=3)
    with pytest.raises(ArgumentError, match="power"):
        roc_detectable_auc(n_positive=50, n_negative=50, power=0.04)
    with pytest.raises(ArgumentError, match="auc"):
        roc_power(auc=0.4, n_positive=5, n_negative=5)
    with pytest.raises(ArgumentError, match="fpr_range"):
        binormal_auc_variance(a=1, b=1, controls_per_case=1, fpr_range=(0.5, 0.2))
