"""Networks by name: what a configuration may train, and what a card may name; torch is loaded when one is built."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ecg_eval.errors import ConfigError, suggestion
from ecg_eval.models._parts.network_input import NetworkInput

if TYPE_CHECKING:
    from torch import nn


def _small(n_findings: int, n_leads: int, n_samples: int) -> "nn.Module":
    from ecg_eval.models._parts.residual_network import build

    return build(n_findings, n_leads)


def _ribeiro(n_findings: int, n_leads: int, n_samples: int) -> "nn.Module":
    from ecg_eval.models._parts.published_networks import RibeiroResNet

    return RibeiroResNet(n_findings, n_leads, n_samples)


def _xresnet(n_findings: int, n_leads: int, n_samples: int) -> "nn.Module":
    from ecg_eval.models._parts.published_networks import xresnet1d101

    return xresnet1d101(n_findings, n_leads)


# (findings, leads, samples) -> (n, n_leads, n_samples) in, (n, n_findings) logits out; the last layer is linear
ARCHITECTURES: dict[str, Callable[[int, int, int], "nn.Module"]] = {
    "small": _small,
    "resnet_ribeiro2020": _ribeiro,
    "xresnet1d101": _xresnet,
}


def built(name: str, *, n_findings: int, taken: NetworkInput, who: str) -> "nn.Module":
    """Return an untrained network of a named architecture.

    Parameters
    ----------
    name : str
        A key of ``ARCHITECTURES``.
    n_findings : int
    taken : NetworkInput
    who : str
        Who asks, for messages.

    Raises
    ------
    ConfigError
        For an unknown name, or windows with samples before leads.
    """
    if name not in ARCHITECTURES:
        remedy = suggestion(name, ARCHITECTURES)
        raise ConfigError(who, "architecture", f"one of {', '.join(ARCHITECTURES)}", name, remedy)
    if taken.layout != "leads_first":
        raise ConfigError(f"{who}.input", "layout", "leads_first, as this network takes it", taken.layout)
    return ARCHITECTURES[name](n_findings, len(taken.leads), taken.n_samples)
