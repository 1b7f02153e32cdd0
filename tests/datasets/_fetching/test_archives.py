"""Parts of archives without a table that is common to them, and credentials for those that are not open."""

from dataclasses import replace
from pathlib import Path

import pytest
from toys import loopback_archive as server

from ecg_eval.datasets._fetching import archives
from ecg_eval.datasets._fetching.archives import Selection, archive
from ecg_eval.datasets._fetching.credentials import credentials_for
from ecg_eval.datasets._fetching.download import only_one
from ecg_eval.errors import ArgumentError, FetchError, UnknownNameError
from ecg_eval.pipeline.archives.fetch import fetch
from ecg_eval.pipeline.plugins import load
from ecg_eval.registry import names

LISTED = dict.fromkeys(
    ("LICENSE.txt", "ludb.csv", "RECORDS", "data/1.dat", "data/1.hea", "data/1.i", "data/10.dat", "data/10.hea"), "0"
)


@pytest.mark.parametrize(
    ("selection", "records"),
    [
        (Selection(), ("1", "10")),
        (Selection(first=1), ("1",)),
        (Selection(ids=("10",)), ("10",)),
        (Selection(ids=("10", "1"), first=1), ("1",)),
    ],
)
def test_a_record_is_a_header_and_all_files_of_its_name(selection: Selection, records: tuple[str, ...]) -> None:
    chosen = archive("ludb").choose(LISTED, Path(), selection)
    assert chosen.n_records == len(records)
    assert set(chosen.paths) == {p for p in LISTED if "/" not in p or p.split("/")[1].split(".")[0] in records}
    assert chosen.paths[:3] == ("LICENSE.txt", "ludb.csv", "RECORDS")


def test_a_record_that_there_is_not() -> None:
    with pytest.raises(UnknownNameError, match="Known: 1, 10"):
        archive("ludb").choose(LISTED, Path(), Selection(ids=("77",)))
    many = {f"{i}.hea": "0" for i in range(2000)}
    with pytest.raises(UnknownNameError, match=r"got \['x'\]\.$"):
        archive("ludb").choose(many, Path(), Selection(ids=("x",)))


PTB_XL_PLUS = dict.fromkeys(
    (
        *("LICENSE.txt", "labels/12sl_statements.csv", "features/12sl_features.csv"),
        *("median_beats/12sl/00000/00001_medians.dat", "median_beats/12sl/00000/00001_medians.hea"),
        *("median_beats/unig/00000/000007_medians.dat", "fiducial_points/ecgdeli/00000/00007_points_lead_I.atr"),
    ),
    "0",
)


@pytest.mark.parametrize(
    ("selection", "numbers"),
    [
        (Selection(), (1, 7)),
        (Selection(first=1), (1,)),
        (Selection(ids=("7",)), (7,)),
        (Selection(ids=("7", "1")), (1, 7)),
    ],
)
def test_what_was_derived_of_a_recording_is_found_by_its_number(selection: Selection, numbers: tuple[int, ...]) -> None:
    chosen = archive("ptb_xl_plus").choose(PTB_XL_PLUS, Path(), selection)
    assert chosen.n_records == len(numbers)
    assert {int(p.rsplit("/", 1)[1].split("_")[0]) for p in chosen.paths[3:]} == set(numbers)
    assert chosen.paths[:3] == tuple(PTB_XL_PLUS)[:3]


def test_a_number_that_ptb_xl_has_not() -> None:
    with pytest.raises(UnknownNameError, match="ecg_ids of PTB-XL"):
        archive("ptb-xl-plus").choose(PTB_XL_PLUS, Path(), Selection(ids=("8",)))


def test_every_dataset_of_physionet_can_be_fetched() -> None:
    assert {"challenge-2020", "mimic-iv-ecg", "incartdb", "ptbdb"} <= set(archives.ARCHIVES)
    addresses = {load("datasets", name).url for name in names("datasets")}
    theirs = {url.rstrip("/").rsplit("/", 1)[1] for url in addresses if "physionet.org/content" in url}
    assert theirs <= set(archives.ARCHIVES)


