"""A network of PyTorch that was saved for one window, asked about several; imported only when needed (torch)."""

import torch


class OneAtATime(torch.nn.Module):
    """Asks a network about each window by itself.

    Parameters
    ----------
    network : Module
        Of windows of shape (1, ...).
    """

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Return the outputs of all windows, shape (n_windows, n_outputs)."""
        return torch.cat([self.network(window[None]) for window in windows])


def for_any_number(network: torch.nn.Module, shape: tuple[int, ...]) -> tuple[torch.nn.Module, bool]:
    """Return a network that takes any number of windows, and whether its file holds one of a single window.

    Parameters
    ----------
    network : Module
    shape : tuple of int
        Of one window.
    """
    with torch.inference_mode():
        try:
            network(torch.zeros(3, *shape))
        except Exception:  # of many kinds, by how it was saved: whether it takes one alone is asked next
            try:
                network(torch.zeros(1, *shape))
            except Exception:  # not of this shape at all, which reading will say
                return network, False
            return OneAtATime(network), True
    return network, False
