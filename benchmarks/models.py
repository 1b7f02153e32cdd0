"""What reading costs saved networks and `beat_boosting`: adapters beside a plain eager loop, and many ECGs at once.

    python benchmarks/models.py                                   # networks, on made signals
    python benchmarks/models.py --ptb-xl ../shared/data/ptb-xl    # beat_boosting too, loading included

The network is the xresnet1d101 of 12 leads and 10 s at 100 Hz, weights drawn at random: speed does not depend on them,
and a random network shows differences between runtimes as a trained one does. The eager loop is what a notebook does:
one ECG at a time, in inference mode. Everything computes on one thread, so that seconds of the processor hold where
other programs run too.
"""

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ecg_eval.datasets.ptb_xl import PtbXl
from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.recording import Recording
from ecg_eval.models._parts.network_input import NetworkInput
from ecg_eval.models._parts.published_networks import xresnet1d101
from ecg_eval.models.beat_boosting import BeatBoosting
from ecg_eval.models.onnx_file import OnnxFile
from ecg_eval.models.torch_export import TorchExport

FINDINGS = ("NORM", "AF", "LBBB", "RBBB", "IMI")
TAKES = {"sampling_rate_hz": 100, "duration_s": 10, "normalisation": "z_score_lead"}
N_ECGS, N_MANY, N_TEACHING = 64, 2200, 200
ROUNDS = 2

Scores = NDArray[np.float64]


def made(n: int) -> Recordings:
    """Return recordings of smooth noise, 10 s of 100 Hz."""
    rng = np.random.default_rng(0)
    by_id = {}
    for k in range(n):
        signal = np.cumsum(rng.normal(0, 0.05, (1000, 12)), axis=0).astype(np.float32)
        by_id[f"r{k}"] = Recording(
            record_id=f"r{k}", patient_id=f"p{k}", signal=signal, leads=STANDARD_LEADS, sampling_rate_hz=100.0
        )
    return Recordings(tuple(by_id), by_id.__getitem__)


def network() -> torch.nn.Module:
    """Return the network, its statistics those of the signals that it is tried on."""
    torch.manual_seed(0)
    net = xresnet1d101(len(FINDINGS), len(STANDARD_LEADS))
    taken = NetworkInput.of(TAKES, who="benchmark")
    windows = np.concatenate([taken.windows(r, who="benchmark") for r in made(64)])
    with torch.no_grad():
        net.train()(torch.from_numpy(windows))
    return net.eval()


def eager(net: torch.nn.Module) -> Callable[[Recordings], Scores]:
    """Return a loop over single recordings."""
    taken = NetworkInput.of(TAKES, who="benchmark")

    def read(recordings: Recordings) -> Scores:
        rows = []
        with torch.inference_mode():
            for recording in recordings:
                z = net(torch.from_numpy(taken.windows(recording, who="benchmark")))
                rows.append(torch.sigmoid(z.double()).numpy()[0])
        return np.array(rows)

    return read


def saved(net: torch.nn.Module, folder: Path) -> dict[str, Model]:
    """Return the network as each adapter reads it."""
    example = torch.zeros(2, *NetworkInput.of(TAKES, who="benchmark").shape)
    dynamic = ({0: torch.export.Dim("batch")},)
    torch.export.save(torch.export.export(net, (example,), dynamic_shapes=dynamic), folder / "net.pt2")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the newer exporter needs a library more
        axes = {"x": {0: "n"}}
        torch.onnx.export(net, (example,), str(folder / "net.onnx"), dynamo=False, input_names=["x"], dynamic_axes=axes)
    common: dict[str, Any] = {"outputs": FINDINGS, "input": TAKES, "trained_on": (), "activation": "sigmoid"}
    return {
        "`onnx_file`": OnnxFile(folder / "net.onnx", threads=1, **common),
        "`torch_export`": TorchExport(folder / "net.pt2", **common),
    }


def networks() -> None:
    """Print how fast each reads, and how far its scores lie from the eager loop's."""
    net, recordings = network(), made(N_ECGS)
    with tempfile.TemporaryDirectory() as folder:
        readers: dict[str, Callable[[Recordings], Scores]] = {"eager loop, one at a time": eager(net)}
        for name, model in saved(net, Path(folder)).items():
            readers[name] = partial(model.scores, findings=FINDINGS)
        seconds: dict[str, list[float]] = {name: [] for name in readers}
        scores: dict[str, Scores] = {}
        for read in readers.values():
            read(made(40))
        for _ in range(ROUNDS):  # in turn, so that other programs slow all alike
            for name, read in readers.items():
                start = time.process_time()
                scores[name] = read(recordings)
                seconds[name].append(time.process_time() - start)
    first = next(iter(readers))
    base = min(seconds[first])
    print(f"xresnet1d101, {N_ECGS} ECGs of 12 leads and 10 s at 100 Hz, the quickest of {ROUNDS} rounds.\n")
    print("| reader | CPU s for 1,000 ECGs | times as quick as the loop | largest difference of a score |")
    print("|---|--:|--:|--:|")
    for name, taken in seconds.items():
        cpu_s = min(taken)
        off = f"{np.abs(scores[name] - scores[first]).max():.1e}" if name != first else ""
        print(f"| {name} | {1000 * cpu_s / N_ECGS:.1f} | {base / cpu_s:.1f} | {off} |")


def many(root: Path) -> None:
    """Print what `beat_boosting` takes to read ECGs of PTB-XL, from their files to scores, in one process."""
    dataset = PtbXl(root)
    there = dataset.records()
    ids = list(there.index[there["has_signal"]])
    labels = dataset.labels(FINDINGS).table.loc[ids]
    model = BeatBoosting()
    model.fit(Recordings(tuple(ids[:N_TEACHING]), dataset.load), labels.iloc[:N_TEACHING], rng=np.random.default_rng(0))
    unseen = Recordings(tuple(ids[N_TEACHING:]), dataset.load)
    start = time.process_time()
    model.scores(unseen, FINDINGS)
    cpu_s = time.process_time() - start
    each_ms = 1000 * cpu_s / len(unseen)
    print(f"\n`beat_boosting` reads {len(unseen)} ECGs of PTB-XL from their files in {cpu_s:.1f} s of one processor: ")
    print(f"{each_ms:.1f} ms an ECG, or {N_MANY * each_ms / 2000:.1f} s for {N_MANY:,} on each of two.")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ptb-xl", type=Path, help="the root of PTB-XL, for beat_boosting")
    given = parser.parse_args()
    torch.set_num_threads(1)
    networks()
    if given.ptb_xl:
        many(given.ptb_xl)


if __name__ == "__main__":
    main()
