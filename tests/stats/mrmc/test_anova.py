import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mrmc.anova import (
    Covariances,
    SumOfSquares,
    checked_design,
    design_of,
    mean_squares,
    reader_blocks,
)
from ecg_eval.stats.mrmc.study import StudyArrays, study_arrays

Columns = dict[str, np.ndarray]


def nested(study: Columns, within: str) -> Columns:
    return {**study, "case": [f"{w}/{c}" for w, c in zip(study[within], study["case"], strict=True)]}


def kept(study: Columns, keep: np.ndarray) -> Columns:
    return {name: column[keep] for name, column in study.items()}


def designs(study: Columns) -> dict[str, StudyArrays]:
    number = np.array([int(name[1]) for name in study["reader"]])
    aided = study["modality"] == "aided"
    thinned = {
        "crossed": study,
        "cases_nested_in_readers": nested(study, "reader"),
        "cases_nested_in_modalities": nested(study, "modality"),
        "readers_nested_in_modalities": kept(study, (number % 2 == 0) == aided),
        "split_plot": kept(study, number % 2 == study["case"] % 2),
    }
    return {name: study_arrays("f", **columns) for name, columns in thinned.items()}


def test_designs_are_recognised(study: Columns) -> None:
    for name, arrays in designs(study).items():
        assert design_of(arrays) == name
        assert checked_design("f", "auto", arrays) == name
        assert checked_design("f", name, arrays) == name


def test_missing_reads_leave_a_study_crossed(study: Columns) -> None:
    assert design_of(study_arrays("f", **kept(study, np.arange(400) % 7 > 0))) == "crossed"


def test_one_modality_can_be_crossed_or_nested(single: Columns) -> None:
    assert design_of(study_arrays("f", modality=None, **single)) == "crossed"
    assert design_of(study_arrays("f", modality=None, **nested(single, "reader"))) == "cases_nested_in_readers"


def test_design_asked_for_must_be_the_one_of_the_reads(study: Columns) -> None:
    arrays = designs(study)
    assert checked_design("f", "crossed", arrays["split_plot"]) == "crossed"
    with pytest.raises(ArgumentError, match="one of"):
        checked_design("f", "factorial", arrays["crossed"])
    with pytest.raises(ArgumentError, match=r"the reads show \(crossed\)"):
        checked_design("f", "split_plot", arrays["crossed"])
    with pytest.raises(ArgumentError, match="readers_nested"):
        checked_design("f", "crossed", arrays["readers_nested_in_modalities"])


def test_blocks_are_chains_of_common_cases(study: Columns) -> None:
    assert reader_blocks(designs(study)["split_plot"]).tolist() == [0, 1, 0, 1, 0]
    assert set(reader_blocks(designs(study)["crossed"])) == {0}


def test_mean_squares_on_paper() -> None:
    """Two modalities, three readers: means 2 and 4; readers 2, 3, 4; one interaction of +-1/2."""
    squares = mean_squares(np.array([[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]]), "crossed", np.zeros(3, dtype=int))
    assert squares.table["T"] == SumOfSquares(sum_of_squares=pytest.approx(6.0), df=1)
    assert squares.table["R"].mean_square == pytest.approx(2.0)
    assert squares.table["TR"].mean_square == pytest.approx(0.0)
    assert squares.multiplier == 3
    assert np.isnan(SumOfSquares(sum_of_squares=0.0, df=0).mean_square)


def test_parallel_arms_on_paper() -> None:
    """Readers 1, 3 in one arm and 5, 7, 9 in the other: MS(R(T)) = (2 + 8) / 3, multiplier 5 - 13/5."""
    values = np.array([[1.0, 3.0, np.nan, np.nan, np.nan], [np.nan, np.nan, 5.0, 7.0, 9.0]])
    squares = mean_squares(values, "readers_nested_in_modalities", np.zeros(5, dtype=int))
    assert squares.error.mean_square == pytest.approx(10 / 3)
    assert squares.table["T"].mean_square == pytest.approx(30.0)
    assert squares.multiplier == pytest.approx(2.4)
    assert "TR" not in squares.table


def test_split_plot_takes_the_blocks_out_of_the_error() -> None:
    values = np.array([[0.8, 0.9, 0.7, 0.6], [0.9, 0.8, 0.9, 0.9]])
    squares = mean_squares(values, "split_plot", np.array([0, 0, 1, 1]))
    d = values[1] - values[0]
    within = ((d[:2] - d[:2].mean()) ** 2).sum() / 2 + ((d[2:] - d[2:].mean()) ** 2).sum() / 2
    assert squares.error.sum_of_squares == pytest.approx(within)
    assert squares.error.df == 2
    assert squares.multiplier == 2
    assert squares.table["TR"].df == 3


def test_covariances_are_averaged_by_kind() -> None:
    modality, reader = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    matrix = np.arange(16.0).reshape(4, 4)
    matrix = matrix + matrix.T
    block = np.zeros(4, dtype=int)
    found = Covariances.averaged(matrix, modality, reader, "crossed", block)
    assert found.error_variance == pytest.approx(np.diag(matrix).mean())
    assert found.cov1 == pytest.approx((matrix[0, 2] + matrix[1, 3]) / 2)
    assert found.cov2 == pytest.approx((matrix[0, 1] + matrix[2, 3]) / 2)
    assert found.cov3 == pytest.approx((matrix[0, 3] + matrix[1, 2]) / 2)
    in_readers = Covariances.averaged(matrix, modality, reader, "cases_nested_in_readers", block)
    assert (in_readers.cov2, in_readers.cov3) == (0, 0)
    in_modalities = Covariances.averaged(matrix, modality, reader, "cases_nested_in_modalities", block)
    assert (in_modalities.cov1, in_modalities.cov3) == (0, 0)
    matrix[0, 3] = matrix[3, 0] = np.nan
    assert Covariances.averaged(matrix, modality, reader, "crossed", block).cov3 == pytest.approx(matrix[1, 2])
    matrix[1, 2] = matrix[2, 1] = np.nan
    assert np.isnan(Covariances.averaged(matrix, modality, reader, "crossed", block).cov3)
    apart = Covariances.averaged(matrix, modality, reader, "split_plot", reader)
    assert (apart.cov1, apart.cov2) == (found.cov1, 0)
