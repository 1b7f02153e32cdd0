"""Readers x cases: numbers of other programs, and the variances by matrix algebra from the model itself."""

import numpy as np
import pytest
from scipy import stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.mrmc import (
    mrmc_power,
    mrmc_required_cases,
    mrmc_required_readers,
    mrmc_size_table,
)
from ecg_eval.stats.sample_size.mrmc_components import MrmcComponents
from ecg_eval.stats.sample_size.mrmc_design import DESIGNS, MrmcDesign

# the Van Dyke pilot as RJafroc 2.1.3 prints it: UtilORVarComp(dataset02, FOM = "Wilcoxon")$VarCom
VAN_DYKE = MrmcComponents(
    test_reader=0.000200402523581458,
    cov1=0.000346613709440732,
    cov2=0.000344074828860889,
    cov3=0.000239028370892154,
    error=0.000802288265572067,
    reader=0.00153499934513391,
    n_cases=114,
)
# UtilDBMVarComp(dataset02, FOM = "Wilcoxon")$VarCom
VAN_DYKE_DBM = {
    "reader": 0.00153499934513392,
    "case": 0.0272492342817056,
    "test_reader": 0.000200402523581458,
    "test_case": 0.0119752962084358,
    "reader_case": 0.012264728594538,
    "error": 0.0399716031905363,
}


@pytest.mark.parametrize(
    ("analysis", "n_readers", "n_cases", "effect", "power"),
    [  # constants of RJafroc's own tests, SsPowerGivenJK(dataset02, FOM = "Wilcoxon", ...)
        ("RRRC", 10, 165, -0.043800322, 0.80541995),
        ("FRRC", 10, 131, -0.043800322, 0.80091813),
        ("RRFC", 10, 53, -0.043800322, 0.80496663),
        ("RRRC", 6, 251, 0.05, 0.892281989391561),
    ],
)
def test_power_equals_rjafroc(analysis: str, n_readers: int, n_cases: int, effect: float, power: float) -> None:
    plan = mrmc_power(
        components=VAN_DYKE, n_readers=n_readers, n_cases=n_cases, design=MrmcDesign(effect=effect, analysis=analysis)
    )
    assert plan.power == pytest.approx(power, abs=1e-7)
    assert (plan.df_denominator is None) == (analysis == "FRRC")


def test_legacy_method_equals_rjafroc() -> None:
    # SsPowerGivenJK(dataset02, effectSize = 0.05, J = 6, K = 251, method = "DBM", UseDBMHB2004 = TRUE)
    design = MrmcDesign(effect=0.05, method="hillis_berbaum_2004")
    plan = mrmc_power(components=VAN_DYKE, n_readers=6, n_cases=251, design=design)
    assert plan.power == pytest.approx(0.892281989391561, abs=1e-8)
    assert plan.df_denominator == pytest.approx(16.1270372072798, rel=1e-9)


def test_legacy_fixed_readers_use_f_on_cases() -> None:
    design = MrmcDesign(effect=0.05, analysis="FRRC", method="hillis_berbaum_2004")
    plan = mrmc_power(components=VAN_DYKE, n_readers=6, n_cases=251, design=design)
    assert plan.df_denominator == 250
    k = VAN_DYKE_DBM
    noncentrality = 0.05**2 * 3 / ((k["error"] + 6 * k["test_case"]) / 251)
    assert plan.noncentrality == pytest.approx(noncentrality, rel=1e-9)


def test_dbm_components_translate_both_ways() -> None:
    made = MrmcComponents.from_dbm(**VAN_DYKE_DBM, n_cases=114)
    for name in ("test_reader", "cov1", "cov2", "cov3", "error", "reader"):
        assert getattr(made, name) == pytest.approx(getattr(VAN_DYKE, name), rel=1e-9)
    back = made.to_dbm()
    assert back == pytest.approx({k: v for k, v in VAN_DYKE_DBM.items() if k != "reader"}, rel=1e-9)


