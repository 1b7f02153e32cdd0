"""What simulated readers would be measured at if they read ECGs without end: the truth that a rehearsal must recover.

Nothing is simulated here. Given a reader, a finding and how hard an ECG is, the chance of each answer has a closed
form; it is averaged over ECGs by Gauss-Hermite quadrature. It is a second way to the same model, apart from the one
that makes readings, so that a mistake in either shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from ecg_eval.panels._simulation.reader_model import (
    CASE_SHARE,
    DIFFICULTY_EFFECT,
    DIFFICULTY_SD,
    GP_DEFAULT,
    GP_FINDINGS,
    SURENESS,
    VIEW_SHARE,
    Floats,
    Readers,
)

_DIFFICULTY_NODES, _NOISE_NODES = 9, 21


class Shown(NamedTuple):
    """How common a finding is, and how often the AI is right where it is there and where it is not."""

    prevalence: float
    ai_sensitivity: float
    ai_specificity: float


@dataclass(frozen=True, kw_only=True, eq=False)
class LongRun:
    """Chances over endless ECGs; axes: readers, groups of ECGs, findings, truth (0, 1), AI's answer (0, 1).

    Attributes
    ----------
    weight : ndarray, shape (n_groups, n_findings, 2, 2)
        Chance of each kind of ECG and advice, 1 in all for each finding.
    unaided, aided : ndarray, shape (n_readers, n_groups, n_findings, 2, 2)
        Chance of being right.
    both : ndarray, of the same shape
        Chance of being right without help and with it, in the same ECG.
    """

    weight: Floats
    unaided: Floats
    aided: Floats
    both: Floats

    def mean(self, of: Floats, among: Floats | float = 1.0) -> Floats:
        """Return the mean of a chance by reader, shape (n_readers,), over the cells that `among` weighs."""
        weight = self.weight * among
        return np.asarray(np.sum(of * weight, axis=(1, 2, 3, 4)) / np.sum(weight * np.ones_like(of), axis=(1, 2, 3, 4)))


def long_run(
    readers: Readers, shown: Mapping[str, Shown], *, carry_over: float, groups: Sequence[float] = (0.0,)
) -> LongRun:
    """Return the chances of being right.

    Parameters
    ----------
    readers : Readers
    shown : mapping of str to Shown
        Finding to what is shown of it.
    carry_over : float
        As ``evidence`` takes it.
    groups : sequence of float
        Mean difficulty of each group of ECGs, the groups being equally large.
    """
    shared = CASE_SHARE + VIEW_SHARE + (1 - CASE_SHARE - VIEW_SHARE) * carry_over
    here = _places(readers, tuple(shown), groups, shared)
    present = {advice: _says_present(here, readers, shared, advice) for advice in (None, 0, 1)}
    truth = np.array([0.0, 1.0])[:, None, None]
    right = {advice: np.where(truth > 0, p, 1 - p) for advice, p in present.items()}
    nodes = _weights()
    unaided = np.einsum("rgftdz,dz->rgft", right[None], nodes)
    aided = np.stack([np.einsum("rgftdz,dz->rgft", right[a], nodes) for a in (0, 1)], axis=-1)
    both = np.stack([np.einsum("rgftdz,rgftdz,dz->rgft", right[None], right[a], nodes) for a in (0, 1)], axis=-1)
    weight = np.repeat(_cells(shown)[None] / len(groups), len(groups), axis=0)
    return LongRun(weight=weight, unaided=np.repeat(unaided[..., None], 2, axis=-1), aided=aided, both=both)


def both_present(
    readers: Readers, shown: Mapping[str, Shown], *, aided: bool, groups: Sequence[float] = (0.0,)
) -> Floats:
    """Return the chance that two readers both say "present", shape (n_findings, n_readers, n_readers).

    On the diagonal stands the chance that the reader says it.

    Parameters
    ----------
    readers, shown, groups
        As ``long_run`` takes them.
    aided : bool
    """
    here = _places(readers, tuple(shown), groups, CASE_SHARE)
    weight = _cells(shown) / len(groups)
    together = np.zeros((len(shown), len(readers.expertise), len(readers.expertise)))
    for advice in (0, 1):
        present = _says_present(here, readers, CASE_SHARE, advice if aided else None)
        w = weight[:, :, advice]
        together += np.einsum("rgftdz,sgftdz,ft,dz->frs", present, present, w, _weights(), optimize=True)
        if advice == 0:
            alone = np.zeros(together.shape[:2])
        alone += np.einsum("rgftdz,ft,dz->fr", present, w, _weights(), optimize=True)
    each = np.arange(len(readers.expertise))
    together[:, each, each] = alone
    return together


def _cells(shown: Mapping[str, Shown]) -> Floats:
    """Return the chance of truth (0, 1) and AI's answer (0, 1), shape (n_findings, 2, 2)."""
    return np.array(
        [
            [
                [(1 - s.prevalence) * s.ai_specificity, (1 - s.prevalence) * (1 - s.ai_specificity)],
                [s.prevalence * (1 - s.ai_sensitivity), s.prevalence * s.ai_sensitivity],
            ]
            for s in shown.values()
        ]
    )


def _nodes(n: int) -> tuple[Floats, Floats]:
    place, weight = np.polynomial.hermite_e.hermegauss(n)
    return place, weight / weight.sum()


def _weights() -> Floats:
    """Return the weight of every pair of nodes, difficulty by noise."""
    return np.outer(_nodes(_DIFFICULTY_NODES)[1], _nodes(_NOISE_NODES)[1])


def _places(readers: Readers, findings: tuple[str, ...], groups: Sequence[float], shared: float) -> Floats:
    """Return the mean of evidence less criterion, given the part of the noise that is fixed.

    Axes: readers, groups, findings, truth, nodes of difficulty, nodes of the fixed noise.
    """
    d_prime, criterion = np.array([GP_FINDINGS.get(code, GP_DEFAULT) for code in findings]).T
    skill = np.clip(d_prime[None, :] + readers.ability[:, None], 0.0, None)
    difficulty = np.asarray(groups)[:, None] + DIFFICULTY_SD * _nodes(_DIFFICULTY_NODES)[0]
    skill = skill[:, None, :, None, None] * np.exp(-DIFFICULTY_EFFECT * difficulty)[None, :, None, None, :]
    signal = skill * np.array([-0.5, 0.5])[:, None]
    limit = criterion[None, :] + readers.criterion[:, None]
    noise = np.sqrt(shared) * _nodes(_NOISE_NODES)[0]
    return np.asarray((signal - limit[:, None, :, None, None])[..., None] + noise)


def _says_present(here: Floats, readers: Readers, shared: float, advice: int | None) -> Floats:
    r"""Return the chance of "present" where evidence is normal around `here` with what noise is left.

    With m and s its mean and SD, advice "present" is taken below the criterion with chance a exp(x / S):

    .. math:: a \exp(m/S + s^2/2S^2) \Phi(-m/s - s/S)

    and advice "absent" above it likewise, m with its sign turned.
    """
    s = np.sqrt(1 - shared)
    unaided = ndtr(here / s)
    if advice is None:
        return np.asarray(unaided)
    toward = here if advice else -here
    taken = np.exp(toward / SURENESS + s**2 / (2 * SURENESS**2)) * ndtr(-toward / s - s / SURENESS)
    moved = readers.reliance.reshape(-1, *([1] * (here.ndim - 1))) * taken
    return np.asarray(unaided + moved if advice else unaided - moved)
