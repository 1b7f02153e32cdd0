"""How long reader studies take: Obuchowski-Rockette of 20 readers x 2 arms x 2,000 cases x 20 findings, and its peers.

    python -m benchmarks.mrmc

prints a table. The slow peer is the jackknife as a loop that computes each AUC anew (what MRMCaov and RJafroc do, in
the same language); its values are compared with ours to 1e-10. R's iMRMC is no Debian package and pROC has no analysis
of reader studies: neither is measured.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from scipy.stats import rankdata

from ecg_eval.stats.mrmc.covariance import error_covariance, jackknife_covariance
from ecg_eval.stats.mrmc.figures_of_merit import AreaUnderCurve, FigureOfMerit
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from ecg_eval.stats.mrmc.roe_metz import roe_metz_structure, simulate_roe_metz
from ecg_eval.stats.mrmc.study import BoolArray, FloatArray, StudyArrays, study_arrays
from ecg_eval.stats.mrmc.u_statistics import u_statistics

READERS, CASES, POSITIVES, FINDINGS = 20, 2000, 200, 20
LIMIT_SECONDS = 5.0


def simulated_findings(n_findings: int, n_cases: int, n_positive: int) -> list[dict[str, Any]]:
    """Draw one crossed study a finding, from fixed seeds."""
    variances = roe_metz_structure("LH")
    return [
        simulate_roe_metz(
            rng=np.random.default_rng(seed),
            n_readers=READERS,
            n_negative=n_cases - n_positive,
            n_positive=n_positive,
            separations=(1.5, 1.7),
            variances=variances,
        ).columns
        for seed in range(n_findings)
    ]


def seconds(action: Callable[[], object]) -> float:
    """Time one call."""
    start = perf_counter()
    action()
    return perf_counter() - start


def looped_jackknife(study: StudyArrays) -> FloatArray:
    """Leave out one case at a time and compute every AUC anew from ranks."""
    left_out = np.empty((study.cells.shape[0], study.truth.size))
    for case in range(study.truth.size):
        truth = np.delete(study.truth, case)
        for cell, row in enumerate(study.cells):
            left_out[cell, case] = _auc(np.delete(row, case), truth)
    return jackknife_covariance(left_out)


def _auc(score: FloatArray, truth: BoolArray) -> float:
    positives = int(truth.sum())
    ranks = rankdata(score)[truth].sum() - positives * (positives + 1) / 2
    return float(ranks / (positives * (truth.size - positives)))


def rows() -> list[tuple[str, float, str]]:
    """Measure, and check the values against the loop."""
    findings = simulated_findings(FINDINGS, CASES, POSITIVES)
    calls = [{**study, "score": (study["score"] > 1).astype(float)} for study in findings]
    size = f"{READERS} readers x 2 arms x {CASES} cases x {FINDINGS} findings"

    def over(studies: list[dict[str, Any]], **settings: Any) -> Callable[[], object]:
        return lambda: [obuchowski_rockette(**study, **settings) for study in studies]

    jackknife = seconds(over(findings))
    measured = [
        (f"Obuchowski-Rockette, AUC, jackknife, {size}", jackknife, f"limit {LIMIT_SECONDS:g} s"),
        (f"the same, DeLong, {size}", seconds(over(findings, covariance="delong")), ""),
        (f"the same, sensitivity of calls, {size}", seconds(over(calls, figure_of_merit="sensitivity")), ""),
        (
            f"the same, unbiased covariance, {READERS} readers x 2 arms x {CASES} cases x 1 finding",
            seconds(over(findings[:1], covariance="unbiased")),
            "",
        ),
        (
            f"U-statistics, AUC, {READERS} readers x 2 arms x {CASES} cases x 1 finding",
            seconds(lambda: u_statistics(**findings[0]).differences),
            "",
        ),
    ]
    small = simulated_findings(1, 200, 40)[0]
    study = study_arrays("benchmark", **small)
    figure: FigureOfMerit = AreaUnderCurve()
    looped: list[FloatArray] = []
    slow = seconds(lambda: looped.append(looped_jackknife(study)))
    fast = seconds(lambda: error_covariance(study, figure, "jackknife", "benchmark"))
    difference = float(np.abs(looped[0] - error_covariance(study, figure, "jackknife", "benchmark")).max())
    if difference > 1e-10:
        raise ValueError(f"the jackknife and its loop differ by {difference}")
    name = f"error covariance by a loop over cases, {READERS} readers x 2 arms x 200 cases"
    return [
        *measured,
        (name, slow, f"{slow / fast:.0f} times the closed form ({fast:.4f} s), values equal to {difference:.0e}"),
    ]


def main() -> None:
    """Print the table."""
    print("| what | seconds | remark |")
    print("|---|---|---|")
    for what, time, remark in rows():
        print(f"| {what} | {time:.3f} | {remark} |")
    print("| iMRMC (R) | not measured | not installable from Debian packages |")
    print("| pROC (R) | not measured | has no analysis of reader studies |")


if __name__ == "__main__":
    main()
