"""Do the reader-study analyses keep their promises? Type I error, power and coverage on simulated studies.

``SCENARIOS`` is a list of functions without arguments; each returns (title, rows), the rows being dicts of text and
numbers, from fixed seeds. Scores come from the Roe-Metz model, so that the truth is known. The rate of a test at 0.05
over 300 studies has a standard error of 0.013, a coverage of 0.95 likewise.

What was published: Obuchowski, Gallas and Hillis (2012, Academic Radiology 19:1508-1517) found under the same model
type I errors of the Obuchowski-Rockette, marginal-mean and U-statistic tests close to nominal, tending to be slightly
conservative, nearly identical power, and nominal coverage.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from ecg_eval.stats.mrmc.reader_average import reader_average, reader_average_difference
from ecg_eval.stats.mrmc.roe_metz import (
    RoeMetzVariances,
    population_auc,
    population_sensitivity,
    roe_metz_structure,
    separation_of,
    simulate_roe_metz,
)
from ecg_eval.stats.mrmc.standalone import standalone_against_readers
from ecg_eval.stats.mrmc.u_statistics import u_statistics

Columns = dict[str, np.ndarray]
Row = dict[str, object]
STUDIES = 300
PUBLISHED = "Obuchowski, Gallas and Hillis 2012"
STRUCTURES = ("HL", "LL", "HH", "LH")


def _seeds(name: str, count: int) -> range:
    """Give each setting studies of its own."""
    start = 100_000 * sum(ord(letter) * 7**i for i, letter in enumerate(name))
    return range(start, start + count)


def _study(seed: int, variances: RoeMetzVariances, separations: tuple[float, ...], **sizes: int) -> Columns:
    drawn = simulate_roe_metz(rng=np.random.default_rng(seed), separations=separations, variances=variances, **sizes)
    return drawn.columns


def _kept(study: Columns, keep: np.ndarray) -> Columns:
    return {name: column[keep] for name, column in study.items()}


def _rate(estimates: list[Estimate]) -> tuple[float, int]:
    """Return the share rejected at 0.05 among the estimates with a test, and the number without one."""
    tested = [e.p_value for e in estimates if e.p_value is not None]
    return round(float(np.mean([p < 0.05 for p in tested])), 3), len(estimates) - len(tested)


def _or(study: Columns, **settings: object) -> Estimate:
    return obuchowski_rockette(**study, **settings).differences[0].estimate


def _u(study: Columns, unshared: str = "apart") -> Estimate:
    return u_statistics(**study).difference(0, 1, unshared=unshared).estimate()


def _split_plot(study: Columns) -> Columns:
    """Leave each case to one of two blocks of readers."""
    return _kept(study, study["reader"] % 2 == study["case"] % 2)


def _parallel(study: Columns) -> Columns:
    """Leave each reader one arm."""
    return _kept(study, study["reader"] % 2 == study["modality"])


def _crossed(study: Columns) -> Columns:
    return study


DESIGNS: dict[str, tuple[Callable[[Columns], Columns], int]] = {
    "crossed": (_crossed, 5),
    "split plot, 2 blocks": (_split_plot, 8),
    "parallel arms": (_parallel, 8),
}
ANALYSES: dict[str, Callable[[Columns], Estimate]] = {
    "Obuchowski-Rockette, jackknife": _or,
    "U-statistics": _u,
}


def type_one_error() -> tuple[str, list[Row]]:
    """Compare two modalities of the same AUC 0.86 in four structures and three designs."""
    rows: list[Row] = []
    for design, (thin, n_readers) in DESIGNS.items():
        for structure in STRUCTURES:
            variances = roe_metz_structure(structure)
            studies = [
                thin(_study(seed, variances, (1.5, 1.5), n_readers=n_readers, n_negative=50, n_positive=50))
                for seed in _seeds(f"{design} {structure}", STUDIES)
            ]
            for name, analysis in ANALYSES.items():
                rate, without = _rate([analysis(study) for study in studies])
                rows.append(
                    {
                        "design": design,
                        "readers": n_readers,
                        "cases": "50 + 50",
                        "structure": structure,
                        "analysis": name,
                        "rejected at 0.05": rate,
                        "no test": without,
                    }
                )
    published = f"published: close to 0.05, slightly conservative ({PUBLISHED})"
    return f"Type I error of the test of two modalities, Roe-Metz model, {STUDIES} studies each; {published}", rows


def parallel_degrees_of_freedom() -> tuple[str, list[Row]]:
    """Compare the two rules for the degrees of freedom of U-statistics where readers have one arm each."""
    rows: list[Row] = []
    for structure in ("HH", "LH"):
        variances = roe_metz_structure(structure)
        studies = [
            _parallel(_study(seed, variances, (1.5, 1.5), n_readers=8, n_negative=50, n_positive=50))
            for seed in _seeds(f"parallel {structure}", STUDIES)
        ]
        for unshared in ("apart", "together"):
            rate, without = _rate([_u(study, unshared) for study in studies])
            rows.append(
                {"structure": structure, "unshared effects": unshared, "rejected at 0.05": rate, "no test": without}
            )
    return "Degrees of freedom of U-statistics in parallel arms, type I error", rows


def power() -> tuple[str, list[Row]]:
    """Compare two modalities that differ by 0.05 in AUC."""
    rows: list[Row] = []
    for structure in STRUCTURES:
        variances = roe_metz_structure(structure)
        better = separation_of(population_auc(1.5, variances) + 0.05, variances)
        for n_readers, per_class in ((5, 50), (10, 100)):
            sizes = {"n_readers": n_readers, "n_negative": per_class, "n_positive": per_class}
            studies = [
                _study(seed, variances, (better, 1.5), **sizes) for seed in _seeds(f"{structure} {n_readers}", 100)
            ]
            rates = {name: _rate([analysis(study) for study in studies])[0] for name, analysis in ANALYSES.items()}
            rows.append(
                {
                    "structure": structure,
                    "readers": n_readers,
                    "cases": f"{per_class} + {per_class}",
                    **rates,
                }
            )
    published = f"published: nearly identical power of both ({PUBLISHED})"
    return f"Power against a difference of 0.05 in AUC, 100 studies each; {published}", rows


THRESHOLD = 0.75
FIGURES: dict[str, Callable[[float, RoeMetzVariances], float]] = {
    "auc": population_auc,
    "sensitivity": lambda separation, variances: population_sensitivity(separation, variances, THRESHOLD),
    "specificity": lambda _, variances: 1 - population_sensitivity(0.0, variances, THRESHOLD),
}


def _scored(study: Columns, figure: str) -> Columns:
    """Turn scores into calls for the figures of merit of calls."""
    return study if figure == "auc" else {**study, "score": (study["score"] > THRESHOLD).astype(float)}


def _coverage(estimates: list[Estimate], truth: float) -> tuple[float, float, int]:
    """Return coverage and mean width of the intervals that exist, and the number that do not."""
    there = [e for e in estimates if e.low is not None and e.high is not None]
    covered = [e.low <= truth <= e.high for e in there]
    width = [e.high - e.low for e in there]
    return round(float(np.mean(covered)), 3), round(float(np.mean(width)), 3), len(estimates) - len(there)


def coverage() -> tuple[str, list[Row]]:
    """Cover the population's mean and difference, for several numbers of readers and cases."""
    variances = roe_metz_structure("LH")
    separations = (1.8, 1.5)
    rows: list[Row] = []
    for n_readers, n_cases, prevalence in ((4, 40, 0.5), (8, 100, 0.1), (8, 100, 0.5), (12, 300, 0.1)):
        n_positive = round(n_cases * prevalence)
        sizes = {"n_readers": n_readers, "n_negative": n_cases - n_positive, "n_positive": n_positive}
        studies = [_study(seed, variances, separations, **sizes) for seed in _seeds(str(sizes), STUDIES)]
        for figure, truth in FIGURES.items():
            scored = [_scored(study, figure) for study in studies]
            differences = [
                reader_average_difference(**study, minuend=0, subtrahend=1, figure_of_merit=figure) for study in scored
            ]
            second = [
                {name: column for name, column in _kept(study, study["modality"] == 1).items() if name != "modality"}
                for study in scored
            ]
            averages = [reader_average(**study, figure_of_merit=figure) for study in second]
            plain = [reader_average(**study, figure_of_merit=figure, scale="identity") for study in second]
            true_mean, true_difference = truth(1.5, variances), truth(1.8, variances) - truth(1.5, variances)
            for what, estimates, value in (
                ("mean of readers, logit interval", averages, true_mean),
                ("mean of readers, identity", plain, true_mean),
                ("difference of arms", differences, true_difference),
            ):
                covered, width, without = _coverage(estimates, value)
                rows.append(
                    {
                        "readers": n_readers,
                        "cases": n_cases,
                        "prevalence": prevalence,
                        "figure of merit": figure,
                        "what": what,
                        "truth": round(value, 3),
                        "coverage": covered,
                        "mean width": width,
                        "no interval": without,
                    }
                )
    return f"Coverage of 95 % intervals of reader_average and reader_average_difference, {STUDIES} studies each", rows


