"""Whether limb leads are related as they must be, and which channels of a file have changed places where they are not.

Six limb leads are made of two voltages: III = II - I (Einthoven), aVR = -(I + II) / 2, aVL = I - II / 2,
aVF = II - I / 2 (Goldberger). Electrodes on the wrong limbs keep these relations (``electrode_reversal`` judges those);
channels that were mixed up, inverted or scaled in the file break them, and the change that restores them can be named.
Only inner products of the leads are needed, so that every exchange is tried at once. Changes that leave nearly the same
are all named, in the order in which they are tried: which of them leaves a little less is chance of rounding.

Source: Einthoven W, Fahr G, de Waart A. Pflugers Arch 1913;150:275-315. Goldberger E. Am Heart J 1942;23:483-492.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ecg_eval.signals._quality_samples import Floats, Samples, Traces
from ecg_eval.signals.quality_kinds import Correction, Limits, QualityFinding

# what each limb lead sees of leads I and II
LIMB_VIEWS = {
    "I": (1.0, 0.0),
    "II": (0.0, 1.0),
    "III": (-1.0, 1.0),
    "aVR": (-0.5, -0.5),
    "aVL": (1.0, -0.5),
    "aVF": (-0.5, 1.0),
}
_RESTORED = 0.15  # a change explains what is wrong when it leaves less than this of it,
_RIVAL = 3.0  # and no other comes within this factor,
_ROUNDING_MV = 1e-6  # nor leaves as little as rounding does
_INVERTED = 0.05  # how near to -1 a gain is a change of sign
_ENOUGH = 3  # limb leads between which there is a relation


@dataclass(frozen=True, slots=True)
class Repair:
    """A change that would restore the relations: what it leaves, in mV, its name, and the lead that it turns over."""

    residual_mv: float
    words: str
    inverted: str = ""


def relation_findings(traces: Traces, limits: Limits) -> list[QualityFinding]:
    """Return whether limb leads miss their relations, and the change that would restore them."""
    limb = [i for i, lead in enumerate(traces.leads) if lead in LIMB_VIEWS and traces.usable[i]]
    if len(limb) < _ENOUGH or len({traces.leads[i] for i in limb}) < len(limb):
        return []
    there = traces.is_number[traces.usable].all(axis=0)
    x = traces.signal if there.all() else traces.signal[:, there]
    if x.shape[1] < 2:
        return []
    products = _products(x)
    names = [traces.leads[i] for i in limb]
    residual = residual_mv(products[np.ix_(limb, limb)], _relations(names))
    if residual <= limits.limb_mv:
        return []
    others = [i for i, lead in enumerate(traces.leads) if lead not in LIMB_VIEWS and traces.usable[i]]
    repairs = possible_repairs(products, traces.leads, limb, others)
    turned = repairs[0].inverted if len(repairs) == 1 else ""
    return [
        QualityFinding(
            kind="limb_leads",
            leads=tuple(names),
            value=residual,
            limit=limits.limb_mv,
            unit="mV",
            detail=" or ".join(r.words for r in repairs) or odd_lead(products, traces.leads, limb),
            correction=_turned_over(turned) if turned else None,
        )
    ]


def _turned_over(lead: str) -> Correction:
    return Correction(words=f"{lead} turned over", weights=((lead, ((lead, -1.0),)),))


def residual_mv(products: Floats, relations: Floats) -> float:
    """Return the root mean square by which leads miss their relations.

    Parameters
    ----------
    products : ndarray, shape (n_limb, n_limb)
        Mean products of the leads.
    relations : ndarray, shape (n_limb - 2, n_limb)
        Orthonormal combinations of leads that should be 0.
    """
    return float(np.sqrt(max(np.einsum("ri,ij,rj->", relations, products, relations) / len(relations), 0.0)))


def possible_repairs(products: Floats, leads: tuple[str, ...], limb: list[int], others: list[int]) -> list[Repair]:
    """Return the changes that restore the relations nearly alike, in a fixed order; none where none does, or too many.

    Parameters
    ----------
    products : ndarray, shape (n_leads, n_leads)
    leads : tuple of str
    limb, others : list of int
        Positions of the limb leads, and of those that one of them may have changed places with.
    """
    relations = _relations([leads[i] for i in limb])
    before = residual_mv(products[np.ix_(limb, limb)], relations)
    exchanges = [*combinations(limb, 2), *((i, j) for i in limb for j in others)]
    repairs = [_exchange(products, leads, limb, relations, pair) for pair in exchanges]
    repairs += [_gain(products[np.ix_(limb, limb)], relations, [leads[i] for i in limb], k) for k in range(len(limb))]
    least_mv = min(r.residual_mv for r in repairs)
    if least_mv <= _RESTORED * before:
        rivals = [r for r in repairs if r.residual_mv <= max(_RIVAL * least_mv, _ROUNDING_MV)]
        if len(rivals) <= _ENOUGH:
            return rivals
    return []


def odd_lead(products: Floats, leads: tuple[str, ...], limb: list[int]) -> str:
    """Return which limb lead does not fit the others, in words; "" where no single one explains it."""
    before = residual_mv(products[np.ix_(limb, limb)], _relations([leads[i] for i in limb]))
    if len(limb) > _ENOUGH:
        for k, odd in enumerate(limb):
            rest = limb[:k] + limb[k + 1 :]
            if residual_mv(products[np.ix_(rest, rest)], _relations([leads[i] for i in rest])) <= _RESTORED * before:
                return f"{leads[odd]} does not fit the others"
    return ""


def _products(x: Samples) -> Floats:
    centred = x - x.mean(axis=1, keepdims=True, dtype=float)  # sums of float32 differ from processor to processor
    return np.asarray(centred @ centred.T / x.shape[1])


def _relations(names: list[str]) -> Floats:
    """Return orthonormal combinations of the leads that are 0 for any two voltages, shape (n - 2, n)."""
    views = np.array([LIMB_VIEWS[name] for name in names])
    return np.asarray(np.linalg.svd(views)[0][:, 2:].T)


def _exchange(
    products: Floats, leads: tuple[str, ...], limb: list[int], relations: Floats, pair: tuple[int, int]
) -> Repair:
    first, second = pair
    moved = [second if i == first else first if i == second else i for i in limb]
    words = f"{leads[first]} and {leads[second]} have probably changed places in the file"
    return Repair(residual_mv(products[np.ix_(moved, moved)], relations), words)


def _gain(products: Floats, relations: Floats, names: list[str], k: int) -> Repair:
    """Return what the best gain of one lead leaves: the residual is a parabola in it."""
    weights = relations.T @ relations * products
    square, cross = float(weights[k, k]), float(weights[k].sum() - weights[k, k])
    gain = -cross / square if square > 0 else 0.0
    if abs(gain) < _INVERTED:  # the lead would be left out, not repaired
        return Repair(np.inf, "")
    left = float(weights.sum()) - square - 2 * cross + gain**2 * square + 2 * gain * cross
    inverted = abs(gain + 1) < _INVERTED
    words = f"{names[k]} is probably {'inverted' if inverted else f'{1 / gain:.3g} times its size'}"
    return Repair(float(np.sqrt(max(left, 0.0) / len(relations))), words, names[k] if inverted else "")
