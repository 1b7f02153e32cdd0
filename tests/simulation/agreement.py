"""Agreement, method comparison, and a model that stands in for a reader.

Each scenario gives a title and rows. ``coverage`` and ``rejected at 0.05`` are shares of the simulated samples in which
the coefficient is defined (``defined``); ``limits`` are what the default must keep, and are absent where a method is
shown for comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ecg_eval.stats.agreement.average_reader import non_inferiority_to_readers
from ecg_eval.stats.agreement.fleiss import conger_kappa, fleiss_kappa, light_kappa
from ecg_eval.stats.agreement.gwet import gwet_ac1
from ecg_eval.stats.agreement.individual_equivalence import individual_equivalence
from ecg_eval.stats.agreement.kappa import cohen_kappa
from ecg_eval.stats.agreement.krippendorff import krippendorff_alpha
from ecg_eval.stats.agreement.pairwise_intervals import Clusters, cell_coefficients, pair_intervals
from ecg_eval.stats.agreement.standing_in import alternative_annotator_test
from ecg_eval.stats.estimate import Estimate, is_defined
from ecg_eval.stats.measurement.concordance import lin_ccc
from ecg_eval.stats.measurement.intraclass import intraclass_correlation
from ecg_eval.stats.measurement.method_comparison import bland_altman
from ecg_eval.stats.measurement.repeated_comparison import bland_altman_repeated

Floats = NDArray[np.float64]
Row = dict[str, object]
Rows = tuple[str, list[Row]]
SETTINGS = tuple(product((20, 100, 1000), (0.02, 0.1, 0.5)))
DRAWS = 20_000


def _cells(prevalence: float, kappa: float) -> Floats:
    """Give the probabilities of the cells 11, 10, 01, 00 of two readers alike in prevalence."""
    apart = prevalence * (1 - prevalence) * (1 - kappa)
    both = prevalence**2 + kappa * prevalence * (1 - prevalence)
    return np.array([both, apart, apart, 1 - both - 2 * apart])


def _pair_rows(
    cells: Floats, clusters: Clusters | None, truth: dict[str, Floats], setting: str, least: float
) -> Iterator[Row]:
    """Give the coverage of every coefficient's intervals over simulated tables, (4, n_draws)."""
    values = cell_coefficients(cells)
    for interval in ("adjusted", "wald"):
        found = pair_intervals(cells, values, clusters, interval, 0.95)  # type: ignore[arg-type]
        for name, value in values.items():
            low, high = found.low[name], found.high[name]
            defined = ~np.isnan(value)
            inside = (low <= truth[name] + 1e-12) & (truth[name] - 1e-12 <= high)  # no interval covers nothing
            row: Row = {
                "coefficient": name.replace("_", " "),
                "setting": setting,
                "interval": interval if name in ("kappa", "ac1") or interval == "wald" else "agresti_coull",
                "coverage": float(inside[defined].mean()),
                "defined": float(defined.mean()),
            }
            if interval == "adjusted":
                row["limits"] = (least, 1.0)
            yield row


def two_readers() -> Rows:
    rng = np.random.default_rng(501)
    rows: list[Row] = []
    for (n, p), kappa in product(SETTINGS, (0.0, 0.4, 0.8)):
        chances = _cells(p, kappa)
        truth = cell_coefficients(chances[:, None])
        cells = rng.multinomial(n, chances, size=DRAWS).T.astype(float)
        rows += _pair_rows(cells, None, truth, f"n {n:,}, p {p:g}, kappa {kappa:g}", 0.925)
    return f"Two readers, one finding: coverage of 95 % intervals, {DRAWS:,} samples each", rows


