"""Locally weighted linear smoothing of a yes/no outcome over a prediction (Cleveland's lowess without robustness).

For 0/1 outcomes the robustness steps are left out: they would treat the rarer outcome as outliers. To be fast on many
cases the smooth is fitted at points at least `delta` apart and interpolated between, as the original program does, so
that the numbers are those of R's ``lowess(x, y, iter = 0)``.
"""

import numpy as np
from numpy.typing import NDArray


def lowess(
    x: NDArray[np.float64], y: NDArray[np.float64], *, span: float = 2 / 3, delta: float | None = None
) -> NDArray[np.float64]:
    """Smooth y over x.

    Parameters
    ----------
    x, y : ndarray (n_cases,)
        In any order, without missing values, at least one case.
    span : float
        Share of the cases in a window, in (0, 1].
    delta : float, optional
        Least distance between fitted points; 1 % of the range of x unless given.

    Returns
    -------
    ndarray (n_cases,)
        Smoothed values, in the order of x. Cases of equal x have equal values.

    Notes
    -----
    Source: Cleveland, J Am Stat Assoc 1979;74:829.
    """
    order = np.argsort(x, kind="stable")
    xs, ys = x[order], y[order]
    step = 0.01 * (xs[-1] - xs[0]) if delta is None else delta
    at = xs[_fit_points(xs, step)]
    fitted = np.array([smoothing_weights(xs, point, span) @ ys for point in at])
    smooth = np.empty_like(xs)
    smooth[order] = np.interp(xs, at, fitted)
    return smooth


def _fit_points(xs: NDArray[np.float64], delta: float) -> NDArray[np.intp]:
    """Choose where to fit: the first and last case, and between them the last case within delta of the one before."""
    points = [0]
    n = xs.size
    while True:
        last = int(np.searchsorted(xs, xs[points[-1]], side="right")) - 1  # equal x share a fit
        if last >= n - 1:
            return np.array(points)
        beyond = int(np.searchsorted(xs, xs[points[-1]] + delta, side="right"))
        points.append(max(last + 1, beyond - 1))


def smoothing_weights(xs: NDArray[np.float64], at: float, span: float) -> NDArray[np.float64]:
    """Give the weights of the outcomes whose sum is the smooth at one point: a local line by tricube weights.

    Parameters
    ----------
    xs : ndarray (n_cases,)
        Rising.
    at : float
        Between the first and the last of xs.
    span : float
        Share of the cases in a window.

    Returns
    -------
    ndarray (n_cases,)
        They sum to 1; (1 - (distance / reach)^3)^3 before the line is fitted.
    """
    n = xs.size
    window = max(min(int(span * n + 1e-7), n), min(2, n))
    # the window of nearest neighbours moves right while the case it loses is farther away than the one it gains
    left = int(np.searchsorted(xs[: n - window] + xs[window:], 2 * at, side="left"))
    reach = max(at - xs[left], xs[left + window - 1] - at)
    stop = int(np.searchsorted(xs, at + reach, side="right"))
    x = xs[left:stop]
    distance = np.abs(x - at)
    cube = np.zeros_like(distance) if reach == 0 else (distance / reach) ** 3
    weight = np.where(distance <= 0.999 * reach, (1 - cube) ** 3, 0.0)
    weight = np.where(distance <= 0.001 * reach, 1.0, weight)
    if not weight.any():  # between cases that are all at the very reach of the window
        weight = np.ones_like(weight)
    weight /= weight.sum()
    centre = float(weight @ x)
    spread = float(weight @ (x - centre) ** 2)
    if spread**0.5 > 0.001 * (xs[-1] - xs[0]):
        weight = weight * (1 + (at - centre) / spread * (x - centre))
    full = np.zeros(n)
    full[left:stop] = weight
    return full
