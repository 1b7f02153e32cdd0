"""A reader study as a plain script does it, with pandas and scikit-learn: point estimates and Wilson's interval.

No resampling, no patients with several ECGs, no means over readers, no reasons where nothing can be computed.
"""

from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.metrics import cohen_kappa_score, confusion_matrix, f1_score, precision_score, recall_score

Z = 1.959963984540054


def wilson(events: int, n: int) -> tuple[float, float]:
    """Give Wilson's interval of a proportion."""
    if n == 0:
        return np.nan, np.nan
    p, z2 = events / n, Z**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * np.sqrt(p * (1 - p) / n + z2 / (4 * n**2)) / (1 + z2 / n)
    return middle - half, middle + half


def of_reader(truth: np.ndarray, call: np.ndarray) -> dict[str, tuple[float, float, float]]:
    """Give a reader's numbers for one finding, each with its interval."""
    tn, fp, fn, tp = confusion_matrix(truth, call, labels=[0, 1]).ravel()
    found = {
        "sensitivity": (recall_score(truth, call, zero_division=np.nan), *wilson(tp, tp + fn)),
        "specificity": (recall_score(truth, call, pos_label=0, zero_division=np.nan), *wilson(tn, tn + fp)),
        "ppv": (precision_score(truth, call, zero_division=np.nan), *wilson(tp, tp + fp)),
        "npv": (precision_score(truth, call, pos_label=0, zero_division=np.nan), *wilson(tn, tn + fn)),
        "f1": (f1_score(truth, call, zero_division=np.nan), np.nan, np.nan),
    }
    return {name: (float(value), float(low), float(high)) for name, (value, low, high) in found.items()}


def of_pair(first: np.ndarray, second: np.ndarray) -> dict[str, float]:
    """Give the agreement of two readers about one finding."""
    both = confusion_matrix(first, second, labels=[0, 1])
    agree = np.trace(both) / both.sum()
    called = (first.mean() + second.mean()) / 2
    hard = 2 * called * (1 - called)
    return {
        "cohen_kappa": float(cohen_kappa_score(first, second)),
        "pabak": float(2 * agree - 1),
        "gwet_ac1": float((agree - hard) / (1 - hard)),
        "positive_agreement": float(2 * both[1, 1] / (2 * both[1, 1] + both[0, 1] + both[1, 0])),
        "negative_agreement": float(2 * both[0, 0] / (2 * both[0, 0] + both[0, 1] + both[1, 0])),
    }


def table(readings: pd.DataFrame, truth: pd.DataFrame, arm: str = "unaided") -> pd.DataFrame:
    """Give the numbers of all readers, pairs and findings of one arm, a row each.

    Parameters
    ----------
    readings : DataFrame
        Columns record_id, reader_id, finding, reading (1 or 0), arm.
    truth : DataFrame
        Columns record_id and one a finding.
    """
    own = readings[readings["arm"] == arm]
    # unstacked, not pivoted: the faster of the two, and the peer is to be as fast as plain pandas can be
    wide = own.set_index(["record_id", "finding", "reader_id"])["reading"].unstack(["finding", "reader_id"])  # noqa: PD010
    known = truth.set_index("record_id").loc[wide.index]
    rows = []
    for finding in known.columns:
        calls = {reader: wide[finding][reader].to_numpy() for reader in wide[finding].columns}
        reference = known[finding].to_numpy()
        for reader, call in calls.items():
            for metric, (value, low, high) in of_reader(reference, call).items():
                rows.append((metric, reader, "", finding, value, low, high))
        for (one, first), (other, second) in combinations(calls.items(), 2):
            for metric, value in of_pair(first, second).items():
                rows.append((metric, one, other, finding, value, np.nan, np.nan))
    columns = ["metric", "reader", "compared_with", "finding", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)
