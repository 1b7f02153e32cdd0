from collections.abc import Callable

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mrmc.covariance import error_covariance, jackknife_covariance
from ecg_eval.stats.mrmc.figure_names import figure_by_name
from ecg_eval.stats.mrmc.figures_of_merit import AreaUnderCurve
from ecg_eval.stats.mrmc.study import StudyArrays, study_arrays

AUC = AreaUnderCurve()


def holes(study: StudyArrays) -> StudyArrays:
    scores = study.scores.copy()
    scores[0, 1, ::3] = scores[1, 4, 1::7] = np.nan
    return StudyArrays(
        modalities=study.modalities,
        readers=study.readers,
        truth=study.truth,
        scores=scores,
        cluster=study.cluster,
        n_clusters=study.n_clusters,
    )


def delong_covariance(study: StudyArrays) -> np.ndarray:
    return error_covariance(study, AUC, "delong", "f")


def psi(study: StudyArrays, cell: int) -> np.ndarray:
    row = study.cells[cell]
    return (np.sign(row[study.truth][:, None] - row[~study.truth]) + 1) / 2


def test_jackknife_on_paper() -> None:
    """Two cells, three cases: mean deviations (-1, 0, 1) and (0, 1, -1), factor 2/3."""
    np.testing.assert_allclose(
        jackknife_covariance(np.array([[1.0, 2, 3], [5, 6, 4]])), 2 / 3 * np.array([[2, -1], [-1, 2]])
    )
    assert np.isnan(jackknife_covariance(np.ones((2, 1)))).all()


def test_delong_equals_its_definition(study: dict[str, np.ndarray]) -> None:
    arrays = study_arrays("f", **study)
    placements = [psi(arrays, cell) for cell in range(10)]
    v10 = np.cov(np.stack([p.mean(axis=1) for p in placements]))
    v01 = np.cov(np.stack([p.mean(axis=0) for p in placements]))
    expected = v10 / arrays.truth.sum() + v01 / (~arrays.truth).sum()
    np.testing.assert_allclose(delong_covariance(arrays), expected)


def test_clusters_of_one_case_change_little_in_delong(study: dict[str, np.ndarray]) -> None:
    """With one case a patient, Obuchowski's (1997) cross term is the covariance of never shared units."""
    arrays = study_arrays("f", **study)
    doubled = {name: np.concatenate((column, column)) for name, column in study.items()}
    doubled["case"] = np.concatenate((study["case"], study["case"] + 100))
    clustered = study_arrays("f", **doubled, cluster=np.concatenate((study["case"], study["case"])))
    # every case twice in its patient is the same information as every case once
    np.testing.assert_allclose(delong_covariance(clustered), delong_covariance(arrays), rtol=1e-9)