def two_readers_clustered() -> Rows:
    rng = np.random.default_rng(502)
    rows: list[Row] = []
    draws = 2_000
    for patients, p, kappa in product((20, 100), (0.02, 0.1, 0.5), (0.0, 0.4, 0.8)):
        chances = _cells(p, kappa)
        sizes = np.arange(patients) % 5 + 1
        there = np.arange(5) < sizes[:, None]
        own = rng.choice(4, size=(draws, patients, 5), p=chances)
        shared = rng.choice(4, size=(draws, patients, 1), p=chances)
        cell = np.where(rng.random(own.shape) < np.sqrt(0.3), shared, own)  # 0.3: correlation of two ECGs of a patient
        counts = np.stack([((cell == k) & there).sum(axis=2) for k in range(4)]).astype(float)
        touched = np.stack([(counts[:3].sum(axis=0) > 0).sum(axis=1), (counts[1:].sum(axis=0) > 0).sum(axis=1)])
        clusters = Clusters(
            moments=np.einsum("abg,cbg->acb", counts, counts),
            n=np.full(draws, float(patients)),
            n_touched=touched.astype(float),
        )
        truth = cell_coefficients(chances[:, None])
        setting = f"{patients} patients, p {p:g}, kappa {kappa:g}"
        rows += _pair_rows(counts.sum(axis=2), clusters, truth, setting, 0.92)
    title = f"Two readers, 1 to 5 ECGs a patient with correlation 0.3: coverage, {draws:,} samples each"
    return title, rows


MANY: dict[str, Callable[..., Estimate]] = {
    "AC1": gwet_ac1,
    "Fleiss": fleiss_kappa,
    "Conger": conger_kappa,
    "Light": light_kappa,
    "Krippendorff alpha": krippendorff_alpha,
}


def six_readers() -> Rows:
    rng = np.random.default_rng(503)
    rows: list[Row] = []
    draws = 200
    for (n, p), (sensitivity, specificity) in product(SETTINGS[:6], ((0.9, 0.98), (0.6, 0.9))):
        share = p * sensitivity + (1 - p) * (1 - specificity)
        agree = p * (sensitivity**2 + (1 - sensitivity) ** 2) + (1 - p) * (specificity**2 + (1 - specificity) ** 2)
        pooled, hard = share**2 + (1 - share) ** 2, 2 * share * (1 - share)
        truth = dict.fromkeys(MANY, (agree - pooled) / (1 - pooled)) | {"AC1": (agree - hard) / (1 - hard)}
        tables = []
        for _ in range(draws):
            present = rng.random((n, 1)) < p
            table = (rng.random((n, 6)) < np.where(present, sensitivity, 1 - specificity)).astype(float)
            table[rng.random(table.shape) < 0.1] = np.nan
            tables.append(table)
        for (name, kernel), interval in product(MANY.items(), ("adjusted", "wald")):
            found = [kernel(ratings=table, categories=[0.0, 1.0], interval=interval) for table in tables]
            rows.append(
                _row(found, truth[name], 0.90 if interval == "adjusted" else None)
                | {"coefficient": name, "setting": f"n {n}, p {p:g}, kappa {truth['Fleiss']:.2f}", "interval": interval}
            )
    return f"Six readers with holes: coverage of 95 % intervals, {draws} samples each", rows


def _row(found: list[Estimate], truth: float, least: float | None) -> Row:
    """Give the coverage of intervals; an estimate without one covers nothing."""
    defined = [e for e in found if is_defined(e)]
    inside = [e.low is not None and e.high is not None and e.low <= truth <= e.high for e in defined]
    row: Row = {"coverage": float(np.mean(inside)), "defined": len(defined) / len(found)}
    return row if least is None else row | {"limits": (least, 1.0)}


def _rate(found: list[Estimate]) -> Row:
    """Give how often a test rejects; one without a p-value does not."""
    rejected = [e.p_value is not None and e.p_value < 0.05 for e in found]
    return {"rejected at 0.05": float(np.mean(rejected)), "defined": float(np.mean([is_defined(e) for e in found]))}


def kappa_tests() -> Rows:
    rng = np.random.default_rng(504)
    rows: list[Row] = []
    draws = 1_000
    for n, p in SETTINGS:
        pairs = rng.random((draws, 2, n)) < p
        for test in ("null", "wald"):
            found = [cohen_kappa(first=a, second=b, test=test, interval="wald") for a, b in pairs]  # type: ignore[arg-type]
            rows.append(_test_row(f"Cohen, {test}", f"n {n:,}, p {p:g}", found))
    for n, p in SETTINGS[:6]:
        tables = rng.random((300, n, 6)) < p
        for name, kernel in (("Fleiss", fleiss_kappa), ("Conger", conger_kappa), ("Krippendorff", krippendorff_alpha)):
            for test in ("null", "wald"):
                six = [kernel(ratings=table, test=test, interval="wald") for table in tables]  # type: ignore[operator]
                rows.append(_test_row(f"{name}, six readers, {test}", f"n {n}, p {p:g}", six))
    return f"Independent readers: type I error of kappa = 0, {draws:,} samples of two readers, 300 of six", rows


