"""Networks by name: sizes as published, any length and number of leads, and variations that keep what an ECG shows."""

import pytest
import torch

from ecg_eval.errors import ConfigError
from ecg_eval.models._parts.architectures import ARCHITECTURES, built
from ecg_eval.models._parts.ecg_augmentation import checked_amounts, varied
from ecg_eval.models._parts.network_input import NetworkInput


def n_weights(network: torch.nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def taken(rate: float, seconds: float, **more: object) -> NetworkInput:
    return NetworkInput.of({"sampling_rate_hz": rate, "duration_s": seconds, **more}, who="net")


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("leads", [["I"], ["I", "II", "V1"]])
def test_each_takes_any_leads_and_length(name: str, leads: list[str]) -> None:
    network = built(name, n_findings=3, taken=taken(100, 2.53, leads=leads), who="net").eval()
    with torch.inference_mode():
        assert network(torch.randn(2, len(leads), 253)).shape == (2, 3)


def test_the_network_of_ribeiro_2020_has_its_published_size() -> None:
    """12 leads, 4096 samples, 6 findings; by hand from the layers in github.com/antonior92/automatic-ecg-diagnosis."""
    units = zip((64, 128, 196, 256), (128, 196, 256, 320), strict=True)
    of_units = sum(a * b + 16 * a * b + 16 * b * b + 4 * b for a, b in units)
    network = built("resnet_ribeiro2020", n_findings=6, taken=taken(409.6, 10), who="net")
    assert n_weights(network) == 12 * 64 * 16 + 2 * 64 + of_units + (16 * 320 * 6 + 6) == 6_421_910


def test_xresnet1d101_has_its_published_size() -> None:
    """12 leads, 5 findings; by hand from the layers in github.com/helme/ecg_ptbxl_benchmarking."""

    def conv(n_in: int, n_out: int, kernel: int) -> int:
        return n_in * n_out * kernel + 2 * n_out

    stem = conv(12, 32, 5) + conv(32, 32, 5) + conv(32, 64, 5)
    blocks = 33 * (conv(64, 64, 5) + conv(64, 256, 1)) + 32 * conv(256, 64, 1) + conv(64, 64, 1) + conv(64, 256, 1)
    head = 2 * 512 + 512 * 128 + 128 + 2 * 128 + 128 * 5 + 5
    assert n_weights(built("xresnet1d101", n_findings=5, taken=taken(100, 10), who="net")) == stem + blocks + head


def test_a_new_xresnet_begins_as_its_short_cuts() -> None:
    torch.manual_seed(0)
    network = built("xresnet1d101", n_findings=2, taken=taken(100, 1), who="net").eval()
    block = network[5]
    x = torch.randn(1, 256, 20)
    torch.testing.assert_close(block(x), torch.relu(x))


def test_samples_before_leads_are_refused() -> None:
    with pytest.raises(ConfigError, match="leads_first"):
        built("small", n_findings=1, taken=taken(100, 1, layout="samples_first"), who="net")


def test_variations_do_what_their_names_say() -> None:
    torch.manual_seed(0)
    x = torch.randn(64, 12, 500)

    def of(name: str, amount: float) -> torch.Tensor:
        return varied(x, checked_amounts({name: amount}, who="t"), rate_hz=100)

    silent = (of("lead_dropout", 0.3) == 0).all(dim=2).float().mean()
    assert 0.25 < float(silent) < 0.35
    assert float((of("noise", 0.5) - x).std()) == pytest.approx(0.5, abs=0.01)
    ratio = (of("gain", 0.2) / x).mean(dim=(1, 2)).log()
    assert float(ratio.std()) == pytest.approx(0.2, abs=0.05)
    masked = (of("time_mask", 0.4) == 0).float().mean(dim=(1, 2))
    assert 0.3 < float(masked.max()) <= 0.41
    torch.testing.assert_close(of("time_shift", 1.0).sort(dim=2).values, x.sort(dim=2).values)
    slow = (of("wander", 1.0) - x).numpy()
    assert abs(slow[:, :, 1:] - slow[:, :, :-1]).max() < 0.2  # 0.5 Hz at 100 Hz
    assert not checked_amounts({"noise": 0}, who="t")
