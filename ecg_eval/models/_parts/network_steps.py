"""What training any network of PyTorch shares: one thread, where it starts, and its loss."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


@contextmanager
def threads(n: int) -> Iterator[None]:
    """Compute on so many threads (0 for as many as there are cores); one gives the same sums on every machine."""
    before = torch.get_num_threads()
    if n:
        torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def start_at_prevalence(network: nn.Module, y: NDArray[np.float32], weight: NDArray[np.float32] | float = 1.0) -> None:
    """Set the last bias to the logit of each finding's share, so that rare findings do not begin at one half.

    Parameters
    ----------
    network : Module
        Its last parameter is the bias of its outputs.
    y : ndarray of float32, shape (n, n_findings)
        1, 0 or NaN.
    weight : ndarray, shape (n_findings,), or float
        How many times a recording with the finding counts.
    """
    share = np.clip(np.nanmean(y, axis=0), 0.005, 0.995)
    with torch.no_grad():
        list(network.parameters())[-1].copy_(torch.from_numpy(np.log(weight * share / (1 - share))))


def masked_loss(logits: torch.Tensor, target: torch.Tensor, weight: torch.Tensor | None = None) -> torch.Tensor:
    """Return the mean cross-entropy over what is known: a target of NaN adds nothing.

    Parameters
    ----------
    logits, target : Tensor, shape (n, n_findings)
    weight : Tensor, shape (n_findings,), optional
        How many times a recording with the finding counts.
    """
    is_known = torch.isfinite(target)
    each = nn.functional.binary_cross_entropy_with_logits(
        logits, torch.nan_to_num(target), reduction="none", pos_weight=weight
    )
    return (each * is_known).sum() / is_known.sum().clamp(min=1)