def _test_row(name: str, setting: str, found: list[Estimate]) -> Row:
    row: Row = {"test": name, "setting": setting} | _rate(found)
    return row | {"limits": (0.0, 0.09)} if name.endswith("null") else row


def kappa_tests_clustered() -> Rows:
    rng = np.random.default_rng(508)
    rows: list[Row] = []
    draws = 500
    for patients, p, shared in product((20, 100), (0.02, 0.1, 0.5), (0.0, 0.5)):
        patient = np.repeat(np.arange(patients), np.arange(patients) % 5 + 1)

        def reader(p: float = p, shared: float = shared, patient: NDArray[np.intp] = patient) -> NDArray[np.bool_]:
            own, common = rng.random(len(patient)) < p, (rng.random(patient[-1] + 1) < p)[patient]
            return np.where(rng.random(len(patient)) < np.sqrt(shared), common, own)

        pairs = [(reader(), reader()) for _ in range(draws)]
        for test in ("null", "wald"):
            found = [
                cohen_kappa(first=a, second=b, cluster=patient, test=test, interval="wald")  # type: ignore[arg-type]
                for a, b in pairs
            ]
            setting = f"{patients} patients, p {p:g}, correlation {shared:g}"
            rows.append(_test_row(f"Cohen, 1 to 5 ECGs a patient, {test}", setting, found))
    return f"Independent readers of clustered ECGs: type I error of kappa = 0, {draws} samples", rows


def measurements() -> Rows:
    rng = np.random.default_rng(505)
    rows: list[Row] = []
    for n in (20, 100, 1000):
        found: dict[str, list[Estimate]] = {}
        draws = 1_000
        for _ in range(draws):
            true = rng.normal(400, 25, n)
            first, second, third = (true + shift + rng.normal(0, 10, n) for shift in (0, 0, 0))
            for interval in ("exact", "approximate"):
                plot = bland_altman(first=first, second=second, interval=interval)  # type: ignore[arg-type]
                found.setdefault(f"upper limit of agreement, {interval}", []).append(plot.upper_limit)
            for interval in ("z_transform", "asymptotic"):
                ccc = lin_ccc(first=first, second=second, interval=interval).ccc  # type: ignore[arg-type]
                found.setdefault(f"Lin CCC, {interval}", []).append(ccc)
            for form in ("1,1", "2,1", "3,1", "2,k"):
                table = np.column_stack([first, second, third])
                icc = intraclass_correlation(ratings=table, form=form).icc  # type: ignore[arg-type]
                found.setdefault(f"ICC({form})", []).append(icc)
        single = 25**2 / (25**2 + 10**2)
        truths = {"upper": 1.959964 * np.sqrt(200), "ICC(2,k": 3 * single / (1 + 2 * single)}
        for name, estimates in found.items():
            truth = next((v for k, v in truths.items() if name.startswith(k)), single)
            default = not name.endswith(("approximate", "asymptotic"))
            rows.append(
                {"quantity": name, "setting": f"n {n:,}"} | _row(estimates, float(truth), 0.93 if default else None)
            )
    return f"Measurements by two or three readers: coverage of 95 % intervals, {draws:,} samples each", rows