def clustering() -> tuple[str, list[Row]]:
    """Give each patient three ECGs, and forget or respect it."""
    variances = roe_metz_structure("HL")
    forgotten, respected = [], []
    for seed in range(STUDIES):
        patients = _study(seed, variances, (1.5,), n_readers=8, n_negative=40, n_positive=40)
        noise = np.random.default_rng(10_000 + seed)
        ecgs = {name: np.repeat(column, 3) for name, column in patients.items() if name != "modality"}
        patient, ecgs["case"] = ecgs["case"], 3 * ecgs["case"] + np.tile(np.arange(3), patients["case"].size)
        ecgs["score"] = ecgs["score"] + noise.normal(0, 0.5, ecgs["score"].size)
        forgotten.append(reader_average(**ecgs))
        respected.append(reader_average(**ecgs, cluster=patient))
    noisy = RoeMetzVariances(
        reader=variances.reader,
        case=variances.case,
        modality_reader=variances.modality_reader,
        modality_case=variances.modality_case,
        reader_case=variances.reader_case,
        error=variances.error + 0.25,
    )
    rows: list[Row] = []
    for what, estimates in (("ECGs left out", forgotten), ("patients left out (cluster=)", respected)):
        covered, width, _ = _coverage(estimates, population_auc(1.5, noisy))
        rows.append({"jackknife": what, "coverage": covered, "mean width": width})
    return "Coverage of the mean AUC of 8 readers, 80 patients with 3 ECGs each", rows


