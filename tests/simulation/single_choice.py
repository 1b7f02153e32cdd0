"""Single choices: means over readers of the right classes, and of the agreement of pairs.

Each reader knows an ECG's class with a chance that depends on the reader and on the ECG, which is hard for all alike;
who does not know it guesses, with a liking of his or her own. What is asked is the whole way: readings become a study,
the metric makes its rows, and the group's row is looked at. The truth is that of many other such readers and ECGs. The
aim is 0.9 in each row, whose own error is 0.015: over all rows the rates must lie about 0.95.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.evaluation import single_rows
from ecg_eval.domain.reading import readers_table, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.metrics.class_accuracy import ClassAccuracy
from ecg_eval.metrics.class_kappa import ClassKappa
from ecg_eval.stats.agreement.pair_mean import pair_mean_kappa
from simulation import Rows

Codes = NDArray[np.intp]
CLASSES = ("AF", "LBBB", "RBBB")
SETTINGS = {"even, middling": ((0.4, 0.35, 0.25), 0.5), "uneven, high": ((0.8, 0.15, 0.05), 2.2)}
READERS = (4, 7)
N_ECGS, STUDIES, SEED = 60, 250, 9_000
SKILL_SPREAD, HARDNESS, LIKING = 0.6, 1.0, 2.0


def draw(shares: Sequence[float], skill: float, size: tuple[int, int], rng: np.random.Generator) -> tuple[Codes, Codes]:
    """Give the true classes (n_ecgs,) and those chosen (n_ecgs, n_readers)."""
    n_ecgs, n_readers = size
    truth = rng.choice(len(shares), n_ecgs, p=shares)
    ability = rng.normal(skill, SKILL_SPREAD, n_readers) - rng.normal(0, HARDNESS, n_ecgs)[:, None]
    likings = rng.dirichlet(np.full(len(shares), LIKING), n_readers)
    guess = np.column_stack([rng.choice(len(shares), n_ecgs, p=liking) for liking in likings])
    return truth, np.where(rng.random((n_ecgs, n_readers)) < expit(ability), truth[:, None], guess)


def study_of(truth: Codes, chosen: Codes) -> ReaderStudy:
    """Give the choices as a study of readings."""
    n_ecgs, n_readers = chosen.shape
    ids = [f"e{i:03d}" for i in range(n_ecgs)]
    readers = [f"gp{i}" for i in range(n_readers)]
    record, reader, place = (
        index.ravel() for index in np.meshgrid(np.arange(n_ecgs), np.arange(n_readers), np.arange(3), indexing="ij")
    )
    said = np.where(chosen[record, reader] == place, "present", "absent")
    readings = pd.DataFrame(
        {
            "record_id": np.array(ids)[record],
            "reader_id": np.array(readers)[reader],
            "finding": np.array(CLASSES)[place],
            "reading": said,
        }
    )
    index = pd.Index(ids, name="record_id", dtype="string")
    table = pd.DataFrame(np.eye(3)[truth], index=index, columns=list(CLASSES))
    return ReaderStudy(
        records=pd.DataFrame({"patient_id": ids}, index=index),
        readers=readers_table(pd.DataFrame({"reader_id": readers, "kind": "gp"})),
        readings=readings_table(readings),
        reference=ReferenceStandard(table=table, method="Simulated truth."),
        findings=CLASSES,
    )


def means_over_readers() -> Rows:
    rows: list[dict[str, object]] = []
    metrics: dict[str, Metric] = {"class_accuracy": ClassAccuracy(), "class_kappa": ClassKappa()}
    for setting, (shares, skill) in SETTINGS.items():
        rng = np.random.default_rng([SEED, int(10 * skill)])
        crowds = [draw(shares, skill, (1_000, 800), rng) for _ in range(5)]
        groups = [draw(shares, skill, (1_500, 60), rng)[1] for _ in range(10)]
        of_all = {
            "class_accuracy": float(np.mean([(truth[:, None] == chosen).mean() for truth, chosen in crowds])),
            "class_kappa": float(np.mean([pair_mean_kappa(ratings=chosen).value for chosen in groups])),
        }
        for n_readers in READERS:
            bounds: dict[str, list[tuple[float, float]]] = {name: [] for name in metrics}
            for _ in range(STUDIES):
                made = study_of(*draw(shares, skill, (N_ECGS, n_readers), rng))
                for name, metric in metrics.items():
                    (row,) = [r for r in single_rows(metric.rows(made, level=0.95)) if r.is_group]
                    if row.estimate.low is not None and row.estimate.high is not None:
                        bounds[name].append((row.estimate.low, row.estimate.high))
            rows += [
                {
                    "mean of": name,
                    "classes, ability": setting,
                    "readers": str(n_readers),
                    "truth": of_all[name],
                    "coverage": sum(low <= of_all[name] <= high for low, high in pairs) / STUDIES,
                    "width": float(np.mean([high - low for low, high in pairs])),
                    "limits": (0.9, 1.0),
                }
                for name, pairs in bounds.items()
            ]
    return f"Single choice of three classes, means over all such readers, {N_ECGS} ECGs, {STUDIES} studies each", rows


SCENARIOS = (means_over_readers,)
