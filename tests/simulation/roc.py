"""Coverage of 95 % intervals and type I error of tests: AUC, precision-recall, calibration, decisions.

Each scenario is a function without arguments that returns a title and rows. Rates leave out studies where the estimate
is undefined or has no interval, whose share stands beside them where it is not 0. A rate of 0.95 has a standard error
of 0.007 with 1,000 studies (AUC) and 0.014 with 250 (the others). Seeds are fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit, ndtri

from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.calibration import brier_score, log_loss, observed_expected_ratio, spiegelhalter_test
from ecg_eval.stats.probability.calibration_regression import calibration_regression, validate_probabilities
from ecg_eval.stats.probability.challenge import challenge_score
from ecg_eval.stats.probability.decision import net_benefit
from ecg_eval.stats.probability.expected_harm import expected_harm
from ecg_eval.stats.probability.reliability import expected_calibration_error
from ecg_eval.stats.resampling.draws import draw_weights, interval_from_replicates, jackknife_weights
from ecg_eval.stats.roc.area import auroc, weighted_auroc
from ecg_eval.stats.roc.f_measure import f_beta
from ecg_eval.stats.roc.macro_average import macro_auroc
from ecg_eval.stats.roc.partial_auc import partial_auc
from ecg_eval.stats.roc.precision_recall import average_precision
from ecg_eval.stats.roc.rate_at_rate import sensitivity_at_specificity
from ecg_eval.stats.roc.roc_comparison import compare_aurocs, compare_several_aurocs, compare_unpaired_aurocs

Floats = NDArray[np.float64]
Rows = list[dict[str, object]]
SETTINGS = tuple(product((20, 100, 1000), (0.02, 0.1, 0.5)))
STUDIES = 250
RESAMPLES = 300


def separation(auc: float, spread: float = 1.0) -> float:
    """Give the distance of normal scores with standard deviations `spread` (positives) and 1 for an AUC."""
    return float(ndtri(auc) * np.sqrt(1 + spread**2))


def binormal(rng: np.random.Generator, n: int, prevalence: float, auc: float, spread: float = 1.0) -> tuple:
    """Draw truth and scores of n cases."""
    truth = rng.random(n) < prevalence
    return truth, rng.normal(size=n) * np.where(truth, spread, 1.0) + separation(auc, spread) * truth


def covered(estimates: list[Estimate], value: float) -> dict[str, object]:
    """Count the intervals that hold the true value, and the studies without one."""
    bounds = [(e.low, e.high) for e in estimates if e.low is not None and e.high is not None]
    inside = [low <= value <= high for low, high in bounds]
    share = round(float(np.mean(inside)), 3) if len(inside) >= 30 else None
    return {"coverage": share, "without": round(1 - len(inside) / len(estimates), 3)}


def rejected(tests: list[Estimate]) -> dict[str, object]:
    """Count the tests that reject at 0.05, and the studies without a test."""
    p = np.array([e.p_value for e in tests if e.p_value is not None])
    rate = round(float(np.mean(p < 0.05)), 3) if p.size >= 30 else None
    return {"type I error": rate, "without": round(1 - p.size / len(tests), 3)}


def table(
    settings: tuple,
    methods: dict[str, Callable[..., Estimate]],
    draw: Callable[..., tuple],
    truth_of: Callable[..., float],
    n_studies: int = STUDIES,
) -> Iterator[dict[str, object]]:
    """Give a row a setting: coverage of every method on the same drawn studies."""
    for index, setting in enumerate(settings):
        rng = np.random.default_rng([17, index])
        studies = [draw(rng, *setting) for _ in range(n_studies)]
        row: dict[str, object] = {"setting": describe(setting)}
        for name, method in methods.items():
            found = covered([method(*study) for study in studies], truth_of(*setting))
            row[name] = found["coverage"]
            if found["without"]:
                row[f"{name}, share without interval"] = found["without"]
        yield row


def describe(setting: tuple) -> str:
    """Name a setting (n, prevalence, ...)."""
    return ", ".join(f"{name} {v:,}" for name, v in zip(("n", "prevalence", "AUC", "spread"), setting, strict=False))


METHODS = ("score", "delong", "delong_logit", "newcombe")


def auc_intervals() -> tuple[str, Rows]:
    settings = tuple((n, p, a) for (n, p), a in product(SETTINGS, (0.75, 0.95)))
    methods = {m: lambda t, s, m=m: auroc(truth=t, score=s, method=m) for m in METHODS}
    return "AUC, normal scores of equal spread", list(table(settings, methods, binormal, lambda n, p, a: a, 1000))


def auc_intervals_unequal_spread() -> tuple[str, Rows]:
    settings = tuple((n, p, 0.9, 1.8) for n, p in SETTINGS)
    methods = {m: lambda t, s, m=m: auroc(truth=t, score=s, method=m) for m in METHODS}
    title = "AUC, normal scores, positives spread 1.8 times as much"
    return title, list(table(settings, methods, binormal, lambda n, p, a, k: a, 1000))


def auc_intervals_five_categories() -> tuple[str, Rows]:
    cuts = np.array([-0.5, 0.5, 1.2, 2.0])

    def draw(rng: np.random.Generator, n: int, p: float, auc: float) -> tuple:
        truth, score = binormal(rng, n, p, auc)
        return truth, np.searchsorted(cuts, score).astype(float)

    @cache
    def value(n: int, p: float, auc: float) -> float:
        truth, score = draw(np.random.default_rng(0), 400_000, 0.5, auc)
        return float(auroc(truth=truth, score=score).value or 0)

    settings = tuple((n, p, 0.9) for n, p in SETTINGS)
    methods = {m: lambda t, s, m=m: auroc(truth=t, score=s, method=m) for m in METHODS}
    return "AUC, five categories", list(table(settings, methods, draw, value, 1000))


def patients(rng: np.random.Generator, n: int, prevalence: float, auc: float) -> tuple:
    """Draw n cases of n / 3 patients: half of the variance of the score, and most of the truth, is the patient's."""
    patient = np.repeat(np.arange(n // 3 + 1), 3)[:n]
    usual = rng.random(n // 3 + 1) < prevalence
    truth = np.where(rng.random(n) < 0.8, usual[patient], rng.random(n) < prevalence)
    own = rng.normal(size=n // 3 + 1)[patient]
    return truth, np.sqrt(0.5) * (own + rng.normal(size=n)) + separation(auc) * truth, patient


def auc_clustered() -> tuple[str, Rows]:
    settings = tuple((n, p, 0.8) for n, p in product((60, 300), (0.1, 0.5)))
    methods = {
        "score, by patient": lambda t, s, c: auroc(truth=t, score=s, cluster=c),
        "delong_logit, by patient": lambda t, s, c: auroc(truth=t, score=s, cluster=c, method="delong_logit"),
        "score, patients ignored": lambda t, s, c: auroc(truth=t, score=s),
        "delong, patients ignored": lambda t, s, c: auroc(truth=t, score=s, method="delong"),
    }
    return "AUC, three ECGs a patient", list(table(settings, methods, patients, lambda n, p, a: a, 1000))


def bootstrap_auc() -> tuple[str, Rows]:
    settings = tuple((n, p, 0.85) for n, p in SETTINGS)

    @cache
    def resamples(n: int, seed: int) -> tuple:
        rng = np.random.default_rng(seed)
        return (
            draw_weights(cluster=np.arange(n), n_resamples=RESAMPLES, rng=rng),
            jackknife_weights(cluster=np.arange(n)),
        )

    def interval(truth: Floats, score: Floats, method: str) -> Estimate:
        weights, leave_out = resamples(truth.size, 5)
        area = partial(weighted_auroc, truth=truth, score=score)
        return interval_from_replicates(
            value=float(area(weights=np.ones((1, truth.size)))[0]),
            replicates=area(weights=weights),
            label="AUC",
            n=truth.size,
            method=method,
            jackknife=area(weights=leave_out) if method == "bca" else None,
        )

    methods = {m: partial(interval, method=m) for m in ("percentile", "basic", "normal", "bc", "bca")}
    title = f"AUC by bootstrap, {RESAMPLES} resamples not stratified"
    return title, list(table(settings, methods, binormal, lambda n, p, a: a))


def three_scores(rng: np.random.Generator, n: int, prevalence: float, auc: float) -> tuple:
    """Draw three scores of the same AUC that correlate by 0.6."""
    truth = rng.random(n) < prevalence
    own, shared = rng.normal(size=(3, n)), rng.normal(size=n)
    return truth, np.sqrt(0.4) * own + np.sqrt(0.6) * shared + separation(auc) * truth


def tests_between_aucs() -> tuple[str, Rows]:
    rows: Rows = []
    for index, (n, p) in enumerate(SETTINGS):
        rng = np.random.default_rng([18, index])
        studies = [three_scores(rng, n, p, 0.8) for _ in range(2 * STUDIES)]
        others = [three_scores(rng, n, p, 0.8) for _ in range(2 * STUDIES)]
        row: dict[str, object] = {"setting": describe((n, p))}
        for m in ("delong_t", "delong"):
            found = rejected(
                [compare_aurocs(truth=t, score_first=s[0], score_second=s[1], method=m) for t, s in studies]
            )
            row[f"paired, {m}"] = found["type I error"]
        for m in ("delong_t", "proc"):
            found = rejected(
                [
                    compare_unpaired_aurocs(
                        truth_first=t, score_first=s[0], truth_second=u, score_second=v[0], method=m
                    )
                    for (t, s), (u, v) in zip(studies, others, strict=True)
                ]
            )
            row[f"unpaired, {m}"] = found["type I error"]
        for m in ("f", "chi_square"):
            found = rejected([compare_several_aurocs(truth=t, scores=s.T, method=m) for t, s in studies])
            row[f"three readers, {m}"] = found["type I error"]
        rows.append(row)
    return "Type I error of tests between AUCs of 0.8 at level 0.05", rows


def average_precision_intervals() -> tuple[str, Rows]:
    settings = tuple((n, p, 0.9) for n, p in SETTINGS)

    @cache
    def value(n: int, p: float, auc: float) -> float:
        truth, score = binormal(np.random.default_rng(1), 400_000, p, auc)
        return float(average_precision(truth=truth, score=score).value or 0)

    @cache
    def resamples(n: int) -> NDArray[np.int32]:
        return draw_weights(cluster=np.arange(n), n_resamples=RESAMPLES, rng=np.random.default_rng(6))

    def by(truth: Floats, score: Floats, method: str) -> Estimate:
        weights = None if method == "logit" else resamples(truth.size)
        return average_precision(truth=truth, score=score, method=method, weights=weights)

    methods = {m: partial(by, method=m) for m in ("logit", "percentile", "bc")}
    return "Average precision", list(table(settings, methods, binormal, value))


@cache
def intercept(prevalence: float) -> float:
    """Give the mean log-odds (standard deviation 1) of calibrated probabilities with a mean."""
    z = np.random.default_rng(2).normal(size=200_000)
    return float(brentq(lambda a: expit(a + z).mean() - prevalence, -20, 20))


def predictions(rng: np.random.Generator, n: int, prevalence: float) -> tuple:
    """Draw calibrated predictions and their outcomes."""
    p = expit(intercept(prevalence) + rng.normal(size=n))
    return rng.random(n) < p, p


@cache
def population(prevalence: float) -> tuple:
    """Draw what stands for the population of `predictions`."""
    return predictions(np.random.default_rng(3), 1_000_000, prevalence)


def calibration_intervals() -> tuple[str, Rows]:
    z = np.random.default_rng(2).normal(size=200_000)

    def expected_losses(prevalence: float) -> tuple[float, float]:
        p = expit(intercept(prevalence) + z)
        return float(np.mean(p * (1 - p))), float(np.mean(-p * np.log(p) - (1 - p) * np.log1p(-p)))

    rows: Rows = []
    for index, (n, prevalence) in enumerate(SETTINGS):
        rng = np.random.default_rng([19, index])
        studies = [predictions(rng, n, prevalence) for _ in range(STUDIES)]
        brier, loss = expected_losses(prevalence)
        fits = [calibration_regression(truth=y, probability=p) for y, p in studies]
        cells = {
            "Brier, larger": ([brier_score(truth=y, probability=p) for y, p in studies], brier),
            "Brier, observed": ([brier_score(truth=y, probability=p, spread="observed") for y, p in studies], brier),
            "log loss, larger": ([log_loss(truth=y, probability=p) for y, p in studies], loss),
            "log loss, observed": ([log_loss(truth=y, probability=p, spread="observed") for y, p in studies], loss),
            "slope": ([f.slope for f in fits], 1.0),
            "in the large": ([f.in_the_large for f in fits], 0.0),
            "observed / expected": ([observed_expected_ratio(truth=y, probability=p) for y, p in studies], 1.0),
        }
        counted = {name: covered(estimates, value) for name, (estimates, value) in cells.items()}
        row: dict[str, object] = {"setting": describe((n, prevalence))}
        row |= {name: found["coverage"] for name, found in counted.items()}
        rows.append(row | {"slope, share without interval": counted["slope"]["without"]})
    return "Calibrated predictions: scores, slope and intercept", rows


def calibration_clustered() -> tuple[str, Rows]:
    rows: Rows = []
    for index, n in enumerate((60, 300)):
        rng = np.random.default_rng([20, index])
        patient = np.repeat(np.arange(n // 3), 3)
        studies = []
        for _ in range(STUDIES):  # the whole patient shares prediction and luck: outcomes repeat
            truth, p = predictions(rng, n // 3, 0.4)
            studies.append((truth[patient], p[patient]))
        for name, cluster in (("by patient", patient), ("patients ignored", None)):
            fits = [calibration_regression(truth=y, probability=p, cluster=cluster) for y, p in studies]
            brier = [brier_score(truth=y, probability=p, cluster=cluster) for y, p in studies]
            big_truth, big_p = population(0.4)
            rows.append(
                {
                    "setting": f"n {n}, three ECGs a patient, {name}",
                    "slope": covered([f.slope for f in fits], 1.0)["coverage"],
                    "in the large": covered([f.in_the_large for f in fits], 0.0)["coverage"],
                    "Brier": covered(brier, float(np.mean((big_p - big_truth) ** 2)))["coverage"],
                }
            )
    return "Calibration with repeated patients", rows


def calibration_tests() -> tuple[str, Rows]:
    rows: Rows = []
    for index, (n, prevalence) in enumerate(SETTINGS):
        rng = np.random.default_rng([21, index])
        studies = [predictions(rng, n, prevalence) for _ in range(STUDIES)]
        z = rejected([spiegelhalter_test(truth=y, probability=p) for y, p in studies])
        u = rejected([validate_probabilities(truth=y, probability=p).unreliability_u for y, p in studies])
        rows.append(
            {
                "setting": describe((n, prevalence)),
                "Spiegelhalter": z["type I error"],
                "unreliability U": u["type I error"],
                "U, share without test": u["without"],
            }
        )
    return "Type I error of tests of calibration at level 0.05", rows


def net_benefit_intervals() -> tuple[str, Rows]:
    @cache
    def value(n: int, p: float, target: float | None) -> float:
        truth, probability = population(p)
        return float(net_benefit(truth=truth, probability=probability, threshold=0.1, prevalence=target).value or 0)

    rows: Rows = []
    for index, (n, p) in enumerate(SETTINGS):
        rng = np.random.default_rng([22, index])
        studies = [predictions(rng, n, p) for _ in range(STUDIES)]
        row: dict[str, object] = {"setting": describe((n, p))}
        for name, target in (("own prevalence", None), ("re-weighted to 0.05", 0.05)):
            found = [net_benefit(truth=y, probability=q, threshold=0.1, prevalence=target) for y, q in studies]
            row[name] = covered(found, value(n, p, target))["coverage"]
        rows.append(row)
    return "Net benefit at threshold 0.1", rows


def calls(rng: np.random.Generator, n: int, prevalence: float) -> tuple:
    """Draw calls of sensitivity 0.8 and specificity 0.9."""
    truth = rng.random(n) < prevalence
    return truth, np.where(truth, rng.random(n) < 0.8, rng.random(n) < 0.1)


def f_and_harm_intervals() -> tuple[str, Rows]:
    costs = [[0, 1], [10, 0]]
    rows: Rows = []
    for index, (n, p) in enumerate(SETTINGS):
        rng = np.random.default_rng([23, index])
        studies = [calls(rng, n, p) for _ in range(STUDIES)]
        tp, fp, fn = 0.8 * p, 0.1 * (1 - p), 0.2 * p
        f1 = covered([f_beta(truth=t, call=c) for t, c in studies], 2 * tp / (2 * tp + fp + fn))
        f2 = covered([f_beta(truth=t, call=c, beta=2) for t, c in studies], 5 * tp / (5 * tp + fp + 4 * fn))
        harm = covered([expected_harm(truth=t, decision=c, costs=costs) for t, c in studies], fp + 10 * fn)
        row = {"setting": describe((n, p)), "F1": f1["coverage"], "F2": f2["coverage"]}
        rows.append(row | {"expected harm, costs 1 and 10": harm["coverage"]})
    return "F-measures and expected harm of calls", rows


def many_findings() -> tuple[str, Rows]:
    prevalences = np.array([0.05, 0.1, 0.2, 0.3, 0.5])
    credit = np.where(np.eye(5) == 1, 1.0, 0.4)

    def draw(rng: np.random.Generator, n: int) -> tuple:
        truth = rng.random((n, 5)) < prevalences
        return truth, rng.normal(size=(n, 5)) + 0.7 * rng.normal(size=(n, 1)) + separation(0.85, 1.0) * truth

    big_truth, big_score = draw(np.random.default_rng(4), 400_000)
    macro = float(macro_auroc(truth=big_truth, score=big_score).value or 0)
    score = float(challenge_score(truth=big_truth, call=big_score > 0.8, credit=credit, normal=4).value or 0)
    rows: Rows = []
    for index, n in enumerate((100, 1000)):
        rng = np.random.default_rng([24, index])
        studies = [draw(rng, n) for _ in range(STUDIES // 2)]
        weights = draw_weights(cluster=np.arange(n), n_resamples=RESAMPLES, rng=rng)
        by = {
            "macro AUROC, delong_floor": ([macro_auroc(truth=t, score=s) for t, s in studies], macro),
            "macro AUROC, delong_logit": (
                [macro_auroc(truth=t, score=s, method="delong_logit") for t, s in studies],
                macro,
            ),
            "macro AUROC, percentile": (
                [macro_auroc(truth=t, score=s, weights=weights, method="percentile") for t, s in studies],
                macro,
            ),
            "Challenge score": (
                [challenge_score(truth=t, call=s > 0.8, credit=credit, normal=4) for t, s in studies],
                score,
            ),
        }
        row: dict[str, object] = {"setting": f"n {n:,}"}
        rows.append(row | {name: covered(e, value)["coverage"] for name, (e, value) in by.items()})
    return "Five findings: macro AUROC and Challenge score", rows


def resampled_curve_statistics() -> tuple[str, Rows]:
    def model(rng: np.random.Generator, n: int, p: float) -> tuple:
        truth, probability = predictions(rng, n, p)
        return truth, expit(1.5 * logit(probability))  # overconfident

    rows: Rows = []
    for index, (n, p) in enumerate(product((100, 1000), (0.1, 0.5))):
        rng = np.random.default_rng([25, index])
        weights = draw_weights(cluster=np.arange(n), n_resamples=RESAMPLES, rng=rng)
        studies = [model(rng, n, p) for _ in range(STUDIES // 2)]
        big_truth, big_p = model(np.random.default_rng(5), 1_000_000, p)
        statistics: dict[str, Callable[..., Estimate]] = {
            "partial AUC, specificity 0.8 to 1": partial(partial_auc, specificity=(0.8, 1)),
            "sensitivity at specificity 0.9": partial(sensitivity_at_specificity, specificity=0.9),
        }
        row: dict[str, object] = {"setting": describe((n, p))}
        for name, statistic in statistics.items():
            value = float(statistic(truth=big_truth, score=big_p).value or 0)
            found = [statistic(truth=t, score=q, weights=weights) for t, q in studies]
            row[name] = covered(found, value)["coverage"]
        ece = partial(expected_calibration_error, n_bins=5, bins="equal_width")
        value = float(ece(truth=big_truth, probability=big_p).value or 0)
        for method in ("bc", "percentile", "basic"):
            found = [ece(truth=t, probability=q, weights=weights, method=method) for t, q in studies]
            row[f"ECE, five bins, {method}"] = covered(found, value)["coverage"]
        rows.append(row)
    return "Statistics whose interval comes from resamples (percentile unless named)", rows


SCENARIOS = [
    auc_intervals,
    auc_intervals_unequal_spread,
    auc_intervals_five_categories,
    auc_clustered,
    bootstrap_auc,
    tests_between_aucs,
    average_precision_intervals,
    calibration_intervals,
    calibration_clustered,
    calibration_tests,
    net_benefit_intervals,
    f_and_harm_intervals,
    many_findings,
    resampled_curve_statistics,
]
