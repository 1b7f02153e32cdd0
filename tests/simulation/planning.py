"""Do the planning formulae promise what studies then show, and does the mixed model keep its level?

``SCENARIOS`` is a list of functions without arguments; each returns (title, rows), the rows being dicts of text and
numbers, from fixed seeds. "planned" is what a formula of `ecg_eval.stats.sample_size` says, "simulated" the share of
simulated studies whose test rejects. A share over 400 studies has a standard error of at most 0.025, over 20,000 of
0.0035.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from scipy import special, stats

from ecg_eval.stats.mixed.model import logistic_mixed_model
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from ecg_eval.stats.mrmc.roe_metz import RoeMetzVariances, roe_metz_structure, separation_of, simulate_roe_metz
from ecg_eval.stats.mrmc.u_statistics import u_statistics
from ecg_eval.stats.roc.roc_comparison import compare_aurocs
from ecg_eval.stats.sample_size.case_mix import CaseMixComponents, case_mix_power
from ecg_eval.stats.sample_size.goal import goal_power
from ecg_eval.stats.sample_size.kappa import binary_agreement_table, cohen_kappa_cases, cohen_kappa_variance
from ecg_eval.stats.sample_size.mrmc import mrmc_power
from ecg_eval.stats.sample_size.mrmc_components import MrmcComponents
from ecg_eval.stats.sample_size.mrmc_design import MrmcDesign
from ecg_eval.stats.sample_size.paired import mcnemar_power, paired_noninferiority_power
from ecg_eval.stats.sample_size.roc import roc_power
from ecg_eval.stats.sample_size.roc_pair import RocPair, roc_pair_power

Row = dict[str, object]
Columns = dict[str, np.ndarray]

FITS = 240  # mixed models a setting; half as many of the slower ones
STUDIES = 400  # reader studies a setting
TABLES = 20_000  # paired tables a setting
CURVES = 2_000  # single ROC studies a setting
AUC = 0.80
GAIN = 0.05


# ------------------------------------------------------------------ logistic mixed model


def _readings(rng: np.random.Generator, n_readers: int, n_cases: int, log_odds_ratio: float, slope_sd: float) -> Row:
    """Draw a crossed study of calls; each reader's own gain varies by `slope_sd`."""
    reader, case, arm = (a.ravel() for a in np.indices((n_readers, n_cases, 2)))
    gain = log_odds_ratio + rng.normal(0, slope_sd, n_readers)
    eta = 0.4 + rng.normal(0, 0.4, n_readers)[reader] + rng.normal(0, 1.0, n_cases)[case] + gain[reader] * arm
    ones = np.ones(len(arm))
    return {
        "outcome": (rng.random(len(arm)) < special.expit(eta)).astype(float),
        "fixed": {"intercept": ones, "arm": arm},
        "groups": {"reader": reader, "case": case},
    }


