"""Names of files that say whose answers they hold, in which session and arm."""

from pathlib import Path

import pytest
import yaml

from ecg_eval.pipeline.drafting.draft import draft_studies
from ecg_eval.pipeline.drafting.file_names import named_alike
from ecg_eval.pipeline.study.check import examine_file

TABLE = "ECG,AF,LBBB\n" + "".join(f"E{i},{'yes' if i % 2 else 'no'},no\n" for i in range(6))


@pytest.mark.parametrize(
    ("stems", "pattern", "readers"),
    [
        (["gp1_session1", "gp1_session2", "gp2_session1"], "{reader}_session{period}", ("gp1", "gp2")),
        (["answers-gp1 S1", "answers-gp2 S2"], "answers-{reader} S{period}", ("gp1", "gp2")),
        (["Dr A without AI", "Dr B with AI"], "{reader} {arm}", ("Dr A", "Dr B")),
        (["gp11_unaided_p1", "gp21_aided_p2"], "{reader}_{arm}_p{period}", ("gp11", "gp21")),
        (["avec IA gp1", "sans IA gp1", "avec IA gp2"], "{arm} {reader}", ("gp1", "gp2")),
    ],
)
def test_names_are_taken_apart(stems: list[str], pattern: str, readers: tuple[str, ...]) -> None:
    named = named_alike(stems, with_readers=False)
    assert named is not None
    assert (named.pattern, named.readers) == (pattern, readers)


@pytest.mark.parametrize(
    "stems", [["gp1", "gp2"], ["gp1_session1"], ["a_session1", "b_session1"], ["session1", "session2"]]
)
def test_names_that_tell_no_sessions_of_several_readers_apart(stems: list[str]) -> None:
    assert named_alike(stems, with_readers=False) is None


def test_a_file_a_reader_and_session_is_drafted(tmp_path: Path) -> None:
    for name in ("truth", *(f"{gp}_session{k}" for gp in ("gp1", "gp2") for k in (1, 2))):
        (tmp_path / f"{name}.csv").write_text(TABLE)
    (draft,) = draft_studies([tmp_path], tmp_path / "study.yaml")
    examined = examine_file(draft.path)
    assert not examined.problems
    (panel,) = yaml.safe_load(draft.text)["panels"]
    assert panel["file_names"] == "{reader}_session{period}"
    assert [reader["reader_id"] for reader in panel["readers"]] == ["gp1", "gp2"]
    assert any("truth.csv" in line for line in examined.noted)


def test_a_file_an_arm_and_reader_is_drafted(tmp_path: Path) -> None:
    for name in ("truth", *(f"{gp} {arm}" for gp in ("gp1", "gp2") for arm in ("sans IA", "avec IA"))):
        (tmp_path / f"{name}.csv").write_text(TABLE)
    (draft,) = draft_studies([tmp_path], tmp_path / "study.yaml")
    assert not examine_file(draft.path).problems
    (panel,) = yaml.safe_load(draft.text)["panels"]
    assert (panel["file_names"], panel["arms"]) == ("{reader} {arm}", {"sans IA": "unaided", "avec IA": "aided"})


def test_a_file_a_session_with_its_readers_is_drafted(tmp_path: Path) -> None:
    (tmp_path / "truth.csv").write_text(TABLE)
    lines = TABLE.splitlines()[1:]
    both = "reader,ECG,AF,LBBB\n" + "".join(f"{gp},{line}\n" for gp in ("gp1", "gp2") for line in lines)
    for k in (1, 2):
        (tmp_path / f"session {k}.csv").write_text(both)
    (draft,) = draft_studies([tmp_path], tmp_path / "study.yaml")
    assert not examine_file(draft.path).problems
    (panel,) = yaml.safe_load(draft.text)["panels"]
    assert (panel["file_names"], panel["reader_id"]) == ("session {period}", "reader")
    assert [reader["reader_id"] for reader in panel["readers"]] == ["gp1", "gp2"]
