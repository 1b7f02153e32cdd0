"""What moved a network's answer: for each lead and each millimetre of paper, how many log odds came from it.

An attribution is about a network, not about a heart: it says where the numbers came from that made the answer. Whether
it says even that is tested (``pipeline/explanations.py``).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecg_eval.errors import ArgumentError

CELL_S = 0.04  # one millimetre at 25 mm/s

# columns of explanations.csv (docs/formats.md), one row a number
EXPLANATION_COLUMNS = (
    *("reader_id", "finding", "what", "at", "value", "low", "high", "n_records", "n_patients", "method", "reason"),
)
AREA, ABOVE_LARGEST, LIKENESS = "area", "area_above_largest", "likeness_shuffled"
FALL_MOST, FALL_RANDOM, FALL_LARGEST, LEAD_SHARE = "fall_most", "fall_random", "fall_largest", "lead_share"

# columns of attributions.parquet, one row a model, recording, finding and lead; `log_odds` lists the cells in time
ATTRIBUTION_COLUMNS = ("reader_id", "record_id", "finding", "lead", "log_odds")


@dataclass(frozen=True, kw_only=True, eq=False)
class Attribution:
    """Where one answer about one recording came from.

    Attributes
    ----------
    leads : tuple of str
    log_odds : ndarray of float, shape (n_leads, n_cells)
        What each cell of ``CELL_S`` added to the log odds of the finding, beside a tracing that is flat there; NaN
        where the network takes nothing from (a lead that it does not read, time outside its window).
    """

    leads: tuple[str, ...]
    log_odds: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Refuse numbers that do not fit the leads."""
        if self.log_odds.ndim != 2 or len(self.log_odds) != len(self.leads):
            rule = f"of shape ({len(self.leads)}, n_cells)"
            raise ArgumentError("Attribution", "log_odds", rule, self.log_odds.shape)

    @property
    def lead_shares(self) -> dict[str, float] | None:
        """Return the share of each lead in all that moved the answer, for and against, 0 to 1; None for nothing."""
        of_lead = np.nansum(np.abs(self.log_odds), axis=1)
        total = float(of_lead.sum())
        return None if total == 0 else dict(zip(self.leads, (of_lead / total).tolist(), strict=True))

    def strongest(self, share: float) -> NDArray[np.bool_]:
        """Return the cells that moved the answer most, so many that together they make a share of all that moved it.

        Parameters
        ----------
        share : float
            Of the sum of absolute log odds, 0 to 1.

        Returns
        -------
        ndarray of bool, shape (n_leads, n_cells)
        """
        size = np.nan_to_num(np.abs(self.log_odds)).ravel()
        order = np.argsort(-size, kind="stable")
        before = np.cumsum(size[order]) - size[order]
        chosen = np.zeros(size.size, dtype=bool)
        chosen[order] = (before < share * size.sum()) & (size[order] > 0)
        return chosen.reshape(self.log_odds.shape)


def cells_of(n_samples: int, sampling_rate_hz: float, *, start_s: float = 0.0) -> NDArray[np.int64]:
    """Return the cell in which each sample lies, shape (n_samples,), from 0.

    Parameters
    ----------
    n_samples : int
    sampling_rate_hz : float
    start_s : float
        When the first of them is, from the recording's start.
    """
    seconds = start_s + np.arange(n_samples) / sampling_rate_hz
    return np.floor(seconds / CELL_S + 1e-6).astype(np.int64)  # 0.12 s is the third boundary, rounded or not


def n_cells(duration_s: float) -> int:
    """Return how many cells a recording has, the last one perhaps cut short."""
    return int(np.ceil(duration_s / CELL_S - 1e-6))
