"""The section on what is odd says each kind once, with its places, counts, records and what follows."""

from dataclasses import replace

import numpy as np
import pytest
from reports.study_fixture import toy_result

from ecg_eval.domain.facts.provenance import Provenance
from ecg_eval.domain.oddities import KINDS, Oddity
from ecg_eval.domain.result import Paragraph, StudyResult, Table
from ecg_eval.pipeline.oddities import odd_lines
from ecg_eval.reports.sections.oddities import Oddities, in_words, place
from ecg_eval.reports.words import LANGUAGES, Words


def shown(result: StudyResult, language: str = "en") -> tuple[str, Table | None]:
    blocks = Oddities().blocks(result, language=language)
    texts = " ".join(b.text for b in blocks if isinstance(b, Paragraph))
    return texts, next((b for b in blocks if isinstance(b, Table)), None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_its_words(language: str) -> None:
    words = Words(language)
    for kind in KINDS:
        odd = Oddity(kind=kind, reader="g", arm="aided", finding="AF", count=3, of=9, detail="present", records=("7",))
        (row,) = in_words([odd], words)
        assert all(row.values())
        assert "g (" in row[words("oddities.where")] or "[7]" in row[words("oddities.where")]


def test_a_place_names_finding_reader_arm_count_and_records() -> None:
    odd = Oddity(kind="pairs_missing", reader="g1", arm="aided", count=4, of=20, records=("a", "b", "c", "d"))
    assert place(odd, Words("en")) == "g1 (aided): 4 of 20 ECGs not read [a, b, c, …]"
    truth = Oddity(kind="parents_absent", finding="IMI", count=1, of=5, detail="MI", records=("a",))
    assert "the truth" in place(truth, Words("en"))
    assert "Myocardial infarction" in place(truth, Words("en"))


def test_kinds_are_told_once_with_the_number_of_their_places() -> None:
    odd = [Oddity(kind="repeats", reader=f"g{i}", arm="unaided", count=2) for i in range(7)]
    (row,) = in_words(odd, Words("en"))
    assert row["Places"] == "7"
    assert row["Where, how many, which ECGs"].endswith("and 2 more")
    (line,) = odd_lines(odd)
    assert line.endswith("g0 (unaided): 2 later answers, and 6 more like it")


def test_a_study_is_looked_at_with_what_its_configuration_asks_for() -> None:
    result = toy_result()
    said, table = shown(replace(result, provenance=Provenance(subgroups=("sex",), exclusive=(("AF", "LBBB"),))))
    assert "things are odd" in said
    assert table is not None
    what = table.frame["What"].tolist()
    assert "A subgroup is asked for that the records do not have, or not all" in what
    assert "Of classes of which an ECG has exactly one: several, or none" in what


def test_a_study_with_nothing_odd_says_so() -> None:
    result = toy_result()
    study = result.study
    truth = np.array([1.0, 0.0] * (len(study.records) // 2))
    reference = replace(study.reference, table=study.reference.table[["AF"]].assign(AF=truth))
    readings = study.readings[(study.readings["finding"] == "AF") & (study.readings["reader_id"] == "gp_01")]
    readings = readings[readings["arm"] == "unaided"].reset_index(drop=True)
    whole = replace(study, readings=readings, reference=reference, findings=("AF",))
    said, table = shown(replace(result, study=whole))
    assert table is None
    assert said.startswith("Nothing odd was found")
