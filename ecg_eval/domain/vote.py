"""The consensus of several readers as a reader of its own: what most of them say of an ECG."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ecg_eval.domain.reading import ABSENT, HUMAN_KINDS, PRESENT, is_answered, joined, readers_table, readings_table
from ecg_eval.domain.study import AnswerPolicy
from ecg_eval.errors import ArgumentError

FEWEST = 2  # readers who must have answered, for there to be a majority
_NAME, _ABOUT = "vote of ", "majority of "


def is_vote(readers: pd.DataFrame, reader: str) -> bool:
    """Whether a reader is the majority of others, whose word is counted already."""
    return reader.startswith(_NAME) and str(readers.loc[reader, "description"]).startswith(_ABOUT)


def with_votes(
    readings: pd.DataFrame, readers: pd.DataFrame, kinds: Sequence[str], answers: AnswerPolicy
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return readings and readers with one more reader for each kind: "vote of gp".

    Parameters
    ----------
    readings, readers : DataFrame
        As ``domain.reading`` makes them.
    kinds : sequence of str
        Kinds of people whose votes are counted.
    answers : AnswerPolicy
        What uncertain and refer count as in the vote.

    Returns
    -------
    tuple of DataFrame
        A vote is present, or absent, where more than half of two answers or more say so, in each arm, of first
        readings; a tie is no answer, and how many there are is said in the description of the reader.

    Raises
    ------
    ArgumentError
        For a kind without two readers, and a reader who is called like a vote already.
    """
    for kind in kinds:
        voters = readers.index[(readers["kind"] == kind).to_numpy()]
        if kind not in HUMAN_KINDS or len(voters) < FEWEST:
            raise ArgumentError("vote", "kind", "one of people, with two readers at least", kind)
        name = f"{_NAME}{kind}"
        if name in readers.index:
            raise ArgumentError("vote", "reader_id", "free", name, "Rename the reader of that name.")
        made, ties = _vote(readings[readings["reader_id"].isin(voters).to_numpy()], name, answers)
        about = f"{_ABOUT}{len(voters)} readers; {ties} ties are no answer"
        row = pd.DataFrame([{"reader_id": name, "kind": "panel", "n_people": len(voters), "description": about}])
        readers = pd.concat([readers, readers_table(row)])
        readings = joined([readings, made])
    return readings, readers


def _vote(readings: pd.DataFrame, name: str, answers: AnswerPolicy) -> tuple[pd.DataFrame, int]:
    """Return the readings of a vote, and how many ties there were."""
    key = ["record_id", "finding", "arm"]
    first = readings[is_answered(readings)].sort_values("period", kind="stable").drop_duplicates([*key, "reader_id"])
    calls = first["reading"].astype(object).map(answers.numbers()).astype(float)
    counted = first[key].astype(str).assign(call=calls).dropna(subset="call")
    shares = counted.groupby(key, sort=False)["call"].agg(["mean", "size"]).reset_index()
    shares = shares[shares["size"] >= FEWEST]
    tied = shares["mean"] == 0.5
    clear = shares[~tied]
    answer = np.where(clear["mean"] > 0.5, PRESENT, ABSENT)
    return readings_table(clear[key].assign(reader_id=name, reading=answer), who="vote"), int(tied.sum())
