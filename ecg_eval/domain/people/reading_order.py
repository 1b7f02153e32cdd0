"""The order in which people read: in which sitting, and at which place in it, each ECG was read.

A sitting is the session where the readings say one (column `session`), else the period.
"""

from dataclasses import dataclass

import numpy as np

from ecg_eval.domain.design import first_of
from ecg_eval.domain.study import Floats, ReaderStudy


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadingOrder:
    """Where each first reading of an ECG stands, arrays (n_reader_arms, n_records), NaN where unread.

    Attributes
    ----------
    sitting : ndarray
        0 in the reader's first sitting, 1 in the last, the others evenly between; 0 where there is one.
    place : ndarray
        0 at the first ECG of a sitting, 1 at the last; NaN also where no order is known, or where the sitting has one.
    before : ndarray
        How many ECGs the reader had read in the study, over all arms; NaN also where no order is known.
    n_sittings : dict of str to int
        By reader.
    """

    sitting: Floats
    place: Floats
    before: Floats
    n_sittings: dict[str, int]


def reading_order(study: ReaderStudy) -> ReadingOrder:
    """Return the order of reading of a study, worked out once."""
    return study.once(("reading_order",), lambda: _order(study))


def _order(study: ReaderStudy) -> ReadingOrder:
    period, session, position = (first_of(study, column) for column in ("period", "session", "position"))
    sitting, place, before = (np.full(period.shape, np.nan) for _ in range(3))
    counts: dict[str, int] = {}
    for reader in dict.fromkeys(reader for reader, _ in study.reader_arms):
        arms = np.array([i for i, (name, _) in enumerate(study.reader_arms) if name == reader])
        at = tuple(x.ravel() for x in np.nonzero(~np.isnan(period[arms])))
        rows, columns = arms[at[0]], at[1]
        times = np.column_stack([period[rows, columns], np.nan_to_num(session[rows, columns])])
        number = np.unique(times, axis=0, return_inverse=True)[1].reshape(-1)
        counts[reader] = int(number.max(initial=-1)) + 1
        sitting[rows, columns] = number / max(counts[reader] - 1, 1)
        done = 0
        for s in range(counts[reader]):
            inside = number == s
            here = rows[inside], columns[inside]
            if np.isnan(position[here]).any():
                continue
            places, rank = np.unique(position[here], return_inverse=True)
            before[here] = done + rank.reshape(-1)
            done += len(places)
            if len(places) > 1:
                place[here] = rank.reshape(-1) / (len(places) - 1)
    return ReadingOrder(sitting=sitting, place=place, before=before, n_sittings=counts)
