"""Regression of a binary outcome whose cases share patients: generalised estimating equations.

The mean is modelled (logit, log or identity link), the resemblance inside a patient only guessed (a working
correlation, none or one for all pairs); the robust "sandwich" error is right even where the guess is wrong, if there
are many patients. With few it is too small, so that the default adds the correction of Kauermann and Carroll and
compares with t.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.clusters.gee_fit import LINKS, GeeFit
from ecg_eval.stats.proportion.binary_data import Codes, Floats, check_method, complete_cases

CORRELATIONS = {"exchangeable", "independence"}
MOMENTS = {"mean", "degrees_of_freedom", "independence_scale"}
MAX_STEPS = 200
# Smallest eigenvalue of a patient's working correlation matrix, 1 - a or 1 + (n_i - 1) a. From 4,000 data sets of noise
# (18 patients, 54 cases): below it a true hypothesis was rejected at 0.05 in 16 %, above it in 4 %.
SMALLEST_EIGENVALUE = 0.05
NO_SOLUTION = "the equations have no solution: a fitted proportion runs to 0 or 1, or the steps do not settle"
ERRORS: Mapping[str, str] = {
    "kauermann_carroll": "robust error with Kauermann-Carroll correction, t",
    "mancl_derouen": "robust error with Mancl-DeRouen correction, t",
    "robust": "robust error",
}


def gee(
    *,
    outcome: ArrayLike,
    design: ArrayLike,
    cluster: ArrayLike,
    link: str = "logit",
    correlation: str = "exchangeable",
    error: str = "kauermann_carroll",
    moments: str = "mean",
) -> GeeFit:
    """Fit a marginal model of a binary outcome by generalised estimating equations.

    Parameters
    ----------
    outcome : (n_cases,) array of 0, 1; NaN where missing (left out)
        Whether the event happened.
    design : (n_cases, n_columns) array
        The explanatory columns; a column of ones is not added.
    cluster : (n_cases,) array of int or str
        The patient of each case.
    link : str
        ``logit`` (odds ratios), ``log`` (ratios of proportions), both with variance mu (1 - mu); ``identity``
        (differences) with constant variance.
    correlation : str
        Working correlation, ``exchangeable`` or ``independence``. Where the exchangeable one comes out nearly singular
        (cases of a patient differ more than those of strangers, or are copies), its weights make noise look like an
        effect: the fit is then that of independence, `correlation` of the result is None, and `method` says so.
    error : str
        ``kauermann_carroll`` (default; J Am Stat Assoc 2001;96:1387-1396) and ``mancl_derouen`` (Biometrics
        2001;57:126-134) correct the robust covariance for few patients and compare with t on (patients - columns)
        degrees of freedom; ``robust`` (Liang and Zeger, Biometrika 1986;73:13-22) does not and compares with the
        normal, as R's geepack and most programs do.
    moments : str
        How scale and working correlation are estimated, which moves the third decimal of exchangeable fits. ``mean``
        (default): means over cases and pairs, as R's geepack; ``degrees_of_freedom``: divided by cases and pairs minus
        columns, as R's gee, statsmodels and SAS; ``independence_scale``: the scale kept at its value in the fit with
        independence, as R's geepack with scale.fix = TRUE.

    Returns
    -------
    GeeFit
        With `reason` set, and NaN coefficients, where the equations have no solution (an outcome that a column
        separates completely) or there are no more patients than columns.

    Raises
    ------
    ArgumentError
        For arrays that do not fit, other values than 0, 1 and NaN, missing or infinite design values, columns that
        depend on each other, an unknown name.

    Notes
    -----
    beta solves sum_i D_i' V_i^-1 (y_i - mu_i) = 0, V_i = phi A_i^(1/2) R(alpha) A_i^(1/2); phi is the mean squared
    Pearson residual and alpha the mean product of the residuals of two cases of a patient over phi.
    """
    who = "gee"
    check_method(f"{who} link", link, LINKS)
    check_method(f"{who} correlation", correlation, CORRELATIONS)
    check_method(f"{who} error", error, ERRORS)
    check_method(f"{who} moments", moments, MOMENTS)
    X = np.asarray(design, dtype=np.float64)
    y = np.asarray(outcome)
    if X.ndim != 2 or y.shape != X.shape[:1] or not np.isfinite(X).all():
        raise ArgumentError(who, "design", "a finite array (n_cases, n_columns) as long as outcome", X.shape)
    cases = complete_cases(who, cluster=cluster, outcome=y)
    X = X[~np.isnan(y.astype(np.float64))]
    return _Equations(cases.columns[0], X, cases.cluster, link, correlation, moments).fit(error)


class _Equations:
    """The estimating equations of one data set.

    Notes
    -----
    With R = (1 - a) I + a J, R^-1 = (I - a / (1 + (n_i - 1) a) J) / (1 - a), so that every product over a patient needs
    sums over the patient only, and no matrix is larger than (n_columns, n_columns).
    """

    def __init__(self, y: Floats, X: Floats, cluster: Codes, link: str, correlation: str, moments: str) -> None:
        if y.size and np.linalg.matrix_rank(X) < X.shape[1]:
            rule = f"of rank {X.shape[1]} (columns that do not depend on each other)"
            raise ArgumentError("gee", "design", rule, int(np.linalg.matrix_rank(X)))
        self.y, self.X, self.cluster, self.link, self.link_name = y, X, cluster, LINKS[link], link
        self.working, self.convention = correlation, moments
        self.lost = X.shape[1] if moments == "degrees_of_freedom" else 0
        self.sizes = np.bincount(cluster).astype(np.float64)
        self.k = self.sizes.size
        room = 1 - SMALLEST_EIGENVALUE
        self.correlations = (-room / max(self.sizes.max(initial=1.0) - 1, 1.0), room)

    def sums(self, values: Floats) -> Floats:
        """Add up the rows of each patient."""
        totals = np.zeros((self.k, *values.shape[1:]))
        np.add.at(totals, self.cluster, values)
        return totals

    def standardised(self, beta: Floats) -> tuple[Floats, Floats]:
        """Return A^(-1/2) D and the Pearson residuals."""
        eta = self.X @ beta
        mu = self.link.mean(eta)
        root = np.sqrt(np.maximum(self.link.variance(mu), 1e-12))
        return self.X * (self.link.slope(eta) / root)[:, None], (self.y - mu) / root

    def scale(self, beta: Floats) -> float:
        """Return the mean squared Pearson residual."""
        r = self.standardised(beta)[1]
        return float((r**2).sum()) / (r.size - self.lost)

    def correlation(self, beta: Floats, scale: float) -> float:
        """Return the mean product of two Pearson residuals of a patient over the scale, cut at `correlations`."""
        pairs = float((self.sizes * (self.sizes - 1)).sum()) / 2 - self.lost
        if pairs <= 0 or scale == 0:
            return 0.0
        r = self.standardised(beta)[1]
        products = float((self.sums(r) ** 2).sum() - (r**2).sum()) / 2
        return float(np.clip(products / pairs / scale, *self.correlations))

    def scores(self, U: Floats, r: Floats, alpha: float) -> tuple[Floats, Floats]:
        """Return D' V^-1 D and D' V^-1 (y - mu) of each patient (scale 1)."""
        weight = alpha / (1 + (self.sizes - 1) * alpha)
        s, t = self.sums(U), self.sums(r[:, None])
        information = self.sums(U[:, :, None] * U[:, None, :]) - weight[:, None, None] * s[:, :, None] * s[:, None, :]
        score = self.sums(U * r[:, None]) - weight[:, None] * s * t
        return information / (1 - alpha), score / (1 - alpha)

    def fit(self, error: str) -> GeeFit:
        """Solve with independence first, and from there with the working correlation."""
        p = self.X.shape[1]
        words = f"GEE, {self.link_name} link, {self.working} working correlation, {ERRORS[error]}"
        if self.y.size == 0 or self.k <= p:
            return self._failed("there are no more patients than columns", words)
        beta = np.zeros(p)
        if self.link_name == "log":
            start = np.log(np.clip(self.y.mean(), 1e-3, 0.99))
            beta = np.linalg.lstsq(self.X, np.full(self.y.size, start), rcond=None)[0]
        independent = solution = self._solve(beta, correlated=False)
        if solution is not None and self.working == "exchangeable":
            fixed = self.scale(solution[0]) if self.convention == "independence_scale" else None
            solution = self._solve(solution[0], correlated=True, fixed_scale=fixed)
        if independent is None or solution is None:
            return self._failed(NO_SOLUTION, words)
        beta, alpha, scale = solution
        if alpha in self.correlations:
            beta, _, scale = independent
            words = words.replace(self.working, "independence", 1)
            words += f"; {self.working} was asked for and nearly singular: cases of a patient too unlike or copies"
            return self._finished(beta, None, scale, error, words)
        return self._finished(beta, alpha if self.working == "exchangeable" else None, scale, error, words)

    def _solve(
        self, beta: Floats, *, correlated: bool, fixed_scale: float | None = None
    ) -> tuple[Floats, float, float] | None:
        """Return coefficients, correlation and scale by Fisher scoring; None where it does not settle."""
        alpha, scale, settled = 0.0, float("nan"), False
        for _ in range(MAX_STEPS):
            information, score = self.scores(*self.standardised(beta), alpha)
            # least squares also steps where a column has come to separate the outcome and nothing is left to solve
            step = np.linalg.lstsq(information.sum(0), score.sum(0), rcond=None)[0]
            while self.link_name == "log" and (self.X @ (beta + step)).max() > 0:
                step = step / 2  # a fitted proportion stays below 1
            beta, before = beta + step, alpha
            scale = self.scale(beta) if fixed_scale is None else fixed_scale
            alpha = self.correlation(beta, scale) if correlated else 0.0
            settled = bool(np.abs(step).max() < 1e-10) and abs(alpha - before) < 1e-10
            if settled or self._at_the_edge(beta):
                break
        return (beta, alpha, scale) if settled and not self._at_the_edge(beta) else None

    def _at_the_edge(self, beta: Floats) -> bool:
        """Tell whether a fitted proportion has run to 0 or 1, where the equations have no solution."""
        eta = self.X @ beta
        if self.link_name == "identity":
            return False
        return bool(np.abs(eta).max() > 25 or (self.link_name == "log" and eta.max() > -1e-6))

    def _finished(self, beta: Floats, alpha: float | None, scale: float, error: str, words: str) -> GeeFit:
        p = beta.size
        U, r = self.standardised(beta)
        information, score = self.scores(U, r, alpha or 0.0)
        bread = np.asarray(np.linalg.inv(information.sum(0)), dtype=np.float64)
        corrected: Floats = score
        if error == "mancl_derouen":
            corrected = np.asarray(np.linalg.solve(np.eye(p) - information @ bread, score[:, :, None])[:, :, 0])
        elif error == "kauermann_carroll":
            corrected = _inverse_root(information, bread, score)
        root = corrected @ bread
        return GeeFit(
            coefficients=beta,
            covariance=root.T @ root,
            correlation=alpha,
            scale=scale,
            n=self.y.size,
            n_clusters=self.k,
            df=float("inf") if error == "robust" else self.k - p,
            link=self.link_name,
            method=words,
            influence=root,
        )

    def _failed(self, reason: str, words: str) -> GeeFit:
        p = self.X.shape[1]
        return GeeFit(
            coefficients=np.full(p, np.nan),
            covariance=np.full((p, p), np.nan),
            correlation=None,
            scale=float("nan"),
            n=self.y.size,
            n_clusters=self.k,
            df=float("inf"),
            link=self.link_name,
            method=words,
            influence=np.full((self.k, p), np.nan),
            reason=reason,
        )


def _inverse_root(information: Floats, bread: Floats, score: Floats) -> Floats:
    """Return (I - M_i B)^(-1/2) g_i for each patient.

    D' V^-1 (I - D B D' V^-1)^(-1/2) = (I - M B)^(-1/2) D' V^-1 with M = D' V^-1 D, and M B has the eigenvectors of the
    symmetric B^(1/2) M B^(1/2), B^(1/2) being a Cholesky factor.
    """
    root = np.linalg.cholesky(bread)
    values, vectors = np.linalg.eigh(root.T @ information @ root)
    factor = 1 / np.sqrt(np.maximum(1 - values, 1e-8))
    inner = np.einsum("kij,ki->kj", vectors, score @ root)
    turned = np.einsum("kij,kj->ki", vectors, factor * inner)
    return np.asarray(np.linalg.solve(root.T, turned.T).T)
