"""Fit what tells exchanged electrodes, and write it to ecg_eval/signals/electrode_reversal.csv.

Run: python scripts/fit_electrode_reversal.py [--ptb-xl ../shared/data/ptb-xl] [--ludb ../shared/data/ludb]

Learnt from LUDB and from the even ids of PTB-XL 1-500 whose patients have no odd one, as they are and with every
exchange made by computation; the odd ids are left for scripts/measure_quality_gate.py.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ecg_eval.datasets.ludb import Ludb
from ecg_eval.datasets.ptb_xl import PtbXl
from ecg_eval.domain.recording import Recording
from ecg_eval.signals._quality_beats import INDEPENDENT_LEADS, beats_of
from ecg_eval.signals._quality_samples import traces_of
from ecg_eval.signals.electrode_reversal import (
    PRIOR,
    WAVES,
    Model,
    Moments,
    evidence,
    exchanges,
    wave_moments,
)
from ecg_eval.signals.quality_kinds import Limits

Floats = NDArray[np.float64]

OUT = Path("ecg_eval/signals/electrode_reversal.csv")
_RIDGE, _RIDGE_OF_MEANS = 0.03, 0.1  # of the mean variance: as little as keeps rare shapes from weighing too much


def development_records(ptb_xl: Path, ludb: Path) -> Iterator[Recording]:
    """Give the records that limits and models were chosen on."""
    archive = PtbXl(ptb_xl)
    records = archive.records()
    records = records[records["has_signal"]]
    odd = records.index.astype(int) % 2 == 1
    apart = ~records["patient_id"].isin(set(records.loc[odd, "patient_id"]))
    for record_id in records.index[~odd & apart]:
        yield archive.load(str(record_id))
    yield from ludb_in_millivolts(ludb)


def ludb_in_millivolts(root: Path) -> Iterator[Recording]:
    """Give LUDB's records with the gain that their leads have in common."""
    archive = Ludb(root, scale="stored")
    records = archive.records()
    for record_id in records.index[records["has_signal"]]:
        yield replace(archive.load(str(record_id)), record_id=f"ludb-{record_id}")


def moments_of(recordings: Iterator[Recording]) -> Moments:
    """Return the moments of every recording that has them."""
    found = []
    for r in recordings:
        traces = traces_of(r.signal, r.leads, r.sampling_rate_hz, in_mv=True, limits=Limits())
        view = beats_of(traces)
        moments = None if view is None else wave_moments(view)
        if moments is not None:
            found.append(moments)
    return Moments(products=np.stack([m.products for m in found]), means=np.stack([m.means for m in found]))


def fit(moments: Moments) -> Model:
    """Return the model of correct recordings, and the weights under which exchanges made by computation are told."""
    size = np.trace(moments.products, axis1=-2, axis2=-1)
    products = (moments.products / size[..., None, None]).mean(axis=0)
    means = moments.means / np.sqrt(size)[..., None]
    spread = np.stack([np.cov(means[:, w].T) for w in range(len(WAVES))])
    model = Model(
        products=np.linalg.inv(products + _RIDGE * np.eye(8) / 8),
        mean=means.mean(axis=0),
        means=np.stack([np.linalg.inv(c + _RIDGE_OF_MEANS * np.trace(c) / 8 * np.eye(8)) for c in spread]),
        weights=np.ones(5),
    )
    changes = [np.eye(8), *exchanges().values()]
    found = np.stack([evidence(changed(moments, change), model) for change in changes])  # true, record, named, term
    prior = np.log([1 - PRIOR, *[PRIOR / (len(changes) - 1)] * (len(changes) - 1)])
    share = np.array([0.5, *[0.5 / (len(changes) - 1)] * (len(changes) - 1)])

    def loss(weights: Floats) -> float:
        scores = found @ weights + prior
        top = scores.max(axis=2)
        log_sum = top + np.log(np.exp(scores - top[..., None]).sum(axis=2))
        told = np.einsum("dnd->dn", scores) - log_sum
        return float(-(share * told.mean(axis=1)).sum() + 1e-4 * np.sum(weights**2))

    weights = minimize(loss, np.full(5, 5.0), method="L-BFGS-B").x
    return Model(products=model.products, mean=model.mean, means=model.means, weights=np.asarray(weights))


def changed(moments: Moments, change: Floats) -> Moments:
    """Return the moments of the same beats with electrodes exchanged."""
    return Moments(products=change @ moments.products @ change.T, means=moments.means @ change.T)


def write(model: Model, path: Path) -> None:
    """Write a model: by wave 8 rows of products, 8 of means, 1 mean; then the weights."""
    lines = ["row," + ",".join(INDEPENDENT_LEADS)]
    for w, wave in enumerate(WAVES):
        lines += [_line(f"{wave} products", row) for row in model.products[w]]
        lines += [_line(f"{wave} means", row) for row in model.means[w]]
        lines.append(_line(f"{wave} mean", model.mean[w]))
    lines.append(_line("weights", np.pad(model.weights, (0, 3))))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(name: str, values: Floats) -> str:
    return ",".join([name, *(f"{v:.4g}" for v in values)])


def main() -> None:
    """Fit, write, and say what was learnt from."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ptb-xl", type=Path, default=Path("../shared/data/ptb-xl"))
    parser.add_argument("--ludb", type=Path, default=Path("../shared/data/ludb"))
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    moments = moments_of(development_records(given.ptb_xl, given.ludb))
    model = fit(moments)
    write(model, given.out)
    print(f"learnt from {len(moments.means)} recordings; weights {np.round(model.weights, 2)}")


if __name__ == "__main__":
    main()
