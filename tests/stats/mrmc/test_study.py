import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mrmc.study import study_arrays


def reads(**changes: object) -> dict[str, object]:
    given = {
        "reader": ["b", "b", "a", "a"],
        "modality": [1, 1, 1, 2],
        "case": [10, 20, 10, 10],
        "truth": [1, 0, 1, 1],
        "score": [0.5, 0.1, 0.9, 0.7],
    }
    return {**given, **changes}


def test_reads_find_their_cell() -> None:
    study = study_arrays("f", **reads())
    assert study.readers == ("a", "b")
    assert study.modalities == (1, 2)
    assert study.truth.tolist() == [True, False]
    np.testing.assert_array_equal(study.scores[0], [[0.9, np.nan], [0.5, 0.1]])
    np.testing.assert_array_equal(study.scores[1], [[0.7, np.nan], [np.nan, np.nan]])
    assert study.cells.shape == (4, 2)
    assert study.n_clusters == 2


def test_order_of_reads_does_not_matter() -> None:
    order = [2, 0, 3, 1]
    shuffled = {name: [column[i] for i in order] for name, column in reads().items()}
    np.testing.assert_array_equal(study_arrays("f", **shuffled).scores, study_arrays("f", **reads()).scores)


def test_missing_score_is_no_read_and_an_unread_case_is_gone() -> None:
    study = study_arrays("f", **reads(score=[0.5, np.nan, 0.9, 0.7]))
    assert study.truth.tolist() == [True]


def test_clusters_are_coded_and_shrink_with_their_cases() -> None:
    study = study_arrays("f", **reads(cluster=["p", "q", "p", "p"]))
    assert study.n_clusters == 2
    assert study.of_cases(study.truth).n_clusters == 1


def test_some_readers_or_modalities() -> None:
    study = study_arrays("f", **reads())
    assert study.of_readers(np.array([True, False])).truth.tolist() == [True]
    assert study.of_modalities((2,)).scores.tolist()[0][0] == [0.7]


def test_one_modality_needs_no_label() -> None:
    study = study_arrays("f", **reads(modality=None, reader=["b", "b", "a", "c"]))
    assert study.modalities == (None,)


def test_nothing_gives_an_empty_study() -> None:
    study = study_arrays("f", **{name: [] for name in reads()})
    assert study.scores.shape == (0, 0, 0)
    assert study.n_clusters == 0


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"score": [[0.5]]}, "score"),
        ({"score": ["high", "low", "high", "low"]}, "score"),
        ({"score": [0.5, np.inf, 0.9, 0.7]}, "score"),
        ({"reader": ["b", "a"]}, "reader"),
        ({"case": np.array([1, "x", None, 2.0], dtype=object)}, "case"),
        ({"case": [1.0, np.nan, 1.0, 1.0]}, "case"),
        ({"truth": [1, 0, 1]}, "truth"),
        ({"truth": [1, 2, 1, 1]}, "truth"),
        ({"truth": ["yes", "no", "yes", "yes"]}, "truth"),
        ({"truth": [1, 0, 0, 1]}, "truth"),
        ({"cluster": ["p", "q", "r", "p"]}, "cluster"),
        ({"case": [10, 10, 10, 10], "truth": [1, 1, 1, 1]}, "reads"),
    ],
)
def test_refuses_what_no_analysis_could_use(changes: dict[str, object], what: str) -> None:
    with pytest.raises(ArgumentError) as error:
        study_arrays("f", **reads(**changes))
    assert error.value.what == what
    assert error.value.who == "f"
