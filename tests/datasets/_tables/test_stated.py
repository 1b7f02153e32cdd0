"""From statements to truth: present, absent, and what is left open."""

import numpy as np
import pandas as pd
import pytest

from ecg_eval.datasets._tables.stated import Stated, truth_table
from ecg_eval.errors import UnknownNameError

SPOKEN = frozenset(("MI", "ACUTE_MI", "IMI", "AMI", "BBB", "LBBB", "RBBB", "AF"))


def truth(code: str, *present: str, unknown: tuple[str, ...] = ()) -> float:
    """Return the truth of a code where these are stated."""
    said = [Stated(frozenset(present), frozenset(unknown))]
    return float(truth_table([code], said, pd.Index(["r"]), spoken=SPOKEN, who="here")[code].iloc[0])


@pytest.mark.parametrize(
    ("code", "present", "expected"),
    [
        ("MI", ("IMI",), 1),  # a narrower one is stated
        ("IMI", ("MI",), np.nan),  # an infarction has some wall
        ("IMI", ("ACUTE_MI",), np.nan),
        ("IMI", ("MI", "AMI"), 0),  # the wall is said
        ("IMI", ("ACUTE_MI", "AMI"), 0),
        ("IMI", ("ACUTE_MI", "MI"), np.nan),
        ("ACUTE_MI", ("AMI",), 0),  # as with everything that is not stated
        ("LBBB", ("BBB",), np.nan),
        ("LBBB", ("BBB", "RBBB"), 0),
        ("BBB", ("RBBB",), 1),
        ("MI", ("BBB",), 0),
        ("AF", (), 0),
    ],
)
def test_a_broader_finding_alone_leaves_the_narrower_ones_open(
    code: str, present: tuple[str, ...], expected: float
) -> None:
    np.testing.assert_equal(truth(code, *present), expected)


def test_what_the_archive_leaves_open_and_what_it_does_not_know() -> None:
    assert np.isnan(truth("MI", unknown=("AMI",)))
    assert truth("MI", "IMI", unknown=("AMI",)) == 1
    table = truth_table(["AF"], [None, Stated()], pd.Index(["a", "b"]), spoken=SPOKEN, who="here")
    np.testing.assert_array_equal(table["AF"], [np.nan, 0])


def test_a_finding_that_nobody_speaks_of() -> None:
    with pytest.raises(UnknownNameError, match="here: finding must be one that this archive's labels speak of"):
        truth("LNGQT")
