"""How much a network of PyTorch computes for one input; imported only when it is needed, as it loads torch."""

import torch
from torch.utils.flop_counter import FlopCounterMode


def flops_of(network: torch.nn.Module, shape: tuple[int, ...]) -> int:
    """Return the floating-point operations of one input, a multiplication and an addition counted as two.

    Parameters
    ----------
    network : Module
    shape : tuple of int
        Of one input, without the batch.

    Returns
    -------
    int
        Of convolutions, products of matrices and attention, which are nearly all of a network's.
    """
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, *shape))
    return int(counter.get_total_flops())