def test_smallest_size_is_the_smallest() -> None:
    design = MrmcDesign(effect=0.05)
    plan = mrmc_required_cases(components=VAN_DYKE, n_readers=6, design=design)
    assert (plan.n_total, plan.n_readers) == (170, 6)  # RJafroc SsSampleSizeKGivenJ
    assert plan.power == pytest.approx(0.80161863984628, abs=1e-8)
    fewer = mrmc_power(components=VAN_DYKE, n_readers=6, n_cases=169, design=design)
    assert fewer.power is not None
    assert fewer.power < 0.8 <= plan.power
    assert mrmc_power(components=VAN_DYKE, n_readers=6, n_cases=170, design=design).power == plan.power
    readers = mrmc_required_readers(components=VAN_DYKE, n_cases=170, design=design)
    assert (readers.n_readers, readers.n_total, readers.power) == (6, 170, plan.power)
    table = mrmc_size_table(components=VAN_DYKE, n_readers=[5, 6], design=design)
    assert [p.n_total for p in table] == [213, 170]


def test_no_size_says_what_limits_it() -> None:
    design = MrmcDesign(effect=0.02)
    cases = mrmc_required_cases(components=VAN_DYKE, n_readers=3, design=design, max_cases=500)
    assert cases.n_total is None
    assert not cases.is_defined
    assert cases.reason is not None
    assert "spread between readers" in cases.reason
    readers = mrmc_required_readers(components=VAN_DYKE, n_cases=20, design=design, max_readers=50)
    assert readers.n_readers is None
    assert readers.reason is not None
    assert "number of cases is the limit" in readers.reason
    assert "number of cases" in str(readers)


def _covariance(design: MrmcDesign, n_readers: int, n_cases: int) -> tuple[np.ndarray, np.ndarray]:
    """Covariance of the cells (arm, reader) under the model, and the contrast that the study tests."""
    c, blocks = VAN_DYKE, design.n_blocks
    arms = 1 if design.design == "one_arm" else 2
    arm, reader = (a.ravel() for a in np.meshgrid(np.arange(arms), np.arange(n_readers), indexing="ij"))
    parallel = design.design == "parallel_readers"
    same_arm = arm[:, None] == arm
    same_reader = (reader[:, None] == reader) & (same_arm if parallel else True)
    same_block = (reader * blocks // n_readers)[:, None] == reader * blocks // n_readers
    scale = c.n_cases * blocks / n_cases
    errors = np.select(
        [same_arm & same_reader, same_reader, same_arm], [c.error, c.cov1, c.cov2], c.cov3 if arms == 2 else 0.0
    )
    errors = np.where(same_block, errors, 0.0)
    if design.design == "own_cases":
        errors = np.where(same_reader, errors, 0.0)
    if design.design == "parallel_cases":
        errors = np.where(same_arm, errors, 0.0)
    assert c.reader is not None
    spread = c.reader * same_reader
    if arms == 2:
        spread = spread + c.test_reader * (same_reader & same_arm)
    contrast = np.where(arm == 0, 1, -1) / n_readers
    return spread + scale * errors, contrast


@pytest.mark.parametrize("name", DESIGNS)
def test_variance_follows_from_the_model(name: str) -> None:
    design = MrmcDesign(effect=0.05, design=name, n_blocks=3 if name == "split_plot" else 1)
    n_readers, n_cases = 12, 120
    covariance, contrast = _covariance(design, n_readers, n_cases)
    plan = mrmc_power(components=VAN_DYKE, n_readers=n_readers, n_cases=n_cases, design=design)
    assert plan.noncentrality == pytest.approx(0.05**2 / (contrast @ covariance @ contrast), rel=1e-12)


def test_mean_square_of_the_split_plot_follows_from_the_model() -> None:
    design = MrmcDesign(effect=0.05, design="split_plot", n_blocks=3)
    covariance, contrast = _covariance(design, 12, 120)
    # arm x reader within block: contrasts of readers' differences about their block's mean
    difference = np.hstack([np.eye(12), -np.eye(12)])
    within = np.eye(12) - np.kron(np.eye(3), np.full((4, 4), 0.25))
    mean_square = np.trace(within @ difference @ covariance @ difference.T) / 2 / (12 - 3)
    variance = 12 / 2 * contrast @ covariance @ contrast
    plan = mrmc_power(components=VAN_DYKE, n_readers=12, n_cases=120, design=design)
    assert plan.df_denominator == pytest.approx((12 - 3) * (variance / mean_square) ** 2, rel=1e-12)


def test_margin_is_a_one_sided_t() -> None:
    design = MrmcDesign(effect=-0.01, margin=0.05, alpha=0.025)
    plan = mrmc_power(components=VAN_DYKE, n_readers=10, n_cases=200, design=design)
    two_sided = mrmc_power(components=VAN_DYKE, n_readers=10, n_cases=200, design=MrmcDesign(effect=0.04))
    assert plan.power == pytest.approx(
        stats.nct.sf(stats.t.isf(0.025, plan.df_denominator), plan.df_denominator, plan.noncentrality), abs=1e-10
    )
    assert plan.power == pytest.approx(two_sided.power, abs=1e-3)  # the other tail is next to nothing
    assert "non-inferiority within 0.05" in plan.sentence


def test_negative_components_count_as_zero() -> None:
    odd = MrmcComponents(test_reader=-1e-4, cov1=3e-4, cov2=2e-4, cov3=2.5e-4, error=8e-4, n_cases=100)
    zero = MrmcComponents(test_reader=0.0, cov1=3e-4, cov2=2e-4, cov3=2e-4, error=8e-4, n_cases=100)
    design = MrmcDesign(effect=0.03)
    assert mrmc_power(components=odd, n_readers=5, n_cases=100, design=design).power == pytest.approx(
        mrmc_power(components=zero, n_readers=5, n_cases=100, design=design).power
    )


def test_components_without_variance_have_a_reason() -> None:
    odd = MrmcComponents(test_reader=0.0, cov1=6e-4, cov2=5e-4, cov3=1e-4, error=8e-4, n_cases=100)
    plan = mrmc_power(components=odd, n_readers=5, n_cases=100, design=MrmcDesign(effect=0.03, analysis="RRFC"))
    assert plan.power is None
    assert plan.reason is not None
    assert "too small to plan from" in plan.reason
    nothing = mrmc_required_cases(
        components=odd, n_readers=5, design=MrmcDesign(effect=0.03, analysis="RRFC"), max_cases=50
    )
    assert nothing.n_total is None


def test_power_grows_with_readers_and_effect() -> None:
    powers = [
        mrmc_power(components=VAN_DYKE, n_readers=j, n_cases=150, design=MrmcDesign(effect=e)).power
        for j, e in ((5, 0.03), (8, 0.03), (8, 0.05), (30, 0.05))
    ]
    assert powers == sorted(powers)
    same = [mrmc_power(components=VAN_DYKE, n_readers=5, n_cases=150, design=MrmcDesign(effect=e)) for e in (0.1, -0.1)]
    assert same[0].power == same[1].power


@pytest.mark.parametrize(
    "bad",
    [
        {"effect": 0.0},
        {"effect": float("nan")},
        {"effect": 0.05, "alpha": 0},
        {"effect": 0.05, "analysis": "rrrc"},
        {"effect": 0.05, "design": "crossover"},
        {"effect": 0.05, "method": "old"},
        {"effect": 0.05, "design": "split_plot"},
        {"effect": 0.05, "n_blocks": 2},
        {"effect": 0.05, "design": "own_cases", "analysis": "FRRC"},
        {"effect": -0.05, "margin": 0.05},
        {"effect": 0.05, "margin": -0.01},
    ],
)
def test_designs_without_a_formula_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ArgumentError):
        MrmcDesign(**bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [{"n_cases": 1}, {"error": 0.0}, {"cov1": 1.0}])