def mixed_model() -> tuple[str, list[Row]]:
    """Follow the interval and the test of an arm's odds ratio."""
    rows: list[Row] = []
    settings = [
        (8, 60, 0.0, 0.0, "intercepts", "lme4"),
        (8, 60, 0.0, 0.0, "intercepts", "exact"),
        (8, 60, 0.6, 0.0, "intercepts", "exact"),
        (4, 30, 0.0, 0.0, "intercepts", "exact"),
        (8, 60, 0.0, 0.4, "intercepts", "exact"),
        (8, 60, 0.0, 0.4, "slopes", "exact"),
        (16, 30, 0.0, 0.4, "slopes", "exact"),
    ]
    for number, (n_readers, n_cases, truth, slope_sd, model, convention) in enumerate(settings):
        covered, rejected, unusable, fits = 0, 0, 0, FITS
        if model == "slopes" or convention == "lme4":
            fits //= 2
        for seed in range(fits):
            data = _readings(np.random.default_rng([number // 2, seed]), n_readers, n_cases, truth, slope_sd)
            slopes = {"reader": data["fixed"]} if model == "slopes" else None
            arm = logistic_mixed_model(**data, slopes=slopes, convention=convention).fixed["arm"]  # type: ignore[arg-type]
            if arm.low is None or arm.high is None or arm.p_value is None:
                unusable += 1
                continue
            covered += arm.low <= truth <= arm.high
            rejected += arm.p_value < 0.05
        rows.append(
            {
                "readers": n_readers,
                "cases": n_cases,
                "log odds ratio": truth,
                "SD of readers' gains": slope_sd,
                "random effects of readers": model,
                "convention": convention,
                "coverage of 95 %": round(covered / (fits - unusable), 3),
                "rejected at 0.05": round(rejected / (fits - unusable), 3),
                "fits": fits,
                "no interval": unusable,
            }
        )
    return "Logistic mixed model: coverage of the arm's log odds ratio, type I error where it is 0", rows


# ------------------------------------------------------------------ paired proportions and goals


def _tables(seed: int, n: int, p_only_first: float, p_only_second: float) -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(seed).multinomial(
        n, [p_only_first, p_only_second, 1 - p_only_first - p_only_second], TABLES
    )
    return draws[:, 0], draws[:, 1]


def _mcnemar_rejects(gain: np.ndarray, loss: np.ndarray, test: str) -> np.ndarray:
    """Tell which tables reject two-sided at 0.05."""
    both = gain + loss
    if test == "asymptotic":
        return (gain - loss) ** 2 > stats.chi2.isf(0.05, 1) * both
    fewer = np.minimum(gain, loss)
    tail = stats.binom.cdf(fewer, both, 0.5) - (stats.binom.pmf(fewer, both, 0.5) / 2 if test == "mid_p" else 0)
    return 2 * tail <= 0.05


def paired_proportions() -> tuple[str, list[Row]]:
    """Compare the powers of McNemar's tests with their formulae."""
    formulae = {"unconditional": "asymptotic", "conditional": "asymptotic", "exact": "exact", "mid_p": "mid_p"}
    rows: list[Row] = []
    for number, (p_only_first, p_only_second, n) in enumerate([(0.20, 0.10, 234), (0.15, 0.05, 150), (0.08, 0.01, 80)]):
        gain, loss = _tables(number, n, p_only_first, p_only_second)
        for test, performed in formulae.items():
            rows.append(
                {
                    "gained": p_only_first,
                    "lost": p_only_second,
                    "cases": n,
                    "formula": test,
                    "test": performed,
                    "planned": round(
                        _power(mcnemar_power(p_only_first=p_only_first, p_only_second=p_only_second, n=n, test=test)), 3
                    ),
                    "simulated": round(float(_mcnemar_rejects(gain, loss, performed).mean()), 3),
                }
            )
    return f"Power of McNemar's test, {TABLES} tables each", rows


def _score_rejects(gain: np.ndarray, loss: np.ndarray, n: int, margin: float) -> np.ndarray:
    """Tell which tables reject a loss of `margin` one-sided at 0.025, by Tango's score."""
    b = -(gain + loss) / n - margin * (2 - (gain - loss) / n)
    c = loss / n * margin * (1 + margin)
    q = (np.sqrt(b**2 - 8 * c) - b) / 4
    spread = np.sqrt(np.maximum(2 * q - margin - margin**2, 1e-300) / n)
    return (gain - loss) / n + margin > stats.norm.isf(0.025) * spread


def paired_noninferiority() -> tuple[str, list[Row]]:
    """Compare power and type I error of the score test of non-inferiority with the formula."""
    rows: list[Row] = []
    settings = [(0.10, 0.10, 0.05, 644), (0.05, 0.05, 0.05, 350), (0.12, 0.08, 0.05, 200), (0.05, 0.10, 0.05, 400)]
    for number, (p_only_first, p_only_second, margin, n) in enumerate(settings):
        gain, loss = _tables(100 + number, n, p_only_first, p_only_second)
        at_margin = p_only_second - p_only_first >= margin
        # a loss of the margin itself is the null: the formula, continued there, gives alpha
        planned = (
            0.025
            if at_margin
            else _power(
                paired_noninferiority_power(p_only_first=p_only_first, p_only_second=p_only_second, margin=margin, n=n)
            )
        )
        rows.append(
            {
                "gained": p_only_first,
                "lost": p_only_second,
                "margin": margin,
                "cases": n,
                "truth": "at the margin" if at_margin else "within",
                "planned": round(planned, 3),
                "simulated": round(float(_score_rejects(gain, loss, n, margin).mean()), 4),
            }
        )
    return f"Non-inferiority of paired proportions, score test, {TABLES} tables each", rows


def goals() -> tuple[str, list[Row]]:
    """Compare the power to show a proportion above a goal, exact test."""
    rows: list[Row] = []
    for number, (expected, goal, n) in enumerate([(0.90, 0.80, 113), (0.95, 0.85, 60)]):
        x = np.random.default_rng(200 + number).binomial(n, expected, TABLES)
        row: Row = {"proportion": expected, "goal": goal, "cases": n}
        row["planned"] = round(_power(goal_power(expected=expected, goal=goal, n=n)), 3)
        row["simulated"] = round(float((stats.binom.sf(x - 1, n, goal) <= 0.025).mean()), 3)
        rows.append(row)
    return f"Power to exceed a goal, exact binomial test, {TABLES} samples each", rows


def kappa_precision() -> tuple[str, list[Row]]:
    """Compare the half-width of Cohen's kappa that was planned with the one that comes out, and its coverage."""
    rows: list[Row] = []
    for number, (kappa, prevalence) in enumerate([(0.6, 0.5), (0.6, 0.1), (0.8, 0.05)]):
        plan = cohen_kappa_cases(kappa=kappa, half_width=0.1, first=prevalence)
        assert plan.n_total is not None
        table = binary_agreement_table(kappa=kappa, first=prevalence, second=prevalence)
        draws = np.random.default_rng(300 + number).multinomial(plan.n_total, table.ravel(), 2_000) / plan.n_total
        widths, covered = [], 0
        for draw in draws.reshape(-1, 2, 2):
            expected = draw.sum(axis=0) @ draw.sum(axis=1)
            found = (np.trace(draw) - expected) / (1 - expected)
            half = 1.959964 * np.sqrt(cohen_kappa_variance(table=draw) / plan.n_total)
            widths.append(half)
            covered += abs(found - kappa) <= half
        rows.append(
            {
                "kappa": kappa,
                "prevalence": prevalence,
                "cases": plan.n_total,
                "planned half-width": 0.1,
                "mean half-width": round(float(np.mean(widths)), 4),
                "coverage of 95 %": round(float(covered) / len(widths), 3),
            }
        )
    return "Precision of Cohen's kappa, 2,000 tables each", rows


# ------------------------------------------------------------------ ROC curves


def _aurocs(scores: np.ndarray, n_positive: int) -> np.ndarray:
    """Return the AUC of each row, positives first, without ties."""
    ranks = scores.argsort(axis=1).argsort(axis=1)[:, :n_positive].sum(axis=1) + n_positive
    n_negative = scores.shape[1] - n_positive
    return (ranks - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative)


def one_roc() -> tuple[str, list[Row]]:
    """Compare the power to show that an AUC is above 0.5, by the rank test."""
    rows: list[Row] = []
    for number, (auc, n_positive, n_negative) in enumerate([(0.65, 60, 60), (0.70, 30, 90), (0.75, 20, 40)]):
        rng = np.random.default_rng(400 + number)
        scores = rng.normal(size=(4 * CURVES, n_positive + n_negative))
        scores[:, :n_positive] += special.ndtri(auc) * np.sqrt(2)
        spread = np.sqrt((n_positive + n_negative + 1) / (12 * n_positive * n_negative))
        rejected = _aurocs(scores, n_positive) - 0.5 > 1.959964 * spread
        planned = _power(roc_power(auc=auc, n_positive=n_positive, n_negative=n_negative))
        rows.append(
            {
                "AUC": auc,
                "positive": n_positive,
                "negative": n_negative,
                "planned": round(planned, 3),
                "simulated": round(float(rejected.mean()), 3),
            }
        )
    return f"Power of one ROC curve against 0.5, {4 * CURVES} studies each", rows


def two_rocs() -> tuple[str, list[Row]]:
    """Compare the power to tell two binormal curves of the same cases apart, by DeLong's test."""
    rows: list[Row] = []
    for number, (first, second, correlation, n_positive) in enumerate([(0.85, 0.75, 0.5, 80), (0.90, 0.85, 0.3, 150)]):
        shifts = [special.ndtri(auc) * np.sqrt(2) for auc in (first, second)]
        pair = RocPair.from_binormal(
            difference=first - second,
            first=(shifts[0], 1.0),
            second=(shifts[1], 1.0),
            correlation_positive=correlation,
            correlation_negative=correlation,
        )
        rng = np.random.default_rng(500 + number)
        truth = np.repeat([1, 0], n_positive)
        rejected = 0
        for _ in range(CURVES // 2):
            scores = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], 2 * n_positive).T
            scores[0] += shifts[0] * truth
            scores[1] += shifts[1] * truth
            p = compare_aurocs(truth=truth, score_first=scores[0], score_second=scores[1]).p_value
            rejected += p is not None and p < 0.05
        rows.append(
            {
                "AUCs": f"{first} and {second}",
                "correlation": correlation,
                "positive": n_positive,
                "negative": n_positive,
                "planned": round(_power(roc_pair_power(pair=pair, n_positive=n_positive)), 3),
                "simulated": round(rejected / (CURVES // 2), 3),
            }
        )
    return f"Power of two paired ROC curves, {CURVES // 2} studies each", rows


# ------------------------------------------------------------------ readers x cases


def _studies(
    number: int, variances: RoeMetzVariances, count: int, *, n_readers: int, n_negative: int, n_positive: int
) -> list[Columns]:
    separations = (separation_of(AUC, variances), separation_of(AUC + GAIN, variances))
    return [
        simulate_roe_metz(
            rng=np.random.default_rng([600 + number, seed]),
            separations=separations,
            variances=variances,
            n_readers=n_readers,
            n_negative=n_negative,
            n_positive=n_positive,
        ).columns
        for seed in range(count)
    ]


def _thinned(study: Columns, design: str, n_blocks: int) -> Columns:
    """Leave the reads of a design out of a crossed study."""
    block = {
        "crossed": np.zeros_like(study["reader"]),
        "split_plot": study["reader"] % n_blocks - study["case"] % n_blocks,
        "own_cases": study["reader"] - study["case"] % (study["reader"].max() + 1),
        "parallel_readers": study["reader"] % 2 - study["modality"],
    }[design]
    return {name: column[block == 0] for name, column in study.items()}


def _average(parts: list[MrmcComponents]) -> MrmcComponents:
    """Return mean components: their estimates are unbiased, so this is close to the truth."""
    numbers = {f.name: float(np.mean([getattr(p, f.name) for p in parts])) for f in fields(MrmcComponents)}
    return MrmcComponents(**{**numbers, "n_cases": parts[0].n_cases})  # type: ignore[arg-type]


def readers_and_cases() -> tuple[str, list[Row]]:
    """Plan larger studies of several designs from components, and simulate them under the Roe-Metz model."""
    variances = roe_metz_structure("HH")
    pilots = _studies(0, variances, 2 * STUDIES, n_readers=5, n_negative=25, n_positive=25)
    components = _average(
        [MrmcComponents.from_analysis(result=obuchowski_rockette(**p, covariance="delong"), n_cases=50) for p in pilots]
    )
    sizes = [  # design, blocks, readers drawn, cases drawn, readers and cases as the design counts them
        ("crossed", 1, 5, 100, 5, 100),
        ("crossed", 1, 10, 100, 10, 100),
        ("crossed", 1, 10, 240, 10, 240),
        ("split_plot", 2, 12, 120, 12, 120),
        ("own_cases", 1, 12, 480, 12, 40),
        ("parallel_readers", 1, 24, 100, 12, 100),
    ]
    rows: list[Row] = []
    for number, (design, blocks, drawn_readers, drawn_cases, n_readers, n_cases) in enumerate(sizes, start=1):
        half = drawn_cases // 2
        studies = _studies(number, variances, STUDIES, n_readers=drawn_readers, n_negative=half, n_positive=half)
        p_values = [
            obuchowski_rockette(**_thinned(s, design, blocks), covariance="delong").differences[0].estimate.p_value
            for s in studies
        ]
        plan = mrmc_power(
            components=components,
            n_readers=n_readers,
            n_cases=n_cases,
            design=MrmcDesign(effect=GAIN, design=design, n_blocks=blocks),
        )
        rows.append(
            {
                "design": design,
                "readers": n_readers,
                "cases": n_cases,
                "blocks": blocks,
                "planned": round(_power(plan), 3),
                "simulated": round(float(np.mean([p is not None and p < 0.05 for p in p_values])), 3),
            }
        )
    return f"Power of reader studies, gain of {GAIN} in AUC, Roe-Metz structure HH, {STUDIES} studies each", rows


def mixes_of_cases() -> tuple[str, list[Row]]:
    """Plan studies with other shares of positive cases from one mix."""
    variances = roe_metz_structure("LL")
    pilots = _studies(20, variances, STUDIES, n_readers=5, n_negative=30, n_positive=30)
    parts = [CaseMixComponents.from_analysis(result=u_statistics(**p), first=1, second=0) for p in pilots]
    components = CaseMixComponents(
        **{f.name: float(np.mean([getattr(p, f.name) for p in parts])) for f in fields(CaseMixComponents)}
    )
    rows: list[Row] = []
    for number, (n_positive, n_negative) in enumerate([(60, 60), (20, 200), (30, 90)], start=21):
        studies = _studies(number, variances, STUDIES, n_readers=8, n_negative=n_negative, n_positive=n_positive)
        p_values = [u_statistics(**s).difference(1, 0).estimate().p_value for s in studies]
        plan = case_mix_power(
            components=components, n_readers=8, n_positive=n_positive, n_negative=n_negative, effect=GAIN
        )
        rows.append(
            {
                "readers": 8,
                "positive": n_positive,
                "negative": n_negative,
                "planned": round(_power(plan), 3),
                "simulated": round(float(np.mean([p is not None and p < 0.05 for p in p_values])), 3),
            }
        )
    return f"Power by mix of cases, U-statistics, Roe-Metz structure LL, {STUDIES} studies each", rows


def _power(plan: object) -> float:
    power = plan.power  # type: ignore[attr-defined]
    assert power is not None
    return float(power)


SCENARIOS = [
    mixed_model,
    paired_proportions,
    paired_noninferiority,
    goals,
    kappa_precision,
    one_roc,
    two_rocs,
    readers_and_cases,
    mixes_of_cases,
]
