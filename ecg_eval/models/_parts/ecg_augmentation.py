"""Variations of ECGs that leave what they show, so that few recordings are not learnt by heart; it loads torch.

Amounts are given by name, in units of the input as the network takes it: where leads are scaled to an SD of 1, of a
lead's SD. An amount of 0 leaves a variation out.
"""

import math
from collections.abc import Callable, Mapping

import torch

from ecg_eval.errors import ConfigError, suggestion

_SLOWEST_HZ, _FASTEST_HZ = 0.05, 0.5  # of baseline wander: below the heart's own rate


def _time_shift(x: torch.Tensor, amount: float, rate_hz: float) -> torch.Tensor:
    n = max(int(amount * x.shape[2]), 1)
    return torch.roll(x, int(torch.randint(n, (1,))), dims=2)


def _gain(x: torch.Tensor, amount: float, rate_hz: float) -> torch.Tensor:
    return x * torch.exp(amount * torch.randn(len(x), 1, 1))


def _lead_dropout(x: torch.Tensor, amount: float, rate_hz: float) -> torch.Tensor:
    return x * (torch.rand(x.shape[0], x.shape[1], 1) > amount)


def _noise(x: torch.Tensor, amount: float, rate_hz: float) -> torch.Tensor:
    return x + amount * torch.randn_like(x)


def _wander(x: torch.Tensor, amount: float, rate_hz: float) -> torch.Tensor:
    hz = _SLOWEST_HZ + (_FASTEST_HZ - _SLOWEST_HZ) * torch.rand(len(x), 1, 1)
    phase = 2 * math.pi * torch.rand(x.shape[0], x.shape[1], 1)
    size = amount * torch.randn(x.shape[0], x.shape[1], 1)
    return x + size * torch.sin(2 * math.pi * hz * torch.arange(x.shape[2]) / rate_hz + phase)


def _time_mask(x: torch.Tensor, amount: float, rate_hz: float) -> torch.Tensor:
    n = x.shape[2]
    length = amount * torch.rand(len(x), 1, 1) * n
    start = torch.rand(len(x), 1, 1) * (n - length)
    at = torch.arange(n)
    return x * ~((at >= start) & (at < start + length))


# name -> what it does to windows of shape (n, n_leads, n_samples), by an amount; in the order in which they are done
VARIATIONS: dict[str, Callable[[torch.Tensor, float, float], torch.Tensor]] = {
    "time_shift": _time_shift,  # turned round in time by up to this share of the window
    "gain": _gain,  # all leads of a recording times exp(amount x a normal number)
    "wander": _wander,  # a slow wave of each lead, its size of this SD
    "noise": _noise,  # white noise of this SD
    "time_mask": _time_mask,  # silent for up to this share of the window
    "lead_dropout": _lead_dropout,  # the chance that a lead is silent
}
USUAL = {"time_shift": 1.0, "noise": 0.05, "lead_dropout": 0.1}


def checked_amounts(amounts: Mapping[str, float], *, who: str) -> dict[str, float]:
    """Return what is to be done, in the order in which it is done.

    Raises
    ------
    ConfigError
        For an unknown variation, or an amount that cannot be.
    """
    for name, amount in amounts.items():
        if name not in VARIATIONS:
            remedy = suggestion(name, VARIATIONS)
            raise ConfigError(who, "augmentation", f"one of {', '.join(VARIATIONS)}", name, remedy)
        most = 1.0 if name in ("time_shift", "time_mask", "lead_dropout") else math.inf
        if not 0 <= amount <= most:
            rule = "from 0 to 1" if most == 1 else "0 or more"
            raise ConfigError(who, f"augmentation.{name}", rule, amount)
    return {name: float(amounts[name]) for name in VARIATIONS if amounts.get(name)}


def varied(windows: torch.Tensor, amounts: Mapping[str, float], *, rate_hz: float) -> torch.Tensor:
    """Return windows with variations drawn from torch's own generator, shape (n, n_leads, n_samples)."""
    for name, amount in amounts.items():
        windows = VARIATIONS[name](windows, amount, rate_hz)
    return windows
