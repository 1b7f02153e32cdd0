"""Which ECGs of an archive may be drawn, and for each of the others the first reason why it may not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.lineage import dependence
from ecg_eval.pipeline.cases.source import QUALITY, Source
from ecg_eval.pipeline.progress import Progress
from ecg_eval.pipeline.study.screen import policy_of, screen
from ecg_eval.planning.cases.case_words import LeftOut

Bools = NDArray[np.bool_]
_LEARNT = ("same_folds", "same_archive", "relative")


@dataclass(frozen=True, eq=False)
class Eligible:
    """What may be drawn.

    Attributes
    ----------
    records : DataFrame
        As ``Dataset.records`` gives them; with `quality` ("good" or "flagged") where signals were looked at.
    left_out : tuple of LeftOut
        In the order in which reasons were looked at; each ECG is counted once.
    learnt : tuple of LeftOut
        ECGs that a model learnt from and that may be drawn all the same, since that was allowed.
    """

    records: pd.DataFrame
    left_out: tuple[LeftOut, ...]
    learnt: tuple[LeftOut, ...] = ()


def eligible(
    source: Source,
    records: pd.DataFrame,
    *,
    allow_learnt: bool,
    signals_later: bool,
    look_at_signals: bool,
    progress: Progress,
) -> Eligible:
    """Return the ECGs that may be drawn.

    Parameters
    ----------
    source : Source
    records : DataFrame
    allow_learnt : bool
        Whether ECGs that a model learnt from may be drawn; they are counted then.
    signals_later : bool
        Whether ECGs without a signal file may be drawn.
    look_at_signals : bool
        Whether every signal is read, and those left out that a run would leave out.
    progress : callable
    """
    open_ = np.ones(len(records), dtype=bool)
    left_out: list[LeftOut] = []
    allowed: list[tuple[str, str, Bools]] = []
    for reason, detail, inside in _reasons(source, records, signals_later=signals_later):
        if reason.startswith("learnt") and allow_learnt:
            allowed.append((reason, detail, inside))
            continue
        left_out.append(LeftOut(reason, detail, int((open_ & inside).sum())))
        open_ &= ~inside
    there = records[open_]
    learnt = [LeftOut(reason, detail, int((open_ & inside).sum())) for reason, detail, inside in allowed]
    if look_at_signals:
        there, unreadable = _screened(source, there, progress)
        left_out.append(LeftOut("quality", "", unreadable))
    return Eligible(there, *(tuple(x for x in counts if x.n_ecgs) for counts in (left_out, learnt)))


def _reasons(source: Source, records: pd.DataFrame, *, signals_later: bool) -> Iterator[tuple[str, str, Bools]]:
    """Yield each reason, what it is about, and the ECGs that it bars."""
    fold = records["fold"] if "fold" in records else pd.Series(pd.NA, index=records.index, dtype="Int64")
    split = source.split
    if split.test:
        yield "other_fold", ", ".join(map(str, split.test)), ~_among(fold, split.test)
    teaching = (*split.train, *split.threshold)
    learnt = [("learnt_here", "", _among(fold, teaching))] if teaching and source.learnt else []
    learnt += [("learnt", model, x) for model, x in learnt_from(source.dataset, fold, source.learnt).items()]
    stated = {archive: archive for archive in source.trained_on}
    learnt += [("learnt_stated", archive, x) for archive, x in learnt_from(source.dataset, fold, stated).items()]
    for reason, model, inside in learnt:
        if inside.any():
            patients = set(records["patient_id"][inside])
            yield reason, model, inside
            yield "learnt_patient", model, records["patient_id"].isin(patients).to_numpy() & ~inside
    has_signal = records["has_signal"].to_numpy(dtype=bool)
    if has_signal.any() and not signals_later:  # of a dataset of readings alone, none has
        yield "no_signal", "", ~has_signal


def learnt_from(dataset: Dataset, fold: pd.Series, learnt: Mapping[str, str]) -> dict[str, Bools]:
    """Return which ECGs each model learnt from; an archive without folds stated bars all of its ECGs."""
    related = dataset.related()
    made = {}
    for model, archives in learnt.items():
        folds = [[], *([int(f)] for f in fold.dropna().unique())]
        kinds = {
            (f[0] if f else None): dependence(archives, dataset=dataset.name, related=related, folds_read=f).kind
            for f in folds
        }
        made[model] = np.array([kinds[None if pd.isna(f) else int(f)] in _LEARNT for f in fold], dtype=bool)
    return made


def _among(fold: pd.Series, folds: tuple[int, ...]) -> Bools:
    return fold.isin(folds).fillna(False).to_numpy(dtype=bool)


def _screened(source: Source, records: pd.DataFrame, progress: Progress) -> tuple[pd.DataFrame, int]:
    looked_at = screen(source.dataset, list(records.index), progress, policy_of(source.quality))
    usable = records.loc[looked_at.usable].copy()
    flags = looked_at.quality.loc[looked_at.quality["action"] == "flag", "record_id"]
    usable[QUALITY] = pd.Series(np.where(usable.index.isin(flags), "flagged", "good"), index=usable.index)
    return usable, len(records) - len(usable)
