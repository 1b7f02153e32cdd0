"""The consensus of readers as a reader: what most say, ties counted, uncertain and refer as the study counts them."""

import pandas as pd
import pytest
from conftest import study_frames

import ecg_eval
from ecg_eval.domain.reading import readers_table, readings_table
from ecg_eval.domain.study import AnswerPolicy
from ecg_eval.domain.vote import with_votes
from ecg_eval.errors import ArgumentError


def frames(answers: dict[str, list[str | None]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = [
        {"record_id": f"e{i}", "reader_id": reader, "finding": "AF", "reading": word}
        for reader, words in answers.items()
        for i, word in enumerate(words)
        if word
    ]
    readers = pd.DataFrame({"reader_id": list(answers), "kind": "gp"})
    return readings_table(pd.DataFrame(rows)), readers_table(readers)


def voted(answers: dict[str, list[str | None]], policy: AnswerPolicy | None = None) -> dict[str, str]:
    readings, _ = with_votes(*frames(answers), ["gp"], policy or AnswerPolicy())
    mine = readings[(readings["reader_id"] == "vote of gp").to_numpy()]
    return dict(zip(mine["record_id"].astype(str), mine["reading"].astype(str), strict=True))


ANSWERS: dict[str, list[str | None]] = {
    "a": ["present", "present", "absent", "present", None],
    "b": ["present", "absent", "absent", "refer", None],
    "c": ["absent", None, "uncertain", "absent", "present"],
}


def test_more_than_half_of_two_or_more_decide() -> None:
    assert voted(ANSWERS) == {"e0": "present", "e2": "absent", "e3": "present"}  # e1 is a tie, e4 one answer
    strict = AnswerPolicy(refer="missing")
    assert "e3" not in voted(ANSWERS, strict)


def test_ties_are_counted_and_people_too() -> None:
    _, readers = with_votes(*frames(ANSWERS), ["gp"], AnswerPolicy())
    row = readers.loc["vote of gp"]
    assert (row["kind"], row["n_people"]) == ("panel", 3)
    assert row["description"] == "majority of 3 readers; 1 ties are no answer"


def test_first_readings_vote() -> None:
    readings, readers = frames(ANSWERS)
    again = readings.assign(period=2, reading="absent")
    both = readings_table(pd.concat([again, readings]))
    made, _ = with_votes(both, readers, ["gp"], AnswerPolicy())
    first, _ = with_votes(readings, readers, ["gp"], AnswerPolicy())
    of = [frame[(frame["reader_id"] == "vote of gp").to_numpy()] for frame in (made, first)]
    assert sorted(of[0]["reading"].astype(str)) == sorted(of[1]["reading"].astype(str))


@pytest.mark.parametrize("kind", ["cardiologist", "model", "vet"])
def test_a_kind_without_two_people_is_refused(kind: str) -> None:
    with pytest.raises(ArgumentError, match="two readers at least"):
        with_votes(*frames(ANSWERS), [kind], AnswerPolicy())


def test_a_reader_of_the_votes_name_is_refused() -> None:
    once = with_votes(*frames(ANSWERS), ["gp"], AnswerPolicy())
    with pytest.raises(ArgumentError, match="must be free"):
        with_votes(*once, ["gp"], AnswerPolicy())


def test_a_vote_has_numbers_like_every_reader() -> None:
    readings, readers, truth = study_frames()
    asked = {"readers": readers, "metrics": ["sensitivity", "cohen_kappa"], "resamples": 100}
    frame = ecg_eval.evaluate(readings, truth, vote=["gp"], **asked).frame
    assert {"aided", "unaided"} <= set(frame.loc[frame["reader"] == "vote of gp", "arm"])
    with pytest.raises(ArgumentError, match="two readers at least"):
        ecg_eval.evaluate(readings, truth, vote=["student"], **asked)
