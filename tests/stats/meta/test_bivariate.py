"""Sensitivity and specificity together: mada's published example, studies that tell half, and what cannot be fitted."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import logit

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.meta import bivariate
from ecg_eval.stats.meta.bivariate import bivariate_meta_analysis, correlation_test
from ecg_eval.stats.meta.bivariate_normal import fit_normal
from ecg_eval.stats.meta.study_counts import StudyCounts

# 14 studies of a questionnaire on alcohol (Kriston et al., Ann Intern Med 2008;149:879), two without a missed case
AUDIT_C = StudyCounts.of(
    true_positive=[47, 126, 19, 36, 130, 84, 68, 752, 59, 142, 137, 57, 34, 152],
    false_negative=[9, 51, 10, 3, 19, 2, 0, 0, 5, 50, 24, 3, 1, 51],
    false_positive=[101, 272, 12, 78, 211, 68, 112, 3226, 55, 571, 107, 103, 21, 88],
    true_negative=[738, 1543, 192, 276, 959, 89, 423, 2977, 136, 2788, 358, 437, 56, 264],
)


def test_the_example_of_mada_comes_out_by_reml() -> None:
    # R: summary(mada::reitsma(AuditC)), printed in mada's vignette: 2.100 (0.338), -1.264 (0.174), sensitivity 0.891
    # (0.808 to 0.941), correlation 0.854, the second logit and the correlation of the false-positive rate
    fit = bivariate_meta_analysis(counts=AUDIT_C, method="normal_reml", correction="all_if_any_zero", interval="normal")
    assert fit.n_with_zero == 2
    assert fit.accuracy is not None
    assert fit.accuracy.mean == pytest.approx([2.0997, 1.2637], abs=1e-4)
    assert np.sqrt(np.diag(fit.accuracy.covariance)) == pytest.approx([0.338, 0.174], abs=5e-4)
    pooled = fit.accuracy.sensitivity
    assert [pooled.value, pooled.low, pooled.high] == pytest.approx([0.891, 0.808, 0.941], abs=5e-4)
    assert fit.accuracy.correlation == pytest.approx(-0.854, abs=5e-4)


def test_the_example_of_mada_comes_out_by_ml() -> None:
    # R: mada::reitsma(AuditC, method = "ml"): coefficients and Psi
    fit = bivariate_meta_analysis(counts=AUDIT_C, method="normal_ml", correction="all_if_any_zero")
    assert fit.accuracy is not None
    assert fit.accuracy.mean == pytest.approx([2.07625908, 1.26244709], abs=1e-6)
    assert fit.accuracy.between == pytest.approx(
        np.array([[1.22384177, -0.58323292], [-0.58323292, 0.37488242]]), abs=1e-5
    )


def test_a_study_that_tells_only_one_of_the_two_still_counts_for_that() -> None:
    half = replace(
        AUDIT_C,
        false_positive=np.append(AUDIT_C.false_positive[:-1], np.nan),
        true_negative=np.append(AUDIT_C.true_negative[:-1], np.nan),
    )
    without = StudyCounts(*(getattr(AUDIT_C, name)[:-1] for name in StudyCounts.__dataclass_fields__))
    for method in bivariate.METHODS:
        whole, part, less = (
            bivariate_meta_analysis(counts=c, method=method).accuracy for c in (AUDIT_C, half, without)
        )
        assert whole is not None
        assert part is not None
        assert less is not None
        assert abs(part.mean[0] - whole.mean[0]) < abs(less.mean[0] - whole.mean[0]) + 0.01
        assert part.mean[1] == pytest.approx(less.mean[1], abs=0.05)  # but for what correlation lends


def test_what_a_study_does_not_tell_adds_nothing_to_the_likelihood() -> None:
    rng = np.random.default_rng(2)
    logits, variances = rng.normal(size=(8, 2)), rng.uniform(0.1, 0.3, (8, 2))
    both = fit_normal(logits, variances, restricted=True)
    nothing = np.full((1, 2), np.nan)
    more = fit_normal(np.vstack([logits, nothing]), np.vstack([variances, nothing]), restricted=True)
    assert more.log_likelihood == pytest.approx(both.log_likelihood)
    assert more.mean == pytest.approx(both.mean, abs=1e-6)


def test_studies_that_do_not_differ_lie_on_the_edge() -> None:
    alike = StudyCounts.of(
        true_positive=[80] * 6, false_negative=[20] * 6, false_positive=[10] * 6, true_negative=[90] * 6
    )
    for method in bivariate.METHODS:
        fit = bivariate_meta_analysis(counts=alike, method=method)
        assert fit.on_edge
        assert fit.accuracy is not None
        assert fit.accuracy.sensitivity.value == pytest.approx(0.8, abs=1e-4)
        assert fit.accuracy.specificity.value == pytest.approx(0.9, abs=1e-4)
    assert bivariate.PooledAccuracy(np.zeros(2), np.eye(2), np.zeros((2, 2)), 6, 0.95, "").correlation is None


def test_too_few_studies_and_a_zero_without_correction_are_reasons() -> None:
    two = StudyCounts.of(
        true_positive=[8, 9, 0], false_negative=[2, 1, 0], false_positive=[1, 1, 1], true_negative=[9, 9, 9]
    )
    assert "fewer than 3 studies" in (bivariate_meta_analysis(counts=two).reason or "")
    assert "fewer than 3 studies" in (correlation_test(counts=two).reason or "")
    bare = bivariate_meta_analysis(counts=AUDIT_C, method="normal_reml", correction="none")
    assert "nothing is added" in (bare.reason or "")


def test_perfect_studies_have_no_pooled_point_and_say_why() -> None:
    perfect = StudyCounts.of(
        true_positive=[10] * 4, false_negative=[0] * 4, false_positive=[1, 2, 3, 1], true_negative=[20] * 4
    )
    fit = bivariate_meta_analysis(counts=perfect)
    assert fit.accuracy is None
    assert fit.reason
    corrected = bivariate_meta_analysis(counts=perfect, method="normal_reml")
    assert corrected.accuracy is not None


def test_a_search_that_does_not_end_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = replace(fit_normal(np.arange(8.0).reshape(4, 2), np.ones((4, 2)), restricted=True), converged=False)
    monkeypatch.setattr(bivariate, "fit_normal", lambda *_, **__: lost)
    fit = bivariate_meta_analysis(counts=AUDIT_C, method="normal_ml")
    assert fit.accuracy is None
    assert "did not converge" in (fit.reason or "")


def test_intervals_are_of_t_with_two_degrees_of_freedom_less_than_studies() -> None:
    wide, narrow = (bivariate_meta_analysis(counts=AUDIT_C, interval=i).accuracy for i in ("t", "normal"))
    assert wide is not None
    assert narrow is not None
    ends = [logit(e.high) - logit(e.value) for e in (wide.sensitivity, narrow.sensitivity)]
    assert ends[0] / ends[1] == pytest.approx(2.178813 / 1.959964)  # t(12) and z, from tables
    assert wide.youden_index.df == 12


@pytest.mark.parametrize("wrong", [{"method": "moses"}, {"correction": "0.5"}, {"interval": "bayes"}])
def test_unknown_ways_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ArgumentError):
        bivariate_meta_analysis(counts=AUDIT_C, **wrong)


@pytest.mark.parametrize("counts", [[[1], [1], [1], [1, 2]], [[-1], [1], [1], [1]]])
def test_counts_that_are_none_are_refused(counts: list[list[int]]) -> None:
    names = ("true_positive", "false_negative", "false_positive", "true_negative")
    with pytest.raises(ArgumentError):
        StudyCounts.of(**dict(zip(names, counts, strict=True)))


def test_a_likelihood_without_a_top_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = SimpleNamespace(covariance=None, converged=False, reason="the search ran into a wall")
    monkeypatch.setattr(bivariate, "logistic_mixed_model", lambda *_, **__: stopped)
    fit = bivariate_meta_analysis(counts=AUDIT_C, method="binomial")
    assert fit.accuracy is None
    assert "the search ran into a wall" in (fit.reason or "")


def test_without_a_correction_the_logits_are_those_of_the_counts() -> None:
    counts = StudyCounts.of(
        true_positive=[40, 30], false_negative=[5, 6], false_positive=[10, 4], true_negative=[45, 60]
    )
    plain, variance = counts.logits("none")
    assert plain[0] == pytest.approx([np.log(40 / 5), np.log(45 / 10)])
    assert variance[1] == pytest.approx([1 / 30 + 1 / 6, 1 / 60 + 1 / 4])