def repeated_measurements() -> Rows:
    rng = np.random.default_rng(506)
    rows: list[Row] = []
    draws = 500
    for patients, estimator in product((10, 30, 100), ("anova", "reml")):
        found: dict[str, list[Estimate]] = {"bias": [], "upper limit": []}
        patient = np.repeat(np.arange(patients), np.arange(patients) % 4 + 2)
        for _ in range(draws):
            difference = 3 + rng.normal(0, 5, patients)[patient] + rng.normal(0, 8, len(patient))
            plot = bland_altman_repeated(
                first=difference,
                second=np.zeros(len(patient)),
                patient=patient,
                estimator=estimator,  # type: ignore[arg-type]
            )
            found["bias"].append(plot.bias)
            found["upper limit"].append(plot.upper_limit)
        truths = {"bias": 3.0, "upper limit": 3 + 1.959964 * float(np.hypot(5, 8))}
        for name, estimates in found.items():
            rows.append(
                {"quantity": name, "setting": f"{patients} patients, 2 to 5 pairs each", "estimator": estimator}
                | _row(estimates, truths[name], 0.92)
            )
    return f"Repeated measurements: coverage of 95 % intervals, {draws} samples each", rows


RATE, MODEL_RATE, SPREAD = 1.7, 1.2, 0.5  # logits of readers and model on a case of mean difficulty, SD of readers


def _readers_and_model(rng: np.random.Generator, n: int, m: int) -> tuple[Floats, Floats]:
    """Tell which of n positive cases m readers and a model call; readers and cases differ on the logit scale."""
    difficulty, skill = rng.normal(size=(n, 1)), rng.normal(0, SPREAD, m)
    readers = rng.random((n, m)) < expit(RATE + difficulty + skill)
    model = rng.random(n) < expit(MODEL_RATE + difficulty[:, 0])
    return readers.astype(float), model.astype(float)


def _margins() -> tuple[float, float]:
    """Give, by quadrature, how much less often the model is right, and how much less often it agrees with a reader."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    readers = expit(RATE + nodes[:, None] + SPREAD * nodes[None, :]) @ weights  # by difficulty, over readers
    model = expit(MODEL_RATE + nodes)
    between = readers**2 + (1 - readers) ** 2
    with_model = readers * model + (1 - readers) * (1 - model)
    return float(weights @ (readers - model)), float(weights @ (between - with_model))


def alternative_annotator() -> Rows:
    """Let the readers and the model be alike and concede nothing, so that a win of any reader is false."""
    rng = np.random.default_rng(509)
    rows: list[Row] = []
    draws = 400
    for n, m in product((50, 100, 400), (3, 6)):
        wins = []
        for _ in range(draws):
            truth = rng.integers(0, 3, n)
            all_of_them = np.where(rng.random((n, m + 1)) < 0.7, truth[:, None], rng.integers(0, 3, (n, m + 1)))
            found = alternative_annotator_test(model=all_of_them[:, 0], readers=all_of_them[:, 1:], epsilon=0.0)
            wins.append((found.winning_rate or 0) > 0)
        rows.append(
            {
                "test": "alternative annotator, any reader won",
                "setting": f"{n} cases, {m} readers",
                "rejected at 0.05": float(np.mean(wins)),
                "limits": (0.0, 0.07),
            }
        )
    return f"A model like the readers, epsilon 0: how often it wins any of them, {draws} samples each", rows


def standing_in() -> Rows:
    rng = np.random.default_rng(507)
    rows: list[Row] = []
    draws = 1_000
    margin, loss = _margins()
    for n, m in product((20, 100, 400), (4, 10)):
        reject: dict[str, list[bool]] = {"non-inferiority in sensitivity": [], "individual equivalence": []}
        for _ in range(draws):
            readers, model = _readers_and_model(rng, n, m)
            tested = non_inferiority_to_readers(
                truth=np.ones(n), model=model, readers=readers, margin=margin, level=0.90
            )
            reject["non-inferiority in sensitivity"].append(bool(tested.non_inferior))
            swapped = individual_equivalence(model=model, readers=readers, margin=loss, level=0.90)
            reject["individual equivalence"].append(bool(swapped.equivalent))
        rows += [
            {
                "test": name,
                "setting": f"{n} cases, {m} readers",
                "rejected at 0.05": float(np.mean(values)),
                "limits": (0.0, 0.08),
            }
            for name, values in reject.items()
        ]
    title = f"A model exactly the margin worse than random readers: type I error, {draws:,} samples each"
    return title, rows


SCENARIOS = (
    two_readers,
    two_readers_clustered,
    six_readers,
    kappa_tests,
    kappa_tests_clustered,
    measurements,
    repeated_measurements,
    alternative_annotator,
    standing_in,
)
