"""Two published residual networks for ECGs, as their papers and code describe them; importing it loads torch.

Sources: Ribeiro AH, Ribeiro MH, Paixao GMM, et al. Automatic diagnosis of the 12-lead ECG using a deep neural network.
Nat Commun 2020;11:1760, and github.com/antonior92/automatic-ecg-diagnosis, `model.py`. Strodthoff N, Wagner P,
Schaeffter T, Samek W. Deep learning for ECG analysis: benchmarks and insights from PTB-XL. IEEE J Biomed Health Inform
2021;25:1519-1528, and github.com/helme/ecg_ptbxl_benchmarking, `code/models/xresnet1d.py`.
"""

import math
from itertools import pairwise

import torch
from torch import nn

_FILTERS = (64, 128, 196, 256, 320)
_KERNEL = 16
_SHRINK = 4  # each unit leaves a quarter of the samples
_DROPPED = 0.8  # the share that is dropped, as the published code has it

_BLOCKS = (3, 4, 23, 3)
_WIDTH, _EXPANSION = 64, 4
_STEM = (32, 32, 64)
_HEAD = 128


def _padded(x: torch.Tensor, window: int, stride: int) -> torch.Tensor:
    """Return x with zeros at both ends, so that a window leaves ceil(n / stride) samples (Keras' "same")."""
    n = x.shape[2]
    missing = max((math.ceil(n / stride) - 1) * stride + window - n, 0)
    return nn.functional.pad(x, (missing // 2, missing - missing // 2))


class _Unit(nn.Module):
    """Two convolutions beside a short cut; normalisation and activation come after the sum (full preactivation)."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.short = nn.Conv1d(n_in, n_out, 1, bias=False)
        self.first = nn.Conv1d(n_in, n_out, _KERNEL, bias=False)
        self.between = nn.Sequential(nn.BatchNorm1d(n_out), nn.ReLU(), nn.Dropout(_DROPPED))
        self.second = nn.Conv1d(n_out, n_out, _KERNEL, stride=_SHRINK, bias=False)
        self.after = nn.Sequential(nn.BatchNorm1d(n_out), nn.ReLU(), nn.Dropout(_DROPPED))

    def forward(self, x: torch.Tensor, beside: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        fewer = nn.functional.max_pool1d(beside, _SHRINK, ceil_mode=True)
        x = self.between(self.first(_padded(x, _KERNEL, 1)))
        total = self.second(_padded(x, _KERNEL, _SHRINK)) + self.short(fewer)
        return self.after(total), total


class RibeiroResNet(nn.Module):
    """The network of Ribeiro 2020: (n, n_leads, n_samples) in, (n, n_findings) logits out; made for 4096 samples."""

    def __init__(self, n_findings: int, n_leads: int, n_samples: int) -> None:
        super().__init__()
        self.stem = nn.Conv1d(n_leads, _FILTERS[0], _KERNEL, bias=False)
        self.norm = nn.Sequential(nn.BatchNorm1d(_FILTERS[0]), nn.ReLU())
        self.units = nn.ModuleList(_Unit(n_in, n_out) for n_in, n_out in pairwise(_FILTERS))
        left = n_samples
        for _ in self.units:
            left = math.ceil(left / _SHRINK)
        self.last = nn.Linear(_FILTERS[-1] * left, n_findings)
        _he_normal(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm(self.stem(_padded(x, _KERNEL, 1)))
        beside = x
        for unit in self.units:
            x, beside = unit(x, beside)
        logits: torch.Tensor = self.last(x.flatten(1))
        return logits


class _Conv(nn.Sequential):
    """A convolution that keeps the length (over its stride), normalised, and activated where asked for."""

    def __init__(self, n_in: int, n_out: int, kernel: int, *, stride: int = 1, active: bool = True) -> None:
        layers: list[nn.Module] = [
            nn.Conv1d(n_in, n_out, kernel, stride=stride, padding=(kernel - 1) // 2, bias=False),
            nn.BatchNorm1d(n_out),
        ]
        super().__init__(*layers, *([nn.ReLU()] if active else []))


class _Bottleneck(nn.Module):
    """Narrow, convolve, widen, beside a short cut that halves by its mean."""

    def __init__(self, n_in: int, stride: int) -> None:
        super().__init__()
        n_out = _WIDTH * _EXPANSION
        self.body = nn.Sequential(
            _Conv(n_in, _WIDTH, 1), _Conv(_WIDTH, _WIDTH, 5, stride=stride), _Conv(_WIDTH, n_out, 1, active=False)
        )
        halved = [nn.AvgPool1d(2, ceil_mode=True)] if stride > 1 else []
        widened = [_Conv(n_in, n_out, 1, active=False)] if n_in != n_out else []
        self.short = nn.Sequential(*halved, *widened)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.body(x) + self.short(x))


class _MaxAndMean(nn.Module):
    """Maximum and mean over time."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x.amax(dim=2), x.mean(dim=2)], dim=1)


def xresnet1d101(n_findings: int, n_leads: int) -> nn.Module:
    """Return the network of Strodthoff 2021: (n, n_leads, n_samples) in, (n, n_findings) logits out."""
    stem = [
        _Conv(n_in, n_out, 5, stride=2 if i == 0 else 1) for i, (n_in, n_out) in enumerate(pairwise((n_leads, *_STEM)))
    ]
    wide = _WIDTH * _EXPANSION
    blocks = [
        _Bottleneck(_STEM[-1] if first and i == 0 else wide, stride=2 if first and i > 0 else 1)
        for i, n in enumerate(_BLOCKS)
        for first in (True, *[False] * (n - 1))
    ]
    head = [
        *(_MaxAndMean(), nn.BatchNorm1d(2 * wide), nn.Dropout(0.25), nn.Linear(2 * wide, _HEAD), nn.ReLU()),
        *(nn.BatchNorm1d(_HEAD), nn.Dropout(0.5), nn.Linear(_HEAD, n_findings)),
    ]
    network = nn.Sequential(*stem, nn.MaxPool1d(3, stride=2, padding=1), *blocks, *head)
    _he_normal(network)
    for block in blocks:  # each begins as its short cut alone
        nn.init.zeros_(list(block.body.parameters())[-2])
    return network


def _he_normal(network: nn.Module) -> None:
    """Draw the weights of convolutions and linear layers as He 2015, with biases of 0."""
    for part in network.modules():
        if isinstance(part, nn.Conv1d | nn.Linear):
            nn.init.kaiming_normal_(part.weight)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
