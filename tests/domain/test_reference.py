"""Truth is 1, 0 or unknown; a voter is judged by the others."""

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.reference import ReferenceStandard, majority
from ecg_eval.errors import ReadingsError

IDS = pd.Index(["1", "2", "3"], name="record_id")


def votes(*values: float) -> pd.DataFrame:
    return pd.DataFrame({"AF": values}, index=IDS)


def test_only_one_zero_and_unknown() -> None:
    with pytest.raises(ReadingsError, match="AF of record 2"):
        ReferenceStandard(table=votes(1, 0.5, 0), method="m")


def test_majority_leaves_ties_open() -> None:
    assert np.array_equal(majority(np.array([[1.0, 0.0], [1.0, 1.0]])), [np.nan, 1.0], equal_nan=True)


def test_a_voter_is_judged_by_the_others() -> None:
    own = {"a": votes(1, 1, 0), "b": votes(1, 0, 0), "c": votes(0, 0, np.nan)}
    reference = ReferenceStandard(table=votes(1, 0, 0), method="majority", formed_by=("a", "b", "c"), votes=own)
    assert reference.truth("AF").tolist() == [1, 0, 0]
    assert np.array_equal(reference.truth("AF", judged=("a",)), [np.nan, 0.0, 0.0], equal_nan=True)
    assert reference.truth("AF", judged=("outsider",)).tolist() == [1, 0, 0]
    assert np.isnan(reference.truth("AF", judged=("a", "b", "c"))).all()
    assert reference.is_independent_of("a")


def test_readers_who_formed_an_opaque_reference_are_not_independent() -> None:
    reference = ReferenceStandard(table=votes(1, 0, 0), method="m", formed_by=("a",))
    assert not reference.is_independent_of("a")
    assert reference.is_independent_of("b")
    assert reference.exists
    assert not ReferenceStandard(table=votes(np.nan, np.nan, np.nan), method="none").exists
