"""Studies of the size that ``ecg-eval plan size`` gives, drawn as its question describes them and tested as planned.

``planned_power.py`` puts both powers into docs/planning.md. Each study stands here with the plan that it is of, the
seed of its draws, and a function that gives the share of simulated studies that find what there is.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from ecg_eval.planning.size import plan_size
from ecg_eval.stats.mrmc.roe_metz import roe_metz_structure, separation_of, simulate_roe_metz
from ecg_eval.stats.mrmc.u_statistics import UStatistics, u_statistics
from ecg_eval.stats.sample_size.case_mix import CaseMixComponents
from ecg_eval.stats.sample_size.plan import Plan
from ecg_eval.stats.sample_size.stepped_wedge import WedgeValues

Floats = NDArray[np.float64]
Draw = np.random.Generator

RANGE_OF_12 = 3.2585  # mean range of 12 normal values in standard deviations (Harter 1960)
N_PILOTS = 12
WEDGE = WedgeValues(
    unaided=0.5, aided=0.62, steps=4, readers=2, cases=10, icc=0.05, autocorrelation=0.8, reader_icc=0.1
)


@dataclass(frozen=True, kw_only=True)
class PlannedStudy:
    """A study that is planned and simulated.

    Attributes
    ----------
    name : str
        As the page's table calls it.
    plan : callable
        Gives the plan.
    size : callable
        Takes the plan, gives its size in words.
    simulate : callable
        Takes the plan, how many studies, and a generator; gives the share of studies that find the effect.
    seed : int
    is_slow : bool
        Whether studies are simulated and analysed one by one.
    """

    name: str
    plan: Callable[[], Plan]
    size: Callable[[Plan], str]
    simulate: Callable[[Plan, int, Draw], float]
    seed: int
    is_slow: bool = False


def _ecgs(plan: Plan) -> str:
    return str(plan.n_total)


def _of_kind(plan: Plan) -> int:
    """Return the ECGs of a plan that count."""
    return int(plan.n_positive or plan.n_total or 0)


def _share(found: NDArray[np.bool_]) -> float:
    return float(np.mean(found))


def two_readers(plan: Plan, n_studies: int, rng: Draw) -> float:
    """McNemar's test of two readers, right in 0.9 and 0.8 of the ECGs."""
    n = _of_kind(plan)
    first, second = rng.random((n_studies, n)) < 0.9, rng.random((n_studies, n)) < 0.8
    only_first, only_second = (first & ~second).sum(axis=1), (~first & second).sum(axis=1)
    statistic = (only_first - only_second) ** 2 / np.maximum(only_first + only_second, 1)
    return _share(stats.chi2.sf(statistic, 1) <= 0.05)


def parallel(plan: Plan, n_studies: int, rng: Draw) -> float:
    """Two proportions with a common variance, 0.6 and 0.7."""
    n = int(plan.n_total or 0) // 2
    shares = rng.binomial(n, [[0.6], [0.7]], size=(2, n_studies)) / n
    pooled = shares.mean(axis=0)
    z = (shares[1] - shares[0]) / np.sqrt(2 * pooled * (1 - pooled) / n)
    return _share(np.abs(z) >= stats.norm.isf(0.025))


def above_goal(plan: Plan, n_studies: int, rng: Draw) -> float:
    """Exact binomial test of 0.9 above 0.8."""
    n = _of_kind(plan)
    right = rng.binomial(n, 0.9, size=n_studies)
    return _share(stats.binom.sf(right - 1, n, 0.8) <= 0.025)


def auroc(plan: Plan, n_studies: int, rng: Draw) -> float:
    """Rank test of binormal scores with an AUROC of 0.75."""
    n = _of_kind(plan)
    shift = np.sqrt(2) * stats.norm.ppf(0.75)
    positive, negative = rng.normal(shift, 1, (n_studies, n)), rng.normal(0, 1, (n_studies, n))
    p_values = stats.mannwhitneyu(positive, negative, axis=1, method="asymptotic").pvalue
    return _share(np.asarray(p_values <= 0.05))


