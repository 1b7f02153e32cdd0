"""What the boundaries of QRS are worth on records that did not choose their settings: cross-validation on LUDB.

    python scripts/choose_boundaries.py ../shared/data/ludb

Each tenth of records 1 to 100 is measured with the settings that are best on the others, at the headers' scale and as
stored, among settings that keep made ECGs, whose boundaries are known, within 10 ms.
"""

import argparse
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import wfdb
from numpy.typing import NDArray

from ecg_eval.datasets._tables.ludb_marks import LEADS, cardiologists, median_intervals_ms
from ecg_eval.signals import fiducials
from ecg_eval.signals.beats import Beats
from ecg_eval.signals.measurements import measure
from ecg_eval.signals.preparation import WORKING_RATE_HZ

SETTINGS = {
    "_QRS_SMOOTHING_S": (0.006, 0.007, 0.008),
    "_QRS_PER_S": (1.6, 2.0, 2.4, 2.8),
    "_QRS_QUIET_TIMES": (1.0, 1.5, 2.0, 2.5),
}
STORED_PER_MV, MADE_WITHIN_MS, BIAS_WITHIN_MS, FOLDS = 1000.0, 10.0, 3.0, 10

Floats = NDArray[np.float64]
Measured = list[tuple[Beats, NDArray[np.bool_]]]


def beats_of(signals: Iterator[Floats]) -> Measured:
    """Return the beats of recordings, which no setting of boundaries touches, and which leads are usable."""
    measured = [measure(signal_mv=x, sampling_rate_hz=500) for x in signals]
    return [(m.beats, m.usable) for m in measured if m.beats is not None]


def qrs_ms(measured: Measured) -> Floats:
    """Return QRS of each recording with the settings as they are, shape (n,)."""
    return np.array(
        [
            np.ptp(fiducials.qrs_of(median=b.median[:, usable], r_index=b.r_index, sampling_rate_hz=WORKING_RATE_HZ))
            for b, usable in measured
        ]
    ) * (1000 / WORKING_RATE_HZ)


def worth(differences: Floats) -> float:
    """Return how bad differences are, shape (n_scales, n): their spread, and bias beyond what is asked."""
    bias = np.maximum(np.abs(differences.mean(axis=1)) - BIAS_WITHIN_MS, 0)
    return float(np.sum(differences.std(axis=1, ddof=1) + bias))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the root of LUDB")
    paths = [parser.parse_args().folder / "data" / str(number) for number in range(1, 101)]
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from made_ecg import Heart, usual_waves

    truth = np.array([median_intervals_ms([cardiologists(p, lead) for lead in LEADS])["qrs_ms"] for p in paths])
    scales = [
        beats_of(wfdb.rdrecord(str(p)).p_signal for p in paths),
        beats_of(wfdb.rdrecord(str(p), physical=False).d_signal / STORED_PER_MV for p in paths),
    ]
    widths_s, rng = np.repeat([0.07, 0.09, 0.12, 0.15], 3), np.random.default_rng(0)
    made = beats_of(
        Heart(waves=usual_waves(qrs_s=width), rate_per_min=rate).record(rng)[0]
        for width, rate in zip(widths_s.tolist(), itertools.cycle((50, 70, 90)), strict=False)
    )
    before = {name: getattr(fiducials, name) for name in SETTINGS}
    tried: dict[tuple[float, ...], Floats] = {}
    for values in itertools.product(*SETTINGS.values()):
        for name, value in zip(SETTINGS, values, strict=True):
            setattr(fiducials, name, value)
        if np.abs(qrs_ms(made) - 1000 * widths_s).max() <= MADE_WITHIN_MS:
            tried[values] = np.stack([qrs_ms(measured) - truth for measured in scales])
    taken = tuple(before.values())
    left_out = np.empty_like(next(iter(tried.values())))
    fold = np.random.default_rng(0).permutation(len(paths)) % FOLDS
    for k in range(FOLDS):
        best = min(tried, key=lambda values: worth(tried[values][:, fold != k]))
        left_out[:, fold == k] = tried[best][:, fold == k]
    print(f"{len(tried)} settings of {', '.join(SETTINGS)} keep made ECGs within {MADE_WITHIN_MS:g} ms.\n")
    print("| QRS, bias / SD in ms | headers' scale | as stored |")
    print("|---|---|---|")
    for name, d in ((f"taken {taken}", tried.get(taken)), ("chosen without the tenth that is measured", left_out)):
        cells = ["not among them"] * 2 if d is None else [f"{x.mean():.1f} / {x.std(ddof=1):.1f}" for x in d]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
