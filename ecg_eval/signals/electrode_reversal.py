"""Which electrodes have probably changed places, by what the usual beat looks like in all leads.

Limb electrodes on the wrong limbs leave Einthoven's and Goldberger's relations intact, since the recorder derives the
leads from whatever it is given; chest electrodes have none to break. What gives them away is the shape: lead I looks
like V6, P is upright in I and II, neighbours on the chest resemble each other. Here each of 12 exchanges is undone in
turn, and the beat that results is compared with beats of correct recordings: for P, QRS and T, how improbable the
products of the eight independent leads are (a Gaussian's quadratic form), and for QRS and T their means. The weights of
these five terms, and the prior chance of an exchange, turn them into a probability.

The features are those of the literature: axis and P amplitude for limb electrodes and distances between leads for chest
electrodes (de Bie J et al. J Electrocardiol 2014;47:794-797), relations between leads (Han C et al. J Electrocardiol
2014;47:781-787), exchanges made by computation to learn from (Heden B et al. Am J Cardiol 1995;75:929-933). The model
itself is ours: ``scripts/fit_electrode_reversal.py`` fits it, docs/quality.md says how well it does. An exchange of the
right leg's electrode makes one bipolar lead nearly flat (Batchvarov VN, Malik M, Camm AJ. Europace 2007;9:1081-1090),
and is found by that.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from ecg_eval.signals._quality_beats import INDEPENDENT_LEADS, BeatView
from ecg_eval.signals._quality_samples import Traces
from ecg_eval.signals.lead_relations import LIMB_VIEWS
from ecg_eval.signals.quality_kinds import Correction, Limits, QualityFinding

Floats = NDArray[np.float64]

WAVES = ("p", "qrs", "t")
TERMS = ("p_products", "qrs_products", "t_products", "qrs_means", "t_means")
PRIOR = 0.02  # of any exchange: 0.4 to 4 % of recordings in the literature
_WINDOW_S = {"p": (-0.26, -0.06), "qrs": (-0.06, 0.07), "t": (0.12, 0.42)}  # from R
_BASE_S = (-0.08, -0.05)
_P_END_S = 0.016  # at either end of P's window, its zero line is taken from
_T_SHARE = 0.65  # of the time to the next beat
_NEAR_FLAT = 0.12  # of the largest bipolar limb lead
_RIGHT_LEG = {
    "II": "right arm and right leg",
    "III": "left arm and right leg",
    "I": "both arms and both legs",
}
_SURE = 0.9
_NO_WEIGHT = 1e-12  # what an inverse leaves of an exact zero
_ALIKE = 1e-6  # probabilities that differ by less are told apart by rounding alone


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """Products and means of the eight independent leads in the waves of the usual beat.

    Attributes
    ----------
    products : ndarray, shape (..., 3, 8, 8)
        Mean products in the windows of ``WAVES``.
    means : ndarray, shape (..., 3, 8)
    """

    products: Floats
    means: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """What correct recordings look like.

    Attributes
    ----------
    products : ndarray, shape (3, 8, 8)
        Inverse of the usual products (of trace 1), by wave.
    mean : ndarray, shape (3, 8)
        Usual means, as shares of the wave's root mean square.
    means : ndarray, shape (3, 8, 8)
        Inverse of the covariance of those means.
    weights : ndarray, shape (5,)
        Of ``TERMS``.
    """

    products: Floats
    mean: Floats
    means: Floats
    weights: Floats


def exchanges() -> dict[str, Floats]:
    """Return what each exchange of electrodes does to the eight independent leads, by name, each of shape (8, 8).

    Limb electrodes change I and II alone: Wilson's terminal is the mean of the same three.
    """
    right_arm, left_arm, left_leg = np.array([0.0, 0.0]), np.array([1.0, 0.0]), np.array([0.0, 1.0])  # in I and II
    limbs = {
        "left arm and right arm": (left_arm, right_arm, left_leg),
        "left arm and left leg": (right_arm, left_leg, left_arm),
        "right arm and left leg": (left_leg, left_arm, right_arm),
        "right arm, left arm and left leg rotated": (left_arm, left_leg, right_arm),
        "right arm, left leg and left arm rotated": (left_leg, right_arm, left_arm),
    }
    columns = {}
    for name, (right, left, leg) in limbs.items():
        columns[name] = np.eye(8)
        columns[name][0, :2], columns[name][1, :2] = left - right, leg - right
    orders = {f"V{i} and V{j}": (i, j) for i, j in ((1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (1, 3))}
    for name, (i, j) in orders.items():
        order = np.arange(8)
        order[[i + 1, j + 1]] = order[[j + 1, i + 1]]
        columns[name] = np.eye(8)[order]
    columns["V1 to V6 in reverse"] = np.eye(8)[[0, 1, 7, 6, 5, 4, 3, 2]]
    return columns


def reversal_findings(traces: Traces, view: BeatView | None, limits: Limits) -> list[QualityFinding]:
    """Return the most probable exchange of electrodes, where it is probable enough; several where they are alike."""
    findings = _right_leg(traces)
    moments = None if view is None or findings else wave_moments(view)
    if moments is None:
        return findings
    probabilities = exchange_probabilities(moments, shipped_model())
    highest = max(probabilities.values())
    if highest <= limits.exchange_probability:
        return findings
    named = [name for name, probability in probabilities.items() if probability >= highest - _ALIKE]
    sure = highest >= _SURE
    return [
        QualityFinding(
            kind="electrodes",
            value=highest,
            limit=limits.exchange_probability,
            unit="probability",
            detail=f"{'probably' if sure else 'possibly'} {' or '.join(named)}",
            correction=_undoing(named[0]) if sure and len(named) == 1 else None,
        )
    ]


def _undoing(exchange: str) -> Correction:
    """Return what undoes an exchange: the eight independent leads, and the limb leads that are made of I and II."""
    back = np.linalg.inv(exchanges()[exchange])
    made = {lead: back[i] for i, lead in enumerate(INDEPENDENT_LEADS) if not np.array_equal(back[i], np.eye(8)[i])}
    if {"I", "II"} & set(made):
        views = {lead: np.array(view) @ back[:2] for lead, view in LIMB_VIEWS.items()}
        made |= views
    weights = tuple(
        (lead, tuple((INDEPENDENT_LEADS[j], float(row[j])) for j in np.flatnonzero(np.abs(row) > _NO_WEIGHT)))
        for lead, row in made.items()
    )
    return Correction(words=f"{exchange} exchanged back", weights=weights)


def wave_moments(view: BeatView) -> Moments | None:
    """Return the moments of a usual beat; None unless all eight independent leads carry a signal."""
    if set(view.leads) != set(INDEPENDENT_LEADS) or len(view.leads) != len(INDEPENDENT_LEADS):
        return None
    beat = view.beats.median[:, [view.leads.index(lead) for lead in INDEPENDENT_LEADS]]
    latest_s = _T_SHARE * view.rr_s if view.rr_s > 0 else np.inf
    base = np.median(_part(view, beat, _BASE_S), axis=0)
    waves = []
    for wave in WAVES:
        first_s, last_s = _WINDOW_S[wave]
        part = _part(view, beat, (first_s, min(last_s, max(latest_s, first_s + 0.1)) if wave == "t" else last_s))
        waves.append(_above_its_ends(part, view.rate_hz) if wave == "p" else part - base)
    products = np.stack([w.T @ w / len(w) for w in waves])
    if not (np.trace(products, axis1=1, axis2=2) > 0).all():
        return None
    return Moments(products=products, means=np.stack([w.mean(axis=0) for w in waves]))


def exchange_probabilities(moments: Moments, model: Model) -> dict[str, float]:
    """Return the probability of each exchange; what they leave to 1 is that of none."""
    names = list(exchanges())
    scores = evidence(moments, model) @ model.weights
    scores += np.log([1 - PRIOR, *[PRIOR / len(names)] * len(names)])
    shares = np.exp(scores - scores.max())
    return dict(zip(names, (shares / shares.sum())[1:].tolist(), strict=True))


def evidence(moments: Moments, model: Model) -> Floats:
    """Return how probable each term is once each exchange is undone, shape (..., 13, 5): none first, then as named."""
    undo = _undo()
    products = np.einsum("hij,...wjk,hlk->...hwil", undo, moments.products, undo)
    means = np.einsum("hij,...wj->...hwi", undo, moments.means)
    size = np.trace(products, axis1=-2, axis2=-1)
    shape = -np.log(np.einsum("wij,...hwji->...hw", model.products, products) / size)
    off = means / np.sqrt(size)[..., None] - model.mean
    place = -np.log1p(np.einsum("...hwi,wij,...hwj->...hw", off, model.means, off))
    return np.concatenate([shape, place[..., 1:]], axis=-1)


@cache
def shipped_model() -> Model:
    """Return the model that comes with the package (electrode_reversal.csv)."""
    lines = files("ecg_eval.signals").joinpath("electrode_reversal.csv").read_text(encoding="utf-8").splitlines()
    table = np.array([[float(cell) for cell in line.split(",")[1:]] for line in lines[1:]])
    blocks = table[:51].reshape(3, 17, 8)
    return Model(products=blocks[:, :8], means=blocks[:, 8:16], mean=blocks[:, 16], weights=table[51][: len(TERMS)])


@cache
def _undo() -> Floats:
    return np.stack([np.eye(8), *(np.linalg.inv(matrix) for matrix in exchanges().values())])


def _part(view: BeatView, beat: Floats, window_s: tuple[float, float]) -> Floats:
    first, last = (view.beats.r_index + round(s * view.rate_hz) for s in window_s)
    return beat[first : max(last, first + 2)]


def _above_its_ends(part: Floats, rate_hz: float) -> Floats:
    """Return a stretch without the straight line from its beginning to its end."""
    few = max(round(_P_END_S * rate_hz), 1)
    share = np.linspace(0, 1, len(part))[:, None]
    return np.asarray(part - part[:few].mean(axis=0) * (1 - share) - part[-few:].mean(axis=0) * share)


def _right_leg(traces: Traces) -> list[QualityFinding]:
    """Return whether one bipolar limb lead is nearly flat and the other two are not."""
    spans = {lead: float(traces.span[traces.leads.index(lead)]) for lead in _RIGHT_LEG if lead in traces.leads}
    if len(spans) < len(_RIGHT_LEG):
        return []
    largest = max(spans.values())
    small = [lead for lead, span in spans.items() if span < _NEAR_FLAT * largest]
    if len(small) != 1:
        return []
    share = spans[small[0]] / largest
    detail = f"possibly {_RIGHT_LEG[small[0]]}"
    return [
        QualityFinding(
            kind="electrodes", leads=tuple(small), value=share, limit=_NEAR_FLAT, unit="share", detail=detail
        )
    ]