def crossover(plan: Plan, n_studies: int, rng: Draw) -> float:
    """Twelve readers' sensitivities, drawn with the variances and correlations assumed; t test of their differences."""
    n, j = _of_kind(plan), 12
    sd = 0.2 / RANGE_OF_12
    common = rng.normal(0, sd * np.sqrt(0.8), (n_studies, j, 1))
    own = rng.normal(0, sd * np.sqrt(0.2), (n_studies, j, 2))
    true = np.array([0.8, 0.88]) + common + own
    # sampling of ECGs: V / n, correlated by 0.47 within a reader, 0.3 between readers in either arm
    case, size = np.sqrt(0.8 * 0.2 / n), (n_studies, j, 2)
    all_share = rng.normal(size=(n_studies, 1, 1)) * np.sqrt(0.3)
    reader_share = rng.normal(size=(n_studies, j, 1)) * np.sqrt(0.17)
    seen = true + case * (all_share + reader_share + rng.normal(size=size) * np.sqrt(0.53))
    difference = seen[..., 1] - seen[..., 0]
    t = difference.mean(axis=1) / (difference.std(axis=1, ddof=1) / np.sqrt(j))
    return _share(np.abs(t) >= stats.t.isf(0.025, j - 1))


def split_plot(plan: Plan, n_studies: int, rng: Draw) -> float:
    """As a crossover, but that the blocks' ECGs are apart and each block has a mean of its own."""
    blocks, each = 4, 5
    n, sd = _of_kind(plan), 0.2 / RANGE_OF_12
    gain = 0.08 + sd * np.sqrt(0.2) * np.sqrt(2) * rng.normal(size=(n_studies, blocks, each))
    # of a reader's two shares on n / 4 ECGs, what does not cancel: 1 - 0.47 of p (1 - p) an arm
    seen = gain + np.sqrt(2 * 0.53 * 0.8 * 0.2 / (n / blocks)) * rng.normal(size=gain.shape)
    within = seen.var(axis=2, ddof=1).mean(axis=1)
    t = seen.mean(axis=(1, 2)) / np.sqrt(within / (blocks * each))
    return _share(np.abs(t) >= stats.t.isf(0.025, blocks * (each - 1)))


def wedge_least_squares(sizes: list[int], lasting: float, passing: float) -> tuple[Floats, float]:
    """Return the weights of each practice's and period's mean in the effect, and its variance, by matrices alone."""
    n_periods, step = len(sizes) + 1, np.repeat(np.arange(len(sizes)), sizes)
    helped = np.arange(n_periods) > step[:, None]
    x = np.column_stack([np.tile(np.eye(n_periods), (len(step), 1)), helped.ravel()])
    one = lasting * np.ones((n_periods, n_periods)) + passing * np.eye(n_periods)
    precision = np.kron(np.eye(len(step)), np.linalg.inv(one))
    covariance = np.linalg.inv(x.T @ precision @ x)
    return (covariance @ x.T @ precision)[-1].reshape(helped.shape), float(covariance[-1, -1])


