"""Numbers written as text are read as the doubles nearest to them, and written numbers read back the same."""

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.decimals import numbers_of
from ecg_eval.domain.evaluation import Evaluation, Row
from ecg_eval.domain.reading import readings_table
from ecg_eval.errors import RunFolderError
from ecg_eval.stats.estimate import Estimate


@pytest.fixture(scope="module")
def numbers() -> np.ndarray:
    """Return numbers that pandas' fast parser reads wrong, a third of them, and how they are usually written."""
    rng = np.random.default_rng(6)
    drawn = np.concatenate([rng.random(3000), np.round(rng.random(1000), 4), 10 ** rng.uniform(-30, 30, 1000)])
    assert (pd.to_numeric(pd.Series(_texts(drawn))).to_numpy() != drawn).sum() > 500
    return drawn


def _texts(numbers: np.ndarray) -> list[str]:
    return [repr(float(x)) for x in numbers]


@pytest.mark.parametrize("dtype", ["string", object])
def test_text_is_read_to_the_last_bit(numbers: np.ndarray, dtype: str | type) -> None:
    assert (numbers_of(pd.Series(_texts(numbers), dtype=dtype)).to_numpy() == numbers).all()


def test_numbers_stay_as_they_are() -> None:
    assert numbers_of(pd.Series([1, 2, None], dtype="Int64")).tolist()[:2] == [1.0, 2.0]
    mixed = numbers_of(pd.Series([0.1, "0.1", "x", None, True], dtype=object, index=[0, 0, 1, 1, 2]))
    assert mixed.tolist()[:2] == [0.1, 0.1]
    assert mixed.isna().tolist() == [False, False, True, True, False]


def test_scores_of_readings_are_read_to_the_last_bit(numbers: np.ndarray) -> None:
    table = pd.DataFrame(
        {
            "record_id": [f"r{i}" for i in range(len(numbers))],
            "reader_id": "model",
            "finding": "AF",
            "reading": "present",
            "score": pd.Series(_texts(numbers), dtype="string"),
        }
    )
    assert (readings_table(table)["score"].to_numpy() == numbers).all()


def test_an_evaluation_reads_back_the_numbers_that_it_wrote(numbers: np.ndarray) -> None:
    rows = [
        Row(metric="m", reader=f"r{i}", finding="AF", estimate=Estimate(value=float(x), method="none", n=3))
        for i, x in enumerate(numbers[:500])
    ]
    evaluation = Evaluation.from_rows(rows)
    back = Evaluation.from_csv(evaluation.to_csv())
    assert back.frame["value"].tolist() == evaluation.frame["value"].tolist()
    text = evaluation.to_csv().replace(_texts(numbers)[0], "about one half", 1)
    with pytest.raises(RunFolderError, match="about one half"):
        Evaluation.from_csv(text)
