"""The approximate likelihood: against dense algebra, numerical integrals and differences."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mixed import laplace, lme4
from ecg_eval.stats.mixed.fitting import Optimum, maximise, start_values
from ecg_eval.stats.mixed.laplace import LaplaceLikelihood
from ecg_eval.stats.mixed.lme4 import LaggedLikelihood
from ecg_eval.stats.mixed.quadrature import QuadratureLikelihood
from ecg_eval.stats.mixed.terms import MixedData, RandomTerm, lay_out, lower_triangles


def term(name: str, codes: np.ndarray, columns: np.ndarray | None = None) -> RandomTerm:
    levels = tuple(map(str, range(int(codes.max()) + 1)))
    if columns is None:
        return RandomTerm(name, levels, codes, np.ones((len(codes), 1)))
    return RandomTerm(name, levels, codes, columns, tuple(map(str, range(columns.shape[1]))))


def study(n_readers: int = 6, n_cases: int = 24) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    reader = np.repeat(np.arange(n_readers), 2 * n_cases)
    case = np.tile(np.repeat(np.arange(n_cases), 2), n_readers)
    arm = np.tile([0.0, 1.0], n_readers * n_cases)
    eta = 0.3 + 0.7 * arm + rng.normal(0, 0.5, n_readers)[reader] + rng.normal(0, 1, n_cases)[case]
    trials = rng.integers(1, 4, len(reader)).astype(float)
    return {
        "reader": reader,
        "case": case,
        "patient": case // 2,
        "x": np.column_stack([np.ones_like(arm), arm]),
        "y": rng.binomial(trials.astype(int), special.expit(eta)).astype(float),
        "m": trials,
    }


DATA = study()


def model(*terms: RandomTerm) -> LaplaceLikelihood:
    return LaplaceLikelihood(MixedData(DATA["y"], DATA["m"], DATA["x"], terms, ("intercept", "arm")))


MODELS = {
    "one": (term("reader", DATA["reader"]),),
    "crossed": (term("reader", DATA["reader"]), term("case", DATA["case"])),
    "nested": (term("patient", DATA["patient"]), term("reader", DATA["reader"]), term("case", DATA["case"])),
    "slopes": (term("reader", DATA["reader"], DATA["x"]), term("case", DATA["case"], DATA["x"])),
    "only slopes": (term("case", DATA["case"], DATA["x"]),),
    "nested slopes": (term("case", DATA["case"], DATA["x"]), term("patient", DATA["patient"])),
}


def parameters(likelihood: LaplaceLikelihood, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.uniform(0.2, 0.9, likelihood.data.n_theta), rng.normal(0, 0.5, 2)])


@pytest.mark.parametrize("name", MODELS)
def test_deviance_equals_dense_algebra(name: str) -> None:
    likelihood = model(*MODELS[name])
    at = parameters(likelihood, 1)
    theta, beta = np.split(at, [likelihood.data.n_theta])
    mode = likelihood.mode(theta, beta)
    dense = np.hstack(
        [
            np.hstack([t.columns * (t.codes == g)[:, None] for g in range(len(t.levels))])
            @ np.kron(np.eye(len(t.levels)), factor)
            for t, factor in zip(likelihood.data.terms, lower_triangles(likelihood.data.terms, theta), strict=True)
        ]
    )
    u = np.concatenate([mode.u[places].ravel() for places in likelihood.layout.level_places])
    eta = DATA["x"] @ beta + dense @ u
    p = special.expit(eta)
    assert np.abs(dense.T @ (DATA["y"] - DATA["m"] * p) - u).max() < 1e-6  # the mode
    system = dense.T @ ((DATA["m"] * p * (1 - p))[:, None] * dense) + np.eye(dense.shape[1])
    log_likelihood = stats.binom.logpmf(DATA["y"], DATA["m"], p).sum()
    expected = -2 * log_likelihood + u @ u + np.linalg.slogdet(system)[1]
    assert mode.deviance == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("name", MODELS)
def test_gradient_equals_differences(name: str) -> None:
    likelihood = model(*MODELS[name])
    at = parameters(likelihood, 2)
    gradient = likelihood.value_and_gradient(at)[1]
    for k in range(len(at)):
        step = np.zeros_like(at)
        step[k] = 1e-5
        up, down = likelihood.value_and_gradient(at + step)[0], likelihood.value_and_gradient(at - step)[0]
        assert gradient[k] == pytest.approx((up - down) / 2e-5, abs=2e-4)


@pytest.mark.parametrize("name", MODELS)
def test_sign_of_a_column_of_the_factor_does_not_matter(name: str) -> None:
    likelihood = model(*MODELS[name])
    at = parameters(likelihood, 4)
    turned, start = at.copy(), 0
    for t in likelihood.data.terms:
        turned[start : start + t.n_columns] *= -1  # the first column of Lambda
        start += t.n_theta
    assert likelihood.value_and_gradient(turned)[0] == pytest.approx(likelihood.value_and_gradient(at)[0], abs=1e-8)


def test_nested_groupings_share_their_blocks() -> None:
    layout = lay_out(MODELS["nested"])
    assert (layout.n_clusters, layout.width, layout.n_second) == (12, 3, 6)  # patients, each with itself and 2 cases
    layout = lay_out(MODELS["crossed"])
    assert (layout.n_clusters, layout.width, layout.n_second) == (24, 1, 6)


def test_blocks_that_would_be_too_large_stay_apart() -> None:
    n = 9_000
    case = np.arange(n)
    patient = np.where(case < 5_000, 0, case - 4_999)  # one patient with 5,000 cases
    layout = lay_out((term("case", case), term("patient", patient)))
    assert (layout.n_clusters, layout.n_second) == (n, 4_001)


def test_groupings_that_cross_in_too_many_places_are_refused() -> None:
    first = np.arange(20_000)
    with pytest.raises(ArgumentError, match="crossed in at most"):
        lay_out((term("first", first), term("second", first // 3), term("third", first[::-1] % 7_000)))


@pytest.mark.parametrize(("n_points", "tolerance"), [(9, 2e-4), (30, 1e-8)])
def test_quadrature_approaches_the_integral(n_points: int, tolerance: float) -> None:
    likelihood = model(*MODELS["one"])
    theta, beta = 0.8, np.array([0.2, 0.5])
    log_likelihood = 0.0
    for g in range(6):
        own = DATA["reader"] == g
        y, m, eta = DATA["y"][own], DATA["m"][own], DATA["x"][own] @ beta
        shift = stats.binom.logpmf(y, m, special.expit(eta)).sum()

        def integrand(u: float, y: np.ndarray = y, m: np.ndarray = m, eta: np.ndarray = eta, c: float = shift) -> float:
            terms = stats.binom.logpmf(y, m, special.expit(eta + theta * u))
            return float(np.exp(terms.sum() - c) * stats.norm.pdf(u))

        log_likelihood += np.log(integrate.quad(integrand, -8, 8, epsabs=0, epsrel=1e-11, limit=200)[0]) + shift
    quadrature = QuadratureLikelihood(likelihood, n_points)
    found = quadrature.value(np.array([theta, *beta]))
    assert found == pytest.approx(-2 * log_likelihood, abs=tolerance)


def test_one_node_is_laplace() -> None:
    likelihood = model(*MODELS["one"])
    at = np.array([0.6, 0.1, 0.4])
    assert QuadratureLikelihood(likelihood, 1).value(at) == pytest.approx(
        likelihood.value_and_gradient(at)[0], abs=1e-9
    )
    value, gradient = QuadratureLikelihood(likelihood, 1).value_and_gradient(at)
    assert value == pytest.approx(likelihood.value_and_gradient(at)[0], abs=1e-9)
    assert gradient == pytest.approx(likelihood.value_and_gradient(at)[1], abs=1e-4)


def test_lme4s_criterion_is_close_to_laplace_but_not_it() -> None:
    likelihood = model(*MODELS["crossed"])
    lagged = LaggedLikelihood.of(likelihood, np.array([0.5, 0.9]))
    at = np.array([0.5, 0.9, 0.3, 0.7])
    gap = lagged.value(at) - likelihood.value_and_gradient(at)[0]
    assert 1e-9 < abs(gap) < 0.05


def test_overshooting_steps_are_halved() -> None:
    """Far from the mode a full Newton step raises the deviance."""
    n = 30
    data = MixedData(np.ones(n), np.ones(n), np.ones((n, 1)), (term("reader", np.repeat([0, 1, 2], 10)),), ("1",))
    likelihood = LaplaceLikelihood(data)
    mode = likelihood.mode(np.array([30.0]), np.array([-60.0]))
    stationary = likelihood.gather(mode.a, 1 - mode.probability) - mode.u
    assert np.abs(stationary).max() < 1e-6
    lagged = LaggedLikelihood(likelihood, np.full(n, -60.0))
    assert np.isfinite(lagged.value(np.array([3.0, -8.0])))


def test_searches_that_run_out_of_steps_return_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    likelihood = model(*MODELS["crossed"])
    at = np.array([0.5, 0.9, 0.3, 0.7])
    lagged = LaggedLikelihood.of(likelihood, np.array([0.5, 0.9]))
    right = likelihood.value_and_gradient(at)[0]
    monkeypatch.setattr(laplace, "_MAX_STEPS", 1)
    monkeypatch.setattr(lme4, "_MAX_STEPS", 1)
    assert model(*MODELS["crossed"]).value_and_gradient(at)[0] == pytest.approx(right, rel=0.1)
    assert lagged.value(at) == pytest.approx(right, rel=0.1)
    monkeypatch.setattr(lme4, "_MAX_STEPS", 100)
    monkeypatch.setattr(lme4, "_MAX_HALVINGS", 1)
    far = LaggedLikelihood(likelihood, np.full(len(DATA["y"]), 9.0))
    assert np.isfinite(far.value(at))


def test_refinement_stops_where_there_is_no_maximum(monkeypatch: pytest.MonkeyPatch) -> None:
    likelihood = model(*MODELS["crossed"])
    lagged = LaggedLikelihood.of(likelihood, np.array([0.5, 0.9]))
    # at no spread of the cases the deviance is a saddle; a steep Hessian keeps the search there
    beta = start_values(likelihood.data)[0][2:]
    saddle = Optimum(np.array([0.0, 0.0, *beta]), 0.0, 1e12 * np.eye(4), converged=True)
    assert lme4.refine(lagged, saddle) is None
    monkeypatch.setattr(lme4, "_MAX_REFINEMENTS", 0)
    assert lme4.refine(lagged, saddle) is None


def test_start_values_are_those_without_random_effects() -> None:
    likelihood = model(*MODELS["slopes"])
    start, scale = start_values(likelihood.data)
    assert start[:6].tolist() == [1, 0, 1, 1, 0, 1]
    assert scale.shape == (8, 8)
    p = special.expit(DATA["x"] @ start[6:])
    assert DATA["x"].T @ (DATA["y"] - DATA["m"] * p) == pytest.approx([0, 0], abs=1e-4)


def test_a_search_that_stops_on_a_saddle_goes_on_to_the_maximum() -> None:
    """A variance of 0 is a stationary point of every model: x^4 - x^2 has its minima at both roots of a half."""

    def criterion(x: np.ndarray) -> tuple[float, np.ndarray]:
        return float(x[0] ** 4 - x[0] ** 2), 4 * x**3 - 2 * x

    optimum = maximise(criterion, np.zeros(1), np.eye(1))
    assert optimum.converged
    assert abs(optimum.parameters[0]) == pytest.approx(0.5**0.5)
    assert optimum.deviance == pytest.approx(-0.25)