def test_the_room_that_files_need() -> None:
    ptb_xl = archive("ptb-xl")
    absent = (
        "records100/00000/00001_lr.dat",
        "records500/00000/00001_hr.dat",
        "records500/00000/00001_hr.hea",
        "x.txt",
    )
    assert ptb_xl.need_bytes(absent, 10) == 24_000 + 120_000 + 4_096
    # all of it: 21,799 records of two rates
    every = tuple(f"{i}{end}" for i in range(21_799) for end in ("_lr.dat", "_hr.dat", "_lr.hea", "_hr.hea"))
    assert ptb_xl.need_bytes(every, len(every)) == pytest.approx(ptb_xl.size_bytes, rel=0.05)
    shares = replace(ptb_xl, bytes_of=(), size_bytes=1000)
    assert shares.need_bytes(("a", "b"), 10) == 200
    assert archive("ludb").need_bytes(("a",), 0) == 0


class TestCredentials:
    """From the environment or a prompt, for one server, over https."""

    BOTH = {"PHYSIONET_USERNAME": "me", "PHYSIONET_PASSWORD": "secret"}  # noqa: RUF012

    def test_from_the_environment(self) -> None:
        got = credentials_for("https://Physionet.org/files/x/", environ=self.BOTH, ask=None)
        assert (got.username, got.password, got.origin) == ("me", "secret", ("https", "physionet.org"))

    def test_from_a_prompt_where_the_environment_lacks_them(self) -> None:
        asked = []

        def ask(question: str, hide: bool) -> str:
            asked.append((question, hide))
            return "typed"

        got = credentials_for("https://physionet.org/", environ={"PHYSIONET_USERNAME": "me"}, ask=ask)
        assert (got.username, got.password) == ("me", "typed")
        assert asked == [("PhysioNet password: ", True)]

    @pytest.mark.parametrize("ask", [None, lambda question, hide: ""])
    def test_none(self, ask) -> None:  # type: ignore[no-untyped-def]
        with pytest.raises(FetchError, match="PHYSIONET_USERNAME and PHYSIONET_PASSWORD"):
            credentials_for("https://physionet.org/", environ={}, ask=ask)

    def test_never_in_the_clear(self) -> None:
        with pytest.raises(ArgumentError, match="https"):
            credentials_for("http://physionet.org/", environ=self.BOTH, ask=None)
        assert credentials_for("http://localhost:1/", environ=self.BOTH, ask=None).username == "me"

    def test_a_credentialed_archive(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        closed = replace(archive("ludb"), name="closed", access="credentialed")
        monkeypatch.setitem(archives.ARCHIVES, "closed", closed)
        files = {"data/1.hea": b"1 12", "data/1.dat": b"0"}
        with server.Archive(files, password="bWU6c2VjcmV0") as source:
            assert fetch("closed", to=tmp_path, url=source.url, environ=self.BOTH).is_complete
            wrong = self.BOTH | {"PHYSIONET_PASSWORD": "hunter2"}
            with pytest.raises(FetchError, match="refuses the given ones") as caught:
                fetch("closed", to=tmp_path, url=source.url, environ=wrong)
            assert "hunter2" not in str(caught.value)
        with pytest.raises(FetchError, match="PHYSIONET_USERNAME"):
            fetch("closed", to=tmp_path, environ={})


class TestLock:
    """One fetch at a time, where the system has such locks."""

    def test_a_system_without_locks(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(__import__("sys").modules, "fcntl", None)
        with only_one(tmp_path), only_one(tmp_path):
            pass

    def test_a_disk_without_locks(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        import fcntl

        def flock(handle: int, how: int) -> None:
            raise OSError(37, "No locks available")

        monkeypatch.setattr(fcntl, "flock", flock)
        with only_one(tmp_path), only_one(tmp_path):
            pass

    def test_it_is_lifted(self, tmp_path: Path) -> None:
        for _ in range(2):
            with only_one(tmp_path):
                pass
        with only_one(tmp_path), pytest.raises(FetchError, match="another fetch"), only_one(tmp_path):
            pass
