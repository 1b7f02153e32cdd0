"""The network of ``small_network.py`` and its training; imported only when it is needed, as it loads torch."""

from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ecg_eval.models._parts.network_steps import masked_loss, start_at_prevalence, threads

_N_LEADS = 12
_WIDTHS = (16, 32, 48, 64)
_KERNEL = 5
_BATCH = 32
_LEARNING_RATE = 2e-3
_WEIGHT_DECAY = 0.05
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


def build(n_findings: int, n_leads: int = _N_LEADS) -> nn.Module:
    """Return an untrained network: (n, n_leads, n_samples) in, (n, n_findings) logits out."""
    stem = [nn.Conv1d(n_leads, _WIDTHS[0], 9, stride=2, padding=4, bias=False), nn.BatchNorm1d(_WIDTHS[0]), nn.ReLU()]
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
    with threads(1), torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**31)))
        network = build(y.shape[1])
        start_at_prevalence(network, y)
        optimizer = torch.optim.AdamW(network.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
        n_updates = epochs * n_steps
        rising = 0.5 if n_updates == 4 else 0.25  # a quarter of 4 ends at update 0, by which the schedule would divide
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, _LEARNING_RATE, total_steps=n_updates, pct_start=rising
        )
        x, target = torch.from_numpy(signals), torch.from_numpy(y)
        network.train()
        for _ in range(epochs):
            for rows in torch.randperm(len(x)).tensor_split(n_steps):
                optimizer.zero_grad()
                torch.autograd.backward(masked_loss(network(_varied(x[rows])), target[rows]))
                optimizer.step()
                schedule.step()
    return network.eval()


def log_odds(network: nn.Module, signals: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the network's outputs, shape (n, n_findings)."""
    with threads(1), torch.inference_mode():
        parts = [network(part).numpy() for part in torch.split(torch.from_numpy(signals), 4 * _BATCH)]
    return np.concatenate(parts).astype(float)


def _varied(x: torch.Tensor) -> torch.Tensor:
    """Turn in time, silence some leads and add noise, so that few recordings are not learnt by heart."""
    shift = int(torch.randint(x.shape[2], (1,)))
    keep = (torch.rand(x.shape[0], x.shape[1], 1) > _LEAD_DROPOUT).float()
    return (torch.roll(x, shift, dims=2) + _NOISE * torch.randn_like(x)) * keep
