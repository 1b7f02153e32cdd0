"""Blinded ids replaced by what the schedule's key says of them: which ECG, whose reading, arm, period and position."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ecg_eval.domain.columns import text_column
from ecg_eval.domain.joins import join
from ecg_eval.errors import EcgEvalError, InputFileError, ReadingsError
from ecg_eval.tables.long_form import places

BLINDED = "blinded_id"
KEY_SAYS = ("record_id", "reader_id", "arm", "period", "position")
_NAMED = 10


def is_key(columns: Sequence[str]) -> bool:
    """Whether a table is the key of a schedule, by its columns."""
    return {BLINDED, *KEY_SAYS} <= set(columns)


def unblinded(raw: pd.DataFrame, key: pd.DataFrame, *, who: str) -> tuple[pd.DataFrame, list[EcgEvalError]]:
    """Return answers under the ids of their recordings, and what is wrong with them.

    Parameters
    ----------
    raw : DataFrame
        Answers in long form; `record_id` holds blinded ids.
    key : DataFrame
        The key of a schedule, as text.
    who : str
        The key, for messages.

    Raises
    ------
    InputFileError
        When it is no key, or gives an id twice.
    """
    if not is_key([str(c) for c in key.columns]):
        rule = f"the key of a schedule, with {BLINDED}, {', '.join(KEY_SAYS)}"
        raise InputFileError(who, "key", rule, [str(c) for c in key.columns])
    codes = text_column(key[BLINDED])
    if codes.isna().any() or codes.duplicated().any():
        twice = sorted(set(codes[codes.duplicated()].dropna()))[:_NAMED] or ["a blank id"]
        raise InputFileError(who, BLINDED, "given once a reading", twice)
    ids = text_column(raw["record_id"])
    row = pd.Index(codes.astype(str)).get_indexer(pd.Index(ids.astype(object).fillna("")))
    problems = _unknown(raw, ids, codes, row, who)
    there = raw[row >= 0].reset_index(drop=True)
    row = row[row >= 0]
    typed = text_column(there["reader_id"]) if "reader_id" in there else None
    for column in KEY_SAYS:
        there[column] = text_column(key[column]).iloc[row].to_numpy()
    if typed is not None:
        problems += _other_readers(there, typed, pd.Index(text_column(key["reader_id"]).dropna().unique()))
    return there, problems


def _unknown(
    raw: pd.DataFrame, ids: pd.Series, codes: pd.Series, row: "np.ndarray[tuple[int], np.dtype[np.intp]]", who: str
) -> list[EcgEvalError]:
    """Return the ids that the key does not have, in one line."""
    if (row >= 0).all():
        return []
    match = join(sorted(set(ids[row < 0].dropna().astype(str))), list(codes.astype(str)))
    got = list(match.unmatched[:_NAMED]) or "a blank id"
    rule = f"blinded ids of {who}"
    return [ReadingsError(places(raw, row < 0), BLINDED, rule, got, match.remedy(list(codes.astype(str))))]


def _other_readers(there: pd.DataFrame, typed: pd.Series, readers: pd.Index) -> list[EcgEvalError]:
    """Return readings that somebody else gave than the key says: a sheet or a form that was mistaken for one's own.

    A name that is no reader of the key's (an account of a program) says nothing against it.
    """
    is_reader = typed.isin(readers).to_numpy(dtype=bool)
    wrong = is_reader & (typed.astype(object).to_numpy() != there["reader_id"].astype(object).to_numpy())
    if not wrong.any():
        return []
    pairs = sorted(set(zip(typed[wrong].astype(str), there.loc[wrong, "reader_id"].astype(str), strict=True)))
    got = [f"{gave}, in place of {planned}" for gave, planned in pairs[:_NAMED]]
    rule = "the reader to whom the key gives the reading"
    remedy = "Say in the schedule and its key who read it, or take the answers out."
    return [ReadingsError(places(there, wrong), "reader_id", rule, got, remedy)]