def stepped_wedge(plan: Plan, n_studies: int, rng: Draw) -> float:
    """Answers of yes or no to ECGs one by one, analysed by least squares with the planned weights."""
    n, k, m, n_periods = int(plan.n_clusters or 0), WEDGE.readers, WEDGE.cases, WEDGE.steps + 1
    sizes = [n // 4 + (s < n % 4) for s in range(4)]
    helped = np.arange(n_periods) > np.repeat(np.arange(4), sizes)[:, None]
    sd = np.sqrt(WEDGE.variance)
    share = 0.5 + 0.12 * helped[None, :, :, None] + np.array([0, 0.02, -0.03, 0.01, 0.03])[:, None]
    share = share + sd * np.sqrt(0.04) * rng.normal(size=(n_studies, n, 1, 1))
    share = share + sd * np.sqrt(0.01) * rng.normal(size=(n_studies, n, n_periods, 1))
    share = share + sd * np.sqrt(0.1) * rng.normal(size=(n_studies, n, 1, k))
    seen = rng.binomial(m, np.clip(share, 0, 1)).mean(axis=3) / m
    weights, variance = wedge_least_squares(sizes, WEDGE.lasting, WEDGE.passing)
    z = (seen * weights).sum(axis=(1, 2)) / np.sqrt(variance)
    return _share(np.abs(z) > stats.norm.ppf(0.975))


def _answers_alike(rng: Draw, shares: Floats, correlation: float, n: int) -> NDArray[np.bool_]:
    """Return answers right or wrong, (studies, n, readers), two readers of one ECG correlated so much."""
    cut = stats.norm.ppf(0.8)  # at the mean share, where the correlation is meant

    def too_much(shared: float) -> float:
        both = stats.multivariate_normal.cdf([cut, cut], cov=[[1, shared], [shared, 1]])
        return float((both - 0.64) / 0.16 - correlation)

    shared = optimize.brentq(too_much, 0.01, 0.95)
    ecg = np.sqrt(shared) * rng.normal(size=(len(shares), n, 1))
    own = np.sqrt(1 - shared) * rng.normal(size=(len(shares), n, shares.shape[1]))
    return np.asarray(ecg + own < stats.norm.ppf(shares)[:, None, :])


def ai_beside_readers(plan: Plan, n_studies: int, rng: Draw) -> float:
    """Answers ECG by ECG, tested as the evaluation does: Obuchowski-Rockette of readers' differences from the AI."""
    n, j = _of_kind(plan), 8
    shares = np.clip(0.8 + 0.2 / RANGE_OF_12 * rng.normal(size=(n_studies, j)), 0.02, 0.98)
    right = _answers_alike(rng, shares, 0.3, n)
    more = (rng.random((n_studies, n, 1)) < 0.85) - right.astype(float)
    each, total = more.mean(axis=1), more.sum(axis=2)
    pairs = (total.var(axis=1, ddof=1) - more.var(axis=1, ddof=1).sum(axis=1)) / (j * (j - 1)) / n
    spread = each.var(axis=1, ddof=1)
    variance = spread + j * np.maximum(pairs, 0)
    t = (each.mean(axis=1) + 0.05) / np.sqrt(variance / j)
    df = variance**2 / (spread**2 / (j - 1))
    return _share(t > stats.t.isf(0.025, df))


def reading_time(plan: Plan, n_studies: int, rng: Draw) -> float:
    """Paired t test of the readers' logarithms of seconds."""
    n = int(plan.n_readers or 0)
    own = np.log(0.8) + 0.3 * rng.normal(size=(n_studies, n))
    seen = own + 0.5 * np.sqrt(2 / 20) * rng.normal(size=own.shape)
    t = seen.mean(axis=1) / (seen.std(axis=1, ddof=1) / np.sqrt(n))
    return _share(np.abs(t) > stats.t.ppf(0.975, n - 1))


def _roe_metz(rng: Draw, n_readers: int, n_negative: int, n_positive: int) -> UStatistics:
    """Return a study of Roe and Metz's (1997) HL structure, with AUROCs of 0.80 and 0.86."""
    variances = roe_metz_structure("HL", 1.5)
    reads = simulate_roe_metz(
        rng=rng,
        n_readers=n_readers,
        n_negative=n_negative,
        n_positive=n_positive,
        separations=(separation_of(0.80, variances), separation_of(0.86, variances)),
        variances=variances,
    )
    of = reads.columns
    return u_statistics(
        reader=of["reader"], modality=of["modality"], case=of["case"], truth=of["truth"], score=of["score"]
    )


def another_mix_plan(share: float) -> Plan:
    """Return the plan of another mix, its variances the mean of pilots of a third with the finding."""
    pilots = [_roe_metz(np.random.default_rng(k), 30, 200, 100) for k in range(N_PILOTS)]
    parts = [CaseMixComponents.from_analysis(result=pilot, first=1, second=0) for pilot in pilots]
    names = CaseMixComponents.__dataclass_fields__
    values = {f"var_{name}": float(np.mean([getattr(part, name) for part in parts])) for name in names}
    return plan_size("another_mix", readers=10, finding_share=share, effect=0.06, **values).plan


def another_mix(plan: Plan, n_studies: int, rng: Draw) -> float:
    """Each study analysed by U-statistics, random readers and cases."""
    size = {"n_readers": 10, "n_positive": int(plan.n_positive or 0), "n_negative": int(plan.n_negative or 0)}
    p_values = [_roe_metz(rng, **size).difference(1, 0).estimate().p_value for _ in range(n_studies)]
    return _share(np.array([p is not None and p < 0.05 for p in p_values]))


_ALIKE = {"expected": 0.8, "effect": 0.08, "reader_range": 0.2, "rereading_range": 0.0001}
STUDIES = (
    PlannedStudy(
        name="`two_readers`, 0.9 and 0.8",
        plan=lambda: plan_size("two_readers", first=0.9, second=0.8).plan,
        size=_ecgs,
        simulate=two_readers,
        seed=1,
    ),
    PlannedStudy(
        name="`parallel`, 0.6 and 0.7",
        plan=lambda: plan_size("parallel", unaided=0.6, aided=0.7).plan,
        size=lambda plan: f"{plan.n_total} in both arms",
        simulate=parallel,
        seed=2,
    ),
    PlannedStudy(
        name="`above_goal`, 0.9 above 0.8",
        plan=lambda: plan_size("above_goal", expected=0.9, goal=0.8).plan,
        size=_ecgs,
        simulate=above_goal,
        seed=3,
    ),
    PlannedStudy(
        name="`auroc`, 0.75 (tested by ranks)",
        plan=lambda: plan_size("auroc", expected=0.75).plan,
        size=lambda plan: f"{plan.n_positive} with and {plan.n_negative} without",
        simulate=auroc,
        seed=4,
    ),
    PlannedStudy(
        name="`crossover`, 12 readers, 0.8 and 0.88, range 0.2",
        plan=lambda: plan_size("crossover", readers=12, **_ALIKE).plan,
        size=lambda plan: str(plan.n_positive),
        simulate=crossover,
        seed=5,
    ),
    PlannedStudy(
        name="`another_mix`, 10 readers, AUROC 0.80 and 0.86 (Roe and Metz's HL), a share of 0.15 with the finding",
        plan=lambda: another_mix_plan(0.15),
        size=_ecgs,
        simulate=another_mix,
        seed=10,
        is_slow=True,
    ),
    PlannedStudy(
        name="the same, a share of 0.5",
        plan=lambda: another_mix_plan(0.5),
        size=_ecgs,
        simulate=another_mix,
        seed=11,
        is_slow=True,
    ),
    PlannedStudy(
        name="`split_plot`, 4 blocks of 5 readers, 0.8 and 0.88, range 0.2",
        plan=lambda: plan_size("split_plot", blocks=4, readers_per_block=5, **_ALIKE).plan,
        size=lambda plan: str(plan.n_positive),
        simulate=split_plot,
        seed=8,
    ),
    PlannedStudy(
        name="`stepped_wedge`, practices of 2 readers in 4 steps, 10 ECGs each a period, 0.5 and 0.62, icc 0.05, "
        "autocorrelation 0.8, reader_icc 0.1",
        plan=lambda: (
            plan_size(
                "stepped_wedge",
                unaided=WEDGE.unaided,
                aided=WEDGE.aided,
                steps=WEDGE.steps,
                readers_per_practice=WEDGE.readers,
                ecgs=WEDGE.cases,
                icc=WEDGE.icc,
                autocorrelation=WEDGE.autocorrelation,
                reader_icc=WEDGE.reader_icc,
            ).plan
        ),
        size=lambda plan: f"{plan.n_total} in {plan.n_clusters} practices",
        simulate=stepped_wedge,
        seed=7,
    ),
    PlannedStudy(
        name="`ai_beside_readers`, 8 readers, 0.85 and 0.8, margin 0.05, range 0.2",
        plan=lambda: plan_size("ai_beside_readers", readers=8, ai=0.85, reader=0.8, margin=0.05, reader_range=0.2).plan,
        size=_ecgs,
        simulate=ai_beside_readers,
        seed=9,
    ),
    PlannedStudy(
        name="`reading_time`, 0.8, standard deviations 0.3 and 0.5, 20 ECGs",
        plan=lambda: plan_size("reading_time", ratio=0.8, sd_readers=0.3, sd_reading=0.5, ecgs=20).plan,
        size=lambda plan: f"{plan.n_readers} readers",
        simulate=reading_time,
        seed=6,
    ),
)