def test_impossible_components_are_refused(bad: dict[str, float]) -> None:
    good = {"test_reader": 1e-4, "cov1": 3e-4, "cov2": 3e-4, "cov3": 2e-4, "error": 8e-4, "n_cases": 100}
    with pytest.raises(ArgumentError):
        MrmcComponents(**{**good, **bad})  # type: ignore[arg-type]


def test_sizes_that_do_not_fit_are_refused() -> None:
    split = MrmcDesign(effect=0.05, design="split_plot", n_blocks=3)
    for n_readers, n_cases in ((1, 100), (7, 120), (3, 120), (6, 100)):
        with pytest.raises(ArgumentError):
            mrmc_power(components=VAN_DYKE, n_readers=n_readers, n_cases=n_cases, design=split)
    without = MrmcComponents(test_reader=1e-4, cov1=3e-4, cov2=3e-4, cov3=2e-4, error=8e-4, n_cases=100)
    with pytest.raises(ArgumentError, match=r"Var\(R\)"):
        mrmc_power(
            components=without, n_readers=5, n_cases=50, design=MrmcDesign(effect=0.05, design="parallel_readers")
        )
    with pytest.raises(ArgumentError, match="power"):
        mrmc_required_cases(components=VAN_DYKE, n_readers=5, design=MrmcDesign(effect=0.05), power=0.01)
