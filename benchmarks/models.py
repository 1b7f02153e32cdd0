"""What reading costs saved networks and `beat_boosting`: adapters beside a plain eager loop, and many ECGs at once.

    python benchmarks/models.py                                   # networks, on made signals
    python benchmarks/models.py --ptb-xl ../shared/data/ptb-xl    # 2,200 ECGs by beat_boosting too, loading included

The network is the xresnet1d101 of 12 leads and 10 s at 100 Hz, weights drawn at random: speed does not depend on them,
and a random network shows differences between runtimes as a trained one does. The eager loop is what a notebook does:
one ECG at a time, in inference mode, with as many threads as there are cores.
"""

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

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
    common = {"outputs": FINDINGS, "input": TAKES, "trained_on": (), "activation": "sigmoid"}
    return {
        "`onnx_file`": OnnxFile(folder / "net.onnx", **common),
        "`torch_export`": TorchExport(folder / "net.pt2", **common),
    }


def networks() -> None:
    """Print how fast each reads, and how far its scores lie from the eager loop's."""
    net, recordings = network(), made(N_ECGS)
    with tempfile.TemporaryDirectory() as folder:
        readers: dict[str, Callable[[Recordings], Scores]] = {"eager loop, one at a time": eager(net)}
        for name, model in saved(net, Path(folder)).items():
            readers[name] = lambda recordings, model=model: model.scores(recordings, FINDINGS)  # type: ignore[misc]
        seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in readers}
        scores: dict[str, Scores] = {}
        for read in readers.values():
            read(made(40))
        for _ in range(ROUNDS):  # in turn, so that other programs slow all alike
            for name, read in readers.items():
                start, cpu = time.perf_counter(), time.process_time()
                scores[name] = read(recordings)
                seconds[name].append((time.perf_counter() - start, time.process_time() - cpu))
    first = next(iter(readers))
    base = min(s for s, _ in seconds[first])
    print(f"xresnet1d101, {N_ECGS} ECGs of 12 leads and 10 s at 100 Hz, the quickest of {ROUNDS} rounds.\n")
    print("| reader | ECGs a second | times the eager loop | CPU s for 1,000 | largest difference of a score |")
    print("|---|--:|--:|--:|--:|")
    for name, taken in seconds.items():
        wall, cpu_s = min(s for s, _ in taken), min(c for _, c in taken)
        off = f"{np.abs(scores[name] - scores[first]).max():.1e}" if name != first else ""
        print(f"| {name} | {N_ECGS / wall:.0f} | {base / wall:.1f} | {1000 * cpu_s / N_ECGS:.1f} | {off} |")


def many(root: Path) -> None:
    """Print how long `beat_boosting` takes to read 2,200 ECGs of PTB-XL, from their files to scores."""
    dataset = PtbXl(root)
    there = dataset.records()
    ids = list(there.index[there["has_signal"]])
    labels = dataset.labels(FINDINGS).table.loc[ids]
    model = BeatBoosting()
    model.fit(Recordings(tuple(ids[:N_TEACHING]), dataset.load), labels.iloc[:N_TEACHING], rng=np.random.default_rng(0))

    def load(name: str) -> Recording:
        record_id, _, moved = name.partition("|")
        recording = dataset.load(record_id)
        return replace(recording, record_id=name, signal=np.roll(recording.signal, int(moved), axis=0))

    # each file several times, moved in time, so that nothing is remembered of it
    names = [f"{ids[k % len(ids)]}|{7 * (1 + k // len(ids))}" for k in range(N_MANY)]
    start, cpu = time.perf_counter(), time.process_time()
    model.scores(Recordings(tuple(names), load), FINDINGS)
    wall, cpu_s = time.perf_counter() - start, time.process_time() - cpu
    print(
        f"\n`beat_boosting` reads {N_MANY:,} ECGs ({len(ids)} files of PTB-XL, {load(names[0]).sampling_rate_hz:g} Hz) "
    )
    print(f"in {wall:.1f} s by the clock and {cpu_s:.1f} s of one processor, loading included.")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ptb-xl", type=Path, help="the root of PTB-XL, for beat_boosting")
    given = parser.parse_args()
    networks()
    if given.ptb_xl:
        many(given.ptb_xl)


if __name__ == "__main__":
    main()
