"""What moved a network of PyTorch, by integrated gradients; imported only when it is needed, as it loads torch.

The path leads from a flat tracing to the one that was read: gradients along it, summed and multiplied by what differs,
add up to the difference of the log odds at its two ends (Sundararajan et al., ICML 2017; PMLR 70:3319-3328), as
captum computes them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray

from ecg_eval.domain.facts.attribution import cells_of
from ecg_eval.errors import PluginError
from ecg_eval.models._parts.network_steps import threads
from ecg_eval.models._parts.outside_network import missing_library

STEPS = 24  # Gauss-Legendre points of the path
_AT_ONCE = 96  # windows of the path that are held together
_SAME = 1e-3  # log odds by which both ends may differ where nothing in between moves
_SHY = 1e-6  # of probabilities, so that 0 and 1 have log odds


def log_odds_of(network: Callable[[torch.Tensor], torch.Tensor], activation: str) -> Callable[..., torch.Tensor]:
    """Return what gives the log odds of each output, shape (n, n_outputs), from windows.

    Parameters
    ----------
    network : callable
    activation : str
        What makes probabilities of its outputs, as ``OutsideNetwork`` names it.
    """

    def log_odds(windows: torch.Tensor) -> torch.Tensor:
        z = network(windows)
        if activation == "none":
            z = torch.logit(z * (1 - 2 * _SHY) + _SHY)
        elif activation == "softmax":
            n = z.shape[1]
            others = [z[:, [j for j in range(n) if j != k]] for k in range(n)]
            z = torch.stack([z[:, k] - torch.logsumexp(x, dim=1) for k, x in enumerate(others)], dim=1)
        # a sum that adds nothing: an output that the input does not touch then has gradients of 0 instead of none
        return z + 0.0 * windows.sum(dim=tuple(range(1, windows.dim())))[:, None]

    return log_odds


def integrated(
    log_odds: Callable[..., torch.Tensor],
    windows: NDArray[np.float32],
    flat: NDArray[np.float32],
    columns: Sequence[int],
    *,
    who: str,
) -> NDArray[np.float64]:
    """Return what each sample added to the log odds, shape (n_columns, *windows.shape).

    Parameters
    ----------
    log_odds : callable
        Windows -> log odds, shape (n, n_outputs).
    windows, flat : ndarray of float32, shape (n, ...)
        As they were read, and as a flat tracing would have been.
    columns : sequence of int
        Outputs.
    who : str
        For messages.

    Raises
    ------
    InputFileError
        When captum is not installed.
    PluginError
        When the network moves and no gradient comes through it.
    """
    try:
        from captum.attr import IntegratedGradients
    except ImportError:
        raise missing_library(who, "captum", "explanations") from None
    x, begin = torch.from_numpy(windows), torch.from_numpy(flat)
    way = IntegratedGradients(log_odds)
    made = []
    with threads(1):
        for column in columns:
            attribution, gap = way.attribute(
                x, begin, target=column, n_steps=STEPS, internal_batch_size=_AT_ONCE, return_convergence_delta=True
            )
            if not attribution.any() and float(gap.abs().max()) > _SAME:
                rule = "one that gradients come through"
                remedy = "Its file was saved without them; export the network itself, outside of torch.no_grad."
                raise PluginError(who, "its network", rule, "answers that move, gradients that do not", remedy)
            made.append(attribution.detach().double().numpy())
    return np.stack(made)


def in_cells(
    samples: NDArray[np.float64], *, sampling_rate_hz: float, start_s: float, n_cells: int
) -> NDArray[np.float64]:
    """Return what samples add in each cell of the recording, shape (n_leads, n_cells); NaN in cells without any.

    Parameters
    ----------
    samples : ndarray, shape (n_leads, n_samples)
        Of one window.
    sampling_rate_hz : float
        Of the window.
    start_s : float
        Where it begins in the recording.
    n_cells : int
        Of the recording; samples behind its end (a window that ends in zeros) lie in none.
    """
    cell = cells_of(samples.shape[1], sampling_rate_hz, start_s=start_s)
    inside = cell < n_cells
    total = np.zeros((len(samples), n_cells))
    np.add.at(total.T, cell[inside], samples[:, inside].T)
    total[:, np.bincount(cell[inside], minlength=n_cells) == 0] = np.nan
    return total


@contextmanager
def weights(networks: Sequence[torch.nn.Module], *, shuffled: np.random.Generator | None) -> Iterator[None]:
    """Compute with the weights of some networks shuffled, each tensor's numbers among themselves; or as they are.

    Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018: an attribution that stays the same then shows the
    tracing, and not what the network has learnt.
    """
    if shuffled is None:
        yield
        return
    tensors = [parameter for network in networks for parameter in network.parameters()]
    before = [tensor.detach().clone() for tensor in tensors]
    with torch.no_grad():
        for tensor in tensors:
            order = torch.from_numpy(shuffled.permutation(tensor.numel()))
            tensor.copy_(tensor.flatten()[order].reshape(tensor.shape))
    try:
        yield
    finally:
        with torch.no_grad():
            for tensor, values in zip(tensors, before, strict=True):
                tensor.copy_(values)
