"""Who votes, and what each voter says without help."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.reading import ABSENT, PRESENT, UNAIDED, is_answered
from ecg_eval.errors import ConfigError, suggestion


def check_named(who: str, readers: Sequence[str], kinds: Sequence[str]) -> None:
    """Refuse voters who are named in two ways, or in none.

    Raises
    ------
    ConfigError
        Unless either `readers` or `kinds` is given.
    """
    if bool(readers) == bool(kinds):
        got = {"readers": list(readers), "kinds": list(kinds)}
        raise ConfigError(who, "voters", "named by either readers or kinds", got)


def voters_of(
    who: str, *, named: Sequence[str], kinds: Sequence[str], readers: pd.DataFrame, fewest: int = 2
) -> tuple[str, ...]:
    """Return the ids of those who vote: the readers named, or all of some kinds.

    Raises
    ------
    ConfigError
        When a voter is unknown, or fewer than `fewest` vote.
    """
    for reader in named:
        if reader not in readers.index:
            raise ConfigError(
                f"{who}.readers", "reader", "one of the study's", reader, suggestion(reader, readers.index)
            )
    voters = tuple(named) or tuple(readers.index[readers["kind"].isin(kinds)])
    if len(voters) < fewest:
        remedy = f"Kinds in this study: {', '.join(sorted(set(readers['kind'])))}."
        least = {2: "two", 3: "three"}.get(fewest, str(fewest))
        raise ConfigError(who, "voters", f"at least {least} readers", list(voters), remedy)
    return voters


def votes_of(
    voters: Sequence[str], *, readings: pd.DataFrame, records: pd.Index, findings: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """Return each voter's first unaided answers, index record, a column a finding: 1, 0, NaN.

    Uncertain and refer are no votes, nor is an answer given with an AI's output in view, whatever its arm is called.
    """
    unaided = readings[(readings["arm"] == UNAIDED) & ~_is_shown_ai(readings)]
    return {voter: _votes(voter, unaided, records, findings) for voter in voters}


def stacked(votes: Mapping[str, pd.DataFrame]) -> NDArray[np.float64]:
    """Return votes as an array, shape (n_records, n_findings, n_voters)."""
    return np.stack([v.to_numpy(dtype=np.float64) for v in votes.values()], axis=-1)


def left_out_sentence(voters: Sequence[str], readings: pd.DataFrame) -> str:
    """Say how many answers called unaided do not vote since an AI's output was in view; "" where none was."""
    mine = readings[readings["reader_id"].isin(voters) & (readings["arm"] == UNAIDED)]
    n_shown = int(_is_shown_ai(mine).sum())
    return f" {n_shown} of these readings, made with an AI's output in view, do not vote." if n_shown else ""


def _is_shown_ai(readings: pd.DataFrame) -> pd.Series:
    return readings["ai_reading"].notna() | readings["ai_score"].notna()


def _votes(voter: str, readings: pd.DataFrame, records: pd.Index, findings: Sequence[str]) -> pd.DataFrame:
    of_voter = readings[readings["reader_id"] == voter]
    first = (
        of_voter[is_answered(of_voter)].sort_values("period", kind="stable").drop_duplicates(["record_id", "finding"])
    )
    cast = first.assign(vote=first["reading"].map({PRESENT: 1.0, ABSENT: 0.0}))
    wide = cast.pivot_table(index="record_id", columns="finding", values="vote", observed=True)
    return wide.reindex(index=records, columns=list(findings)).astype(float)
