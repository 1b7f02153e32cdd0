"""Agreement on sets against arithmetic on paper, and as Krippendorff's alpha of the sets."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.krippendorff import krippendorff_alpha
from ecg_eval.stats.agreement.set_agreement import set_agreement
from ecg_eval.stats.estimate import is_defined

NAN = np.nan
FIRST = [[1, 1, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 0]]
SECOND = [[1, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 1, 1]]
READINGS = np.stack([FIRST, SECOND], axis=1)


@pytest.mark.parametrize(
    ("similarity", "by_case"),
    [
        ("jaccard", [1, 1, 1 / 2, 0, 1 / 3]),
        ("dice", [1, 1, 2 / 3, 0, 1 / 2]),
        ("masi", [1, 1, 1 / 2 * 2 / 3, 0, 1 / 3 * 1 / 3]),  # Passonneau 2006
        ("exact", [1, 1, 0, 0, 0]),
    ],
)
def test_on_paper(similarity: str, by_case: list[float]) -> None:
    found = set_agreement(readings=READINGS, similarity=similarity)
    assert found.by_case.tolist() == pytest.approx(by_case)
    assert found.similarity.value == pytest.approx(np.mean(by_case))
    assert found.similarity.n_positive == 2
    assert found.similarity.low < found.similarity.value < found.similarity.high


def test_exact_alpha_is_nominal_alpha_of_the_sets() -> None:
    names = np.array([["".join(map(str, x)), "".join(map(str, y))] for x, y in zip(FIRST, SECOND, strict=True)])
    found = set_agreement(readings=READINGS, similarity="exact").alpha
    expected = krippendorff_alpha(ratings=names, interval="wald")
    assert found.value == pytest.approx(expected.value)
    assert found.standard_error == pytest.approx(expected.standard_error)


def test_what_findings_imply_is_shared() -> None:
    # findings: LBBB, RBBB, conduction disorder; the first two are kinds of the third
    ancestors = [[0, 0, 1], [0, 0, 1], [0, 0, 0]]
    readings = [[[1, 0, 0], [0, 1, 0]], [[0, 0, 1], [1, 0, 0]]]
    assert set_agreement(readings=readings).by_case.tolist() == [0, 0]
    found = set_agreement(readings=readings, ancestors=ancestors)
    assert found.by_case.tolist() == pytest.approx([1 / 3, 1 / 2])


def test_importance_weighs_findings() -> None:
    found = set_agreement(readings=[[[1, 1], [1, 0]]], importance=[3, 1])
    assert found.by_case.tolist() == pytest.approx([0.75])


def test_a_reading_with_a_hole_is_missing() -> None:
    readings = np.stack([FIRST, SECOND, SECOND], axis=1).astype(float)
    readings[0, 0, 2] = NAN
    readings[1, 1:] = NAN
    found = set_agreement(readings=readings, ancestors=np.eye(4))
    assert found.by_case[0] == 1
    assert np.isnan(found.by_case[1])
    assert found.similarity.n == 4
    assert found.by_case[2] == pytest.approx((0.5 + 0.5 + 1) / 3)


def test_the_order_of_findings_readers_and_cases_does_not_matter() -> None:
    cube = np.stack([FIRST, SECOND, FIRST[::-1]], axis=1)
    one = set_agreement(readings=cube, similarity="masi")
    other = set_agreement(readings=cube[::-1, ::-1][:, :, [2, 0, 3, 1]], similarity="masi")
    assert other.similarity.value == pytest.approx(one.similarity.value)
    assert other.alpha.value == pytest.approx(one.alpha.value)


def test_degenerate_data_have_reasons() -> None:
    empty = set_agreement(readings=np.full((3, 2, 2), NAN))
    assert not is_defined(empty.similarity)
    assert not is_defined(empty.alpha)
    same = set_agreement(readings=[FIRST[:1] * 2] * 9, cluster=np.arange(9) // 3)
    assert same.similarity.value == 1
    assert same.similarity.low < 0.7
    assert not is_defined(same.alpha)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"readings": [[1, 0]]}, "n_readers"),
        ({"similarity": "jacard"}, "Did you mean 'jaccard'"),
        ({"ancestors": [[1]]}, "ancestors"),
        ({"importance": [1, 1, 0, 1]}, "above 0"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused(options: dict[str, object], what: str) -> None:
    with pytest.raises(ArgumentError, match=what):
        set_agreement(**({"readings": READINGS} | options))
