"""What a table of recordings says of patients, as people write it."""

from pathlib import Path

import pytest

from ecg_eval.datasets.study_table import StudyTable
from ecg_eval.errors import EcgEvalError


def ages(folder: Path, *written: str) -> list[float]:
    rows = "".join(f"e{i},1,{age}\n" for i, age in enumerate(written))
    (folder / "truth.csv").write_text("record_id,AF,age_years\n" + rows)
    return [float(age) for age in StudyTable(folder / "truth.csv").records()["age_years"]]


def test_ages_with_their_units(tmp_path: Path) -> None:
    written = ("61Y", "061Y", "18M", "70", "61 ans", "45 years", "45.5")
    assert ages(tmp_path, *written) == pytest.approx([61, 61, 1.5, 70, 61, 45, 45.5])


@pytest.mark.parametrize("strange", ["old", "61Z", "999Y"])
def test_an_age_that_cannot_be_read_is_named_with_its_remedy(tmp_path: Path, strange: str) -> None:
    with pytest.raises(EcgEvalError, match=rf"age_years of record e1 must be .*'{strange}'.*61Y"):
        ages(tmp_path, "61", strange)