def standalone() -> tuple[str, list[Row]]:
    """Compare an algorithm with readers of the same mean AUC, with and without the variance of cases."""
    rows: list[Row] = []
    for structure in ("HH", "LL"):
        variances = roe_metz_structure(structure)
        found: dict[str, list[Estimate]] = {"random": [], "fixed": []}
        for seed in range(STUDIES):
            study = _study(seed, variances, (1.5,), n_readers=9, n_negative=50, n_positive=50)
            # an algorithm does not vary: one reader's draws, without the variance of readers
            readers = {name: column for name, column in study.items() if name != "modality"}
            fixed = RoeMetzVariances(
                reader=0.0,
                case=0.0,
                modality_reader=0.0,
                modality_case=0.0,
                reader_case=variances.reader_case,
                error=variances.error + 2 * variances.reader,
            )
            cases = _case_effects(seed, variances)
            own = _study(50_000 + seed, fixed, (1.5,), n_readers=1, n_negative=50, n_positive=50)
            algorithm = {name: column for name, column in own.items() if name != "modality"}
            algorithm["reader"] = np.full(100, -1)
            algorithm["score"] = algorithm["score"] + cases
            both = {name: np.concatenate((readers[name], algorithm[name])) for name in readers}
            for effect, estimates in found.items():
                estimates.append(standalone_against_readers(**both, standalone=-1, cases=effect).difference)
        for effect, name in (("random", "1T-RRRC, cases random"), ("fixed", "1T-RRFC, cases fixed")):
            rows.append({"structure": structure, "analysis": name, "rejected at 0.05": _rate(found[effect])[0]})
    return f"Type I error of one algorithm against 9 readers, 50 + 50 cases, {STUDIES} studies each", rows


def _case_effects(seed: int, variances: RoeMetzVariances) -> np.ndarray:
    """Draw case effects for the algorithm (independent of the readers' own: the algorithm finds other cases hard)."""
    spread = np.sqrt(variances.case + variances.modality_case)
    return np.random.default_rng(90_000 + seed).normal(0, spread, 100)


SCENARIOS = [
    type_one_error,
    parallel_degrees_of_freedom,
    power,
    coverage,
    clustering,
    standalone,
]