def test_patients_with_both_classes_in_delong(study: dict[str, np.ndarray]) -> None:
    """Against the jackknife over the same patients, which needs no formula for clusters."""
    arrays = study_arrays("f", **study, cluster=study["case"] // 2)
    delong = np.diag(delong_covariance(arrays))
    jackknife = np.diag(error_covariance(arrays, AUC, "jackknife", "f"))
    np.testing.assert_allclose(delong, jackknife, rtol=0.15)


@pytest.mark.parametrize("thin", [lambda s: s, holes], ids=["complete", "holes"])
def test_unbiased_equals_sums_over_pairs_of_pairs(
    study: dict[str, np.ndarray], thin: Callable[[StudyArrays], StudyArrays]
) -> None:
    arrays = thin(study_arrays("f", **study))
    covariance = error_covariance(arrays, AUC, "unbiased", "f")
    for a, b in ((0, 0), (0, 3), (1, 6), (1, 9)):
        first, second = psi(arrays, a), psi(arrays, b)
        known = ~np.isnan(first), ~np.isnan(second)
        independent = [
            first[i, j] * second[k, m]
            for i, j in np.argwhere(known[0])
            for k, m in np.argwhere(known[1])
            if i != k and j != m
        ]
        expected = first[known[0]].mean() * second[known[1]].mean() - np.mean(independent)
        assert covariance[a, b] == pytest.approx(expected, abs=1e-13)
        assert covariance[b, a] == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize("method", ["jackknife", "delong", "unbiased"])
def test_readers_of_different_cases_share_no_error(study: dict[str, np.ndarray], method: str) -> None:
    nested = {**study, "case": [f"{r}/{c}" for r, c in zip(study["reader"], study["case"], strict=True)]}
    covariance = error_covariance(study_arrays("f", **nested), AUC, method, "f")
    apart = np.array([[a % 5 != b % 5 for a in range(10)] for b in range(10)])
    np.testing.assert_allclose(covariance[apart], 0, atol=1e-15)


def test_methods_agree_roughly_and_are_symmetric(study: dict[str, np.ndarray]) -> None:
    arrays = study_arrays("f", **study)
    found = [error_covariance(arrays, AUC, method, "f") for method in ("jackknife", "delong", "unbiased")]
    for covariance in found:
        np.testing.assert_allclose(covariance, covariance.T)
        np.testing.assert_allclose(np.diag(covariance), np.diag(found[0]), rtol=0.1)


def test_one_case_of_a_class_has_no_covariance(study: dict[str, np.ndarray]) -> None:
    few = {name: column[(study["truth"] == 0) | (study["case"] == 0)] for name, column in study.items()}
    arrays = study_arrays("f", **few)
    for method in ("jackknife", "delong", "unbiased"):
        assert np.isnan(np.diag(error_covariance(arrays, AUC, method, "f"))).all(), method


def test_two_readers_with_one_common_diseased_case(study: dict[str, np.ndarray]) -> None:
    """The covariance is then their single product, and no variance is lost for it."""
    of_r0 = (study["reader"] == "r0") & (study["truth"] == 1) & (study["case"] > 0)
    of_r1 = (study["reader"] == "r1") & (study["truth"] == 1) & (study["case"] % 10 > 0)
    others = ~np.isin(study["reader"], ["r0", "r1"])
    keep = others | ((study["reader"] == "r0") & ~(of_r0 & (study["case"] % 10 > 0)))
    keep |= (study["reader"] == "r1") & ((study["truth"] == 0) | of_r1 | (study["case"] == 0))
    arrays = study_arrays("f", **{name: column[keep] for name, column in study.items()})
    read = arrays.read[0]
    assert (read[0] & read[1] & arrays.truth).sum() == 1
    assert np.isfinite(delong_covariance(arrays)).all()


def test_sensitivity_leaves_out_diseased_cases_only(calls: dict[str, np.ndarray]) -> None:
    """The jackknife of a proportion over its own n cases is p (1 - p) / (n - 1)."""
    arrays = study_arrays("f", **calls)
    covariance = error_covariance(arrays, figure_by_name("f", "sensitivity"), "jackknife", "f")
    p = arrays.cells[:, arrays.truth].mean(axis=1)
    np.testing.assert_allclose(np.diag(covariance), p * (1 - p) / (arrays.truth.sum() - 1))
    covariance = error_covariance(arrays, figure_by_name("f", "specificity"), "jackknife", "f")
    q = 1 - arrays.cells[:, ~arrays.truth].mean(axis=1)
    np.testing.assert_allclose(np.diag(covariance), q * (1 - q) / ((~arrays.truth).sum() - 1))


def test_methods_that_do_not_exist_are_refused(study: dict[str, np.ndarray], calls: dict[str, np.ndarray]) -> None:
    arrays = study_arrays("f", **study)
    with pytest.raises(ArgumentError, match="'jackknife', 'delong' or 'unbiased'"):
        error_covariance(arrays, AUC, "bootstrap", "f")
    with pytest.raises(ArgumentError, match="'jackknife' for sensitivity"):
        error_covariance(study_arrays("f", **calls), figure_by_name("f", "sensitivity"), "delong", "f")
    with pytest.raises(ArgumentError, match="where cases are clustered"):
        error_covariance(study_arrays("f", **study, cluster=study["case"] // 2), AUC, "unbiased", "f")
