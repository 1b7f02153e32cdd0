"""The network of ``small_network.py`` and its training; imported only when it is needed, as it loads torch."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

_N_LEADS = 12
_WIDTHS = (16, 32, 48, 64)
_KERNEL = 5
_BATCH = 32
_LEARNING_RATE = 2e-3
_WEIGHT_DECAY = 0.05
_BETA_SQUARE, _EPSILON = 0.999, 1e-8
_RISING, _START_DIV, _END_DIV = 0.25, 25.0, 1e4  # share of the steps; how far below its peak the rate starts and ends
_MOMENTA = (0.95, 0.85, 0.95)
_DROPOUT = 0.3
_LEAD_DROPOUT = 0.1  # chance that a lead is silent for one pass
_NOISE = 0.05  # SD of noise added, of a lead's SD


class _Block(nn.Module):
    """Two convolutions and a short cut, halving the length."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(n_in, n_out, _KERNEL, stride=2, padding=_KERNEL // 2, bias=False),
            nn.BatchNorm1d(n_out),
            nn.ReLU(),
            nn.Conv1d(n_out, n_out, _KERNEL, padding=_KERNEL // 2, bias=False),
            nn.BatchNorm1d(n_out),
        )
        self.short = nn.Sequential(
            nn.AvgPool1d(2, ceil_mode=True), nn.Conv1d(n_in, n_out, 1, bias=False), nn.BatchNorm1d(n_out)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.body(x) + self.short(x))


class _Pool(nn.Module):
    """Mean and maximum over time."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x.mean(dim=2), x.amax(dim=2)], dim=1)


def build(n_findings: int) -> nn.Module:
    """Return an untrained network: (n, 12, n_samples) in, (n, n_findings) logits out."""
    stem = [nn.Conv1d(_N_LEADS, _WIDTHS[0], 9, stride=2, padding=4, bias=False), nn.BatchNorm1d(_WIDTHS[0]), nn.ReLU()]
    blocks = [_Block(n_in, n_out) for n_in, n_out in pairwise(_WIDTHS)]
    return nn.Sequential(*stem, *blocks, _Pool(), nn.Dropout(_DROPOUT), nn.Linear(2 * _WIDTHS[-1], n_findings))


def train(signals: NDArray[np.float32], y: NDArray[np.float32], *, epochs: int, rng: np.random.Generator) -> nn.Module:
    """Return a trained network; the same `rng` state gives the same weights again.

    Parameters
    ----------
    signals : ndarray of float32, shape (n, 12, n_samples)
    y : ndarray of float32, shape (n, n_findings)
        1, 0 or NaN; NaN adds nothing to the loss.
    """
    n_steps = -(-len(signals) // _BATCH)
    with _one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**31)))
        network = build(y.shape[1])
        _start_at_prevalence(network, y)
        parameters = list(network.parameters())
        optimizer = OneCycleAdamW(parameters, n_steps=epochs * n_steps)
        x, target = torch.from_numpy(signals), torch.from_numpy(y)
        network.train()
        for _ in range(epochs):
            for rows in torch.randperm(len(x)).tensor_split(n_steps):
                loss = _loss(network(_varied(x[rows])), target[rows])
                optimizer.step(torch.autograd.grad(loss, parameters))
    return network.eval()


class OneCycleAdamW:
    """AdamW whose rate rises to its peak in the first quarter of the steps and then falls, its momentum the other way.

    It takes the steps of ``torch.optim.AdamW`` under ``OneCycleLR``, which the tests hold beside it. Those two load
    torch's compiler when they are made, some two seconds of a run that compiles nothing.

    Parameters
    ----------
    parameters : sequence of Tensor
    n_steps : int
        How often `step` will be called.

    References
    ----------
    Loshchilov I, Hutter F. Decoupled weight decay regularization. ICLR 2019. Smith LN, Topin N. Super-convergence.
    Proc SPIE 2019;11006:1100612.
    """

    def __init__(self, parameters: Sequence[torch.Tensor], *, n_steps: int) -> None:
        self._parameters, self._n_steps, self._done = parameters, n_steps, 0
        self._mean = [torch.zeros_like(p) for p in parameters]
        self._square = [torch.zeros_like(p) for p in parameters]

    def step(self, gradients: Sequence[torch.Tensor]) -> None:
        """Move the parameters against the gradients, one for each."""
        rate, beta = self._rate_and_momentum()
        self._done += 1
        unbias_mean, unbias_square = 1 - beta**self._done, 1 - _BETA_SQUARE**self._done
        with torch.no_grad():
            for p, g, mean, square in zip(self._parameters, gradients, self._mean, self._square, strict=True):
                p.mul_(1 - rate * _WEIGHT_DECAY)
                mean.lerp_(g, 1 - beta)
                square.mul_(_BETA_SQUARE).addcmul_(g, g, value=1 - _BETA_SQUARE)
                p.addcdiv_(mean, (square.sqrt() / unbias_square**0.5).add_(_EPSILON), value=-rate / unbias_mean)

    def _rate_and_momentum(self) -> tuple[float, float]:
        """Return the rate and the momentum of the next step, on two half waves of a cosine."""
        peak_at = _RISING * self._n_steps - 1
        rates = (_LEARNING_RATE / _START_DIV, _LEARNING_RATE, _LEARNING_RATE / _START_DIV / _END_DIV)
        falls = self._done > peak_at or peak_at <= 0
        share = (self._done - peak_at) / (self._n_steps - 1 - peak_at) if falls else self._done / peak_at
        rate, momentum = (_between(turns[falls], turns[falls + 1], share) for turns in (rates, _MOMENTA))
        return rate, momentum


def _between(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))


def predict(network: nn.Module, signals: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return probabilities, shape (n, n_findings)."""
    with _one_thread(), torch.inference_mode():
        parts = [torch.sigmoid(network(part)).numpy() for part in torch.split(torch.from_numpy(signals), 4 * _BATCH)]
    return np.concatenate(parts).astype(float)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one thread, so that sums are in the same order on every machine; the network is too small for more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _start_at_prevalence(network: nn.Module, y: NDArray[np.float32]) -> None:
    """Set the last bias to the logit of each finding's share, so that rare findings do not begin at one half."""
    share = np.clip(np.nanmean(y, axis=0), 0.005, 0.995)
    with torch.no_grad():
        list(network.parameters())[-1].copy_(torch.from_numpy(np.log(share / (1 - share))))


def _loss(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    is_known = torch.isfinite(target)
    each = nn.functional.binary_cross_entropy_with_logits(logits, torch.nan_to_num(target), reduction="none")
    return (each * is_known).sum() / is_known.sum().clamp(min=1)


def _varied(x: torch.Tensor) -> torch.Tensor:
    """Turn in time, silence some leads and add noise, so that few recordings are not learnt by heart."""
    shift = int(torch.randint(x.shape[2], (1,)))
    keep = (torch.rand(x.shape[0], x.shape[1], 1) > _LEAD_DROPOUT).float()
    return (torch.roll(x, shift, dims=2) + _NOISE * torch.randn_like(x)) * keep
