"""Fetching an archive from a server on this machine that has PhysioNet's layout and misbehaves."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from toys import loopback_archive as server

from ecg_eval.datasets._fetching import archive_fetch, download, download_file
from ecg_eval.datasets._fetching.archives import archive
from ecg_eval.datasets._fetching.download import Link
from ecg_eval.errors import ArgumentError, FetchError, UnknownNameError
from ecg_eval.pipeline.archives.fetch import Fetched, Patience, fetch, fetchable, fetched_text, spread

FILES = server.ptb_xl_files()
DAT = "records500/00000/00001_hr.dat"
SMALL = "records100/00000/00002_lr.dat"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def get(tmp_path: Path, waits: list[float]) -> Callable[..., Fetched]:
    """Return a fetch of ptb-xl into a folder of the test, that notes its waits instead of waiting."""

    def call(source: server.Archive, **words: object) -> Fetched:
        patience = Patience(sleep=waits.append)
        return fetch("ptb-xl", **({"to": tmp_path, "url": source.url, "patience": patience} | words))  # type: ignore[arg-type]

    return call


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def serve(**words: object) -> server.Archive:
    return server.Archive(dict(FILES), **words)  # type: ignore[arg-type]


def whole() -> dict[str, bytes]:
    return serve().files


def test_the_whole_archive_and_again(
    get: Callable[..., Fetched], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_TICK_S", 0.001)
    with serve() as source:
        done = get(source)
        assert done.is_complete
        assert (done.n_files, done.n_fetched, done.n_there, done.n_records) == (26, 26, 0, 6)
        assert done.n_bytes == sum(map(len, FILES.values()))
        assert tree(tmp_path / "ptb-xl") == whole()
        assert done.folder == tmp_path / "ptb-xl"
        source.asked.clear()
        again = get(source, to=tmp_path / "ptb-xl")  # the archive's own folder may be named itself
        assert (again.n_fetched, again.n_there, again.n_bytes, again.replaced) == (0, 26, 0, ())
        assert source.asked == {"SHA256SUMS.txt": 1}  # nothing that is there is asked for


@pytest.mark.parametrize(
    ("words", "ids", "rates"),
    [
        ({"sampling_rate_hz": 100}, "123456", ("records100",)),
        ({"sampling_rate_hz": 500, "folds": [2]}, "25", ("records500",)),
        ({"folds": [1, 3]}, "1346", ("records100", "records500")),
        ({"ids": ["00005", "2"]}, "25", ("records100", "records500")),
        ({"first": 3}, "123", ("records100", "records500")),
        ({"folds": [3], "first": 1, "sampling_rate_hz": 100}, "3", ("records100",)),
        ({"folds": [1], "ids": ["4"]}, "4", ("records100", "records500")),
        ({"first": 1000}, "123456", ("records100", "records500")),
    ],
)
def test_parts(
    get: Callable[..., Fetched], tmp_path: Path, words: dict[str, object], ids: str, rates: tuple[str]
) -> None:
    with serve() as source:
        done = get(source, **words)
    assert done.is_complete
    assert done.n_records == len(ids)
    wanted = {f for f in FILES if not f.startswith("records")} | {
        f for f in FILES if f.startswith(rates) and f.split("/")[-1][4] in ids
    }
    assert set(tree(tmp_path / "ptb-xl")) == wanted | {"SHA256SUMS.txt"}
    assert done.n_files == len(wanted)


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        ({"folds": [4]}, ArgumentError, "among 1, 2, 3"),
        ({"ids": ["7"]}, UnknownNameError, "ecg_ids of the table; got ['7']"),
        ({"ids": ["1"], "folds": [2]}, UnknownNameError, "in these folds"),
        ({"first": 0}, ArgumentError, "1 or more"),
        ({"sampling_rate_hz": 250}, ArgumentError, "100 or 500"),
        ({"threads": 0}, ArgumentError, "1 to 16"),
        ({"mirror": True}, ArgumentError, "left out with the mirror"),
    ],
)
def test_parts_that_there_are_not(
    get: Callable[..., Fetched], words: dict[str, object], error: type[Exception], said: str
) -> None:
    with serve() as source, pytest.raises(error) as caught:
        get(source, **words)
    assert said in str(caught.value)


def test_archives_by_name(tmp_path: Path) -> None:
    assert "ptb-xl" in fetchable()
    assert archive("PTB_XL").url == "https://physionet.org/files/ptb-xl/1.0.3/"
    assert archive("ptb-xl").mirror == "https://physionet-open.s3.amazonaws.com/ptb-xl/1.0.3/"
    with pytest.raises(UnknownNameError, match=r"Did you mean 'ptb-xl'\?"):
        fetch("ptb-lx", to=tmp_path)
    with pytest.raises(ArgumentError, match="has none"):
        fetch("ludb", to=tmp_path, folds=[1])
    with pytest.raises(ArgumentError, match="one set of recordings"):
        fetch("ludb", to=tmp_path, sampling_rate_hz=500)


def test_a_thread_that_could_not_begin_is_not_waited_for(
    get: Callable[..., Fetched], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One thread dies before its first line, as it does without memory; its files are the others'."""
    monkeypatch.setattr(download, "_TICK_S", 0.001)
    start, begun = threading.Thread.start, []

    def start_or_die(thread: threading.Thread) -> None:
        if thread.name.endswith("(_work)"):
            begun.append(thread)
            if len(begun) == 3:
                thread.run = lambda: None  # type: ignore[method-assign]
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_or_die)
    with serve() as source:
        done = get(source, threads=3)
    assert done.is_complete
    assert tree(tmp_path / "ptb-xl") == whole()


@pytest.mark.parametrize(
    "fault",
    [
        server.truncated(1000),
        server.truncated(0),
        server.reset,
        server.other_bytes,
        server.status(503, Retry_After="7"),
        server.status(429, Retry_After="7"),
        server.status(500),
        server.status(503),
    ],
    ids=["truncated", "empty", "reset", "wrong", "503", "429", "500", "503-unsaid"],
)
def test_a_fault_that_passes(
    get: Callable[..., Fetched], tmp_path: Path, waits: list[float], fault: server.Fault
) -> None:
    with serve(faults={path: [fault] for path in (DAT, SMALL, "ptbxl_database.csv", "SHA256SUMS.txt")}) as source:
        if fault is server.other_bytes:
            source.faults.pop("SHA256SUMS.txt")  # nothing vouches for the list: what is no list is refused at once
        done = get(source, first=3)
        assert done.is_complete
        assert waits
    got = tree(tmp_path / "ptb-xl")
    assert got.items() <= whole().items()
    assert len(got) == 15


def test_the_wait_that_a_server_asks_for_is_kept(get: Callable[..., Fetched], waits: list[float]) -> None:
    with serve(faults={DAT: [server.status(503, Retry_After="7"), server.status(500), server.status(500)]}) as source:
        assert get(source, threads=1, ids=["1"]).is_complete
    assert sorted(waits)[:3] == [1.0, 2.0, 4.0]  # doubled after each failure in a row
    assert 6 < max(waits) <= 7


def test_a_wait_too_long_ends_the_whole(get: Callable[..., Fetched]) -> None:
    with serve(faults={DAT: [server.status(503, Retry_After="86400")]}) as source:
        done = get(source, threads=1)
        assert source.asked[DAT] == 1
    assert done.missing[DAT] == "the server asks to come back in 86,400 s"
    assert done.missing["records500/00000/00006_hr.dat"] == f"not tried: {done.missing[DAT]}"
    assert done.n_fetched == 5


@pytest.mark.parametrize(
    ("fault", "said", "n_asked"),
    [
        (server.status(404), "the server does not have it (404)", 1),
        (server.status(410), "the server does not have it (410)", 1),
        (server.status(403), "the server answered 403 Forbidden", 1),
        (server.status(299), "the server answered 299", 1),
        (server.status(500), "the server answered 500 Internal Server Error (5 tries)", 5),
        (server.truncated(0), "the body ended 200,000 bytes early (5 tries)", 5),
        (server.other_bytes, "its SHA-256 is not the listed one: the server's copy is another file", 2),
        (server.status(302, Location="ftp://127.0.0.1/x"), "redirects to ftp://127.0.0.1/x, which is not followed", 1),
        (server.status(302, Location=f"{server.BASE}{DAT}"), "redirects more than 5 times", 6),
        (server.status(302), "the server answered 302 Found", 1),
    ],
)
def test_a_fault_that_stays_costs_one_file(
    get: Callable[..., Fetched], tmp_path: Path, fault: server.Fault, said: str, n_asked: int
) -> None:
    with serve(always={DAT: fault}) as source:
        done = get(source)
        assert source.asked[DAT] == n_asked
    assert list(done.missing) == [DAT]
    assert said in done.missing[DAT]
    assert done.n_fetched == 25
    got = tree(tmp_path / "ptb-xl")
    assert got == {path: body for path, body in whole().items() if path != DAT}
    with serve() as source:
        assert get(source).n_fetched == 1
    assert tree(tmp_path / "ptb-xl") == whole()


def test_a_connection_that_always_breaks_is_named(get: Callable[..., Fetched]) -> None:
    with serve(always={DAT: server.reset}) as source:
        done = get(source)
    assert "the connection failed: " in done.missing[DAT]
    assert "(5 tries)" in done.missing[DAT]


def test_a_server_that_is_gone_is_let_alone(get: Callable[..., Fetched], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MAX_FAILURES_IN_A_ROW", 3)
    broken = {path: server.status(500) for path in FILES if path.startswith("records")}
    with serve(always=broken) as source:
        done = get(source, threads=1)
        assert sum(source.asked[path] > 0 for path in broken) <= 4
    assert done.n_fetched == 2
    reasons = set(done.missing.values())
    assert (
        "not tried: 3 files in a row failed; the last: the server answered 500 Internal Server Error (5 tries)"
        in reasons
    )


def test_redirects_are_followed(get: Callable[..., Fetched], tmp_path: Path) -> None:
    moved = {f"moved/{path}": body for path, body in FILES.items()}
    with server.Archive(moved) as elsewhere, serve() as source:
        source.always[DAT] = server.status(301, Location=f"{elsewhere.url}moved/{DAT}")
        source.always[SMALL] = server.status(307, b"x" * 100_000, Location=f"{elsewhere.url}moved/{SMALL}")
        assert get(source).is_complete
        assert elsewhere.asked.total() == 2
    assert tree(tmp_path / "ptb-xl") == whole()


class TestParts:
    """What an interrupted fetch left is gone on with."""

    def left(self, tmp_path: Path, content: bytes) -> Path:
        part = tmp_path / "ptb-xl" / f"{DAT}.part"
        part.parent.mkdir(parents=True)
        part.write_bytes(content)
        return part

    @pytest.mark.parametrize(
        ("content", "ranges", "n_bytes"),
        [
            (FILES[DAT][:150_000], True, 50_000),
            (FILES[DAT][:150_000], False, 200_000),  # a server without Range sends all of it
            (FILES[DAT], True, 0),  # whole, only not yet renamed
            (b"x" * 150_000, True, 250_000),  # of another file: found out at the end, then begun again
            (b"x" * 300_000, True, 200_000),  # longer than the file: 416
            (b"", True, 200_000),
        ],
    )
    def test_left_behind(
        self, get: Callable[..., Fetched], tmp_path: Path, content: bytes, ranges: bool, n_bytes: int
    ) -> None:
        self.left(tmp_path, content)
        with serve(ranges=ranges) as source:
            done = get(source)
        assert done.is_complete
        rest = sum(len(body) for path, body in FILES.items() if path != DAT)
        assert done.n_bytes - rest == n_bytes
        assert tree(tmp_path / "ptb-xl") == whole()

    def test_another_range_than_asked_for_is_not_taken(self, get: Callable[..., Fetched], tmp_path: Path) -> None:
        self.left(tmp_path, FILES[DAT][:100])
        odd = server.status(206, FILES[DAT][50:], Content_Range=f"bytes 50-{len(FILES[DAT]) - 1}/{len(FILES[DAT])}")
        with serve(faults={DAT: [odd]}) as source:
            assert get(source).is_complete
        assert tree(tmp_path / "ptb-xl") == whole()

    def test_a_part_beside_its_whole_file_goes(self, get: Callable[..., Fetched], tmp_path: Path) -> None:
        part = self.left(tmp_path, b"x")
        (tmp_path / "ptb-xl" / DAT).write_bytes(FILES[DAT])
        with serve() as source:
            done = get(source)
        assert done.n_there == 1
        assert not part.exists()

    def test_a_long_file_over_a_bad_line_arrives(self, get: Callable[..., Fetched], tmp_path: Path) -> None:
        files = {"long.bin": bytes(range(256)) * 50_000}
        cuts = [server.truncated(1_100_000)] * 11
        with server.Archive(files, faults={"long.bin": cuts}) as source:
            done = get(source)
            assert source.asked["long.bin"] == 12  # more failures than tries, but each brought a megabyte
        assert done.is_complete
        assert done.n_bytes == 12_800_000

    def test_a_file_of_another_content_is_replaced_and_named(self, get: Callable[..., Fetched], tmp_path: Path) -> None:
        folder = tmp_path / "ptb-xl"
        (folder / DAT).parent.mkdir(parents=True)
        (folder / DAT).write_bytes(b"damaged")
        (folder / "mine.txt").write_bytes(b"the user's own")
        with serve(always={DAT: server.other_bytes}) as source:
            assert not get(source).is_complete
            assert (folder / DAT).read_bytes() == b"damaged"  # until the right one is there
        with serve() as source:
            done = get(source)
        assert done.replaced == (DAT,)
        assert "Replaced: 1" in fetched_text(done)
        assert tree(folder) == whole() | {"mine.txt": b"the user's own"}


class TestInterruption:
    """Ctrl-C at any point, and again."""

    @pytest.mark.parametrize("after", [0, 1, 7, 25])
    def test_after_so_many_files(self, get: Callable[..., Fetched], tmp_path: Path, after: int) -> None:
        def interrupt(items: Sequence[str], doing: str) -> Iterator[str]:
            yield from items[:after]
            raise KeyboardInterrupt

        with serve() as source:
            with pytest.raises(KeyboardInterrupt):
                get(source, progress=interrupt)
            left = tree(tmp_path / "ptb-xl")
            assert all(body == whole()[path] for path, body in left.items() if not path.endswith(".part"))
            assert get(source).is_complete
        assert tree(tmp_path / "ptb-xl") == whole()

    def test_in_the_middle_of_a_file(self, get: Callable[..., Fetched], tmp_path: Path) -> None:
        released = threading.Event()
        part = tmp_path / "ptb-xl" / f"{DAT}.part"

        def interrupt(items: Sequence[str], doing: str) -> Iterator[str]:
            for item in items:
                for _ in range(500):
                    if part.exists() and part.stat().st_size:
                        raise KeyboardInterrupt
                    threading.Event().wait(0.01)
                yield item

        with serve(faults={DAT: [server.hang(20, released)]}) as source:
            with pytest.raises(KeyboardInterrupt):
                get(source, progress=interrupt)
            released.set()
            n_part = part.stat().st_size
            assert 0 < n_part <= 100_000
            assert get(source).is_complete
            asked = [headers.get("Range") for path, headers in source.headers if path == DAT]
            assert asked == [None, f"bytes={n_part}-"]
        assert tree(tmp_path / "ptb-xl") == whole()

    def test_only_one_at_a_time(self, get: Callable[..., Fetched], tmp_path: Path) -> None:
        (tmp_path / "ptb-xl").mkdir()
        with (
            serve() as source,
            download.only_one(tmp_path / "ptb-xl"),
            pytest.raises(FetchError, match="another fetch"),
        ):
            get(source)


class TestDisk:
    """Too little room is said before, and survived when it comes in the middle."""

    def fetch(self, source: server.Archive, tmp_path: Path, free: Callable[[Path], int]) -> Fetched:
        link = Link(base_url=source.url, threads=1, free=free, patience=Patience(sleep=lambda s: None))
        selection = archive_fetch.Selection()
        return archive_fetch.fetch_archive(archive("ptb-xl"), folder=tmp_path, selection=selection, link=link)

    def test_before(self, tmp_path: Path) -> None:
        with serve() as source:
            with pytest.raises(FetchError, match=r"at least 0\.06 GB .* got '0\.05 GB'"):
                self.fetch(source, tmp_path, lambda folder: 51_000_000)
            assert set(source.asked) == {"SHA256SUMS.txt"}
            assert self.fetch(source, tmp_path, lambda folder: 100_000_000).is_complete
            # what is there needs no room
            assert self.fetch(source, tmp_path, lambda folder: 51_000_000).is_complete

    def test_another_program_takes_the_room(self, tmp_path: Path) -> None:
        room = iter([100_000_000, 100_000_000, 100_000_000, 50_000_100])  # list, all, licence, table
        with serve() as source:
            done = self.fetch(source, tmp_path, lambda folder: next(room, 0))
        assert done.n_fetched == 1
        reason = done.missing["ptbxl_database.csv"]
        assert reason.startswith("the disk is full: ptbxl_database.csv.part needs")
        assert done.missing[DAT] == f"not tried: {reason}"

    def test_a_part_that_cannot_be_written_costs_one_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = Path.open

        def refuse(path: Path, *how: str, **more: object):  # type: ignore[no-untyped-def]
            if path.name == "LICENSE.txt.part":
                raise PermissionError(13, "Permission denied")
            return real(path, *how, **more)  # type: ignore[call-overload]

        monkeypatch.setattr(Path, "open", refuse)
        with serve() as source:
            done = self.fetch(source, tmp_path, lambda folder: 10**9)
            assert source.asked["LICENSE.txt"] == 1
        assert done.missing == {"LICENSE.txt": "it cannot be read or written here: Permission denied"}

    def test_a_write_fails(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        full = threading.Event()
        real = download_file._read

        def read(response):  # type: ignore[no-untyped-def]
            if full.is_set():
                raise OSError(28, "No space left on device")
            return real(response)

        def watch(items: Sequence[str], doing: str) -> Iterator[str]:
            for i, item in enumerate(items):
                if i == 3:
                    full.set()
                yield item

        # an error of writing, not of reading: raised within the block that writes
        monkeypatch.setattr(download_file, "_read", read)
        with serve() as source:
            link = Link(base_url=source.url, threads=1, patience=Patience(sleep=lambda s: None))
            selection = archive_fetch.Selection()
            done = archive_fetch.fetch_archive(
                archive("ptb-xl"), folder=tmp_path, selection=selection, link=link, watch=watch
            )
        assert any(reason.startswith("the disk is full at ") for reason in done.missing.values())
        monkeypatch.undo()
        with serve() as source:
            assert self.fetch(source, tmp_path, lambda folder: 10**9).is_complete
        assert tree(tmp_path) == whole()


class TestHostileLists:
    """A list of checksums decides what is written where."""

    @pytest.mark.parametrize(
        "path",
        [
            *("../evil", "a/../../evil", "/etc/evil", "C:\\evil", "c:/evil", "a\\..\\evil", "a//b", "a/./b", "a/"),
            *("evil\x1b[2J", "x.part", "\u202eevil"),
        ],
    )
    def test_a_path_that_leaves_the_folder(self, get: Callable[..., Fetched], tmp_path: Path, path: str) -> None:
        digest = hashlib.sha256(b"evil").hexdigest()
        files = FILES | {"SHA256SUMS.txt": server.sums(FILES) + f"{digest}  {path}\n".encode()}
        with server.Archive(files) as source, pytest.raises(FetchError, match="inside its own folder"):
            get(source)
        assert tree(tmp_path) == {}  # nothing at all was written

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "at least one file"),
            (b"<html>sign in</html>", "a SHA-256 and a path on every line"),
            (b"\xff\xfe", "UTF-8"),
            (server.sums({"a": b"1"}) + server.sums({"a": b"2"}), "the only digest of its path"),
            (server.sums(FILES)[:-60], "a SHA-256 and a path"),
        ],
    )
    def test_what_is_no_list(self, get: Callable[..., Fetched], tmp_path: Path, content: bytes, said: str) -> None:
        older = tmp_path / "ptb-xl" / "SHA256SUMS.txt"
        older.parent.mkdir()
        older.write_bytes(b"older")
        with server.Archive(FILES | {"SHA256SUMS.txt": content}) as source, pytest.raises(FetchError, match=said):
            get(source)
        assert tree(tmp_path) == {"ptb-xl/SHA256SUMS.txt": b"older"}

    def test_a_list_without_end(self, get: Callable[..., Fetched], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(archive_fetch, "_MAX_LIST_BYTES", 1000)
        with serve() as source, pytest.raises(FetchError, match="larger than 1,000 bytes"):
            get(source)

    def test_a_table_that_names_files_outside(self, get: Callable[..., Fetched]) -> None:
        table = FILES["ptbxl_database.csv"].replace(b"records100/00000/00001_lr", b"../../evil")
        with (
            server.Archive(FILES | {"ptbxl_database.csv": table}) as source,
            pytest.raises(FetchError, match="own folder"),
        ):
            get(source, first=1)

    def test_other_forms_of_the_list(self, get: Callable[..., Fetched], tmp_path: Path) -> None:
        lines = server.sums(FILES).decode().splitlines()
        text = "\r\n".join(f"{x[:64].upper()} *./{x[65:]}" for x in lines) + "\n\n"
        text += f"{'0' * 64}  SHA256SUMS.txt\n"
        with server.Archive(FILES | {"SHA256SUMS.txt": text.encode()}) as source:
            assert get(source).n_fetched == 26

    def test_links_that_lead_out_are_not_followed(self, get: Callable[..., Fetched], tmp_path: Path) -> None:
        folder, outside = tmp_path / "ptb-xl", tmp_path / "outside"
        folder.mkdir()
        outside.mkdir()
        (folder / "records100").symlink_to(outside)
        (folder / "LICENSE.txt.part").symlink_to(outside / "victim")
        (folder / "ptbxl_database.csv").mkdir()
        with serve() as source:
            done = get(source)
        assert tree(outside) == {}
        assert done.missing["ptbxl_database.csv"] == "a folder stands in its place"
        assert "a link leads out of" in done.missing[SMALL]
        assert len(done.missing) == 13
        assert (folder / "LICENSE.txt").read_bytes() == b"free"


class TestMissing:
    """What an archive lacks is named."""

    def test_files_that_the_list_lacks(self, get: Callable[..., Fetched]) -> None:
        fewer = {path: body for path, body in FILES.items() if "00003" not in path}
        with server.Archive(fewer) as source:
            done = get(source, first=3, sampling_rate_hz=100)
            assert get(source).is_complete  # the whole is what the list has
        assert list(done.missing) == ["records100/00000/00003_lr.hea", "records100/00000/00003_lr.dat"]
        assert done.n_files == 8

    def test_the_list_itself(self, get: Callable[..., Fetched]) -> None:
        with (
            serve(always={"SHA256SUMS.txt": server.status(404)}) as source,
            pytest.raises(FetchError, match="--mirror"),
        ):
            get(source)

    def test_the_table(self, get: Callable[..., Fetched]) -> None:
        table = "ptbxl_database.csv"
        with serve(always={table: server.status(404)}) as source:
            with pytest.raises(FetchError, match="does not have it"):
                get(source, first=1)
            assert list(get(source).missing) == [table]
        fewer = {path: body for path, body in FILES.items() if path != table}
        with server.Archive(fewer) as source, pytest.raises(FetchError, match="the list of checksums does not have it"):
            get(source, first=1)
        with (
            server.Archive(FILES | {table: b"ecg_id\n1\n"}) as source,
            pytest.raises(FetchError, match="with the columns"),
        ):
            get(source, first=1)

    def test_nobody_answers(self, get: Callable[..., Fetched], waits: list[float]) -> None:
        with serve() as source:
            pass  # its port is closed again
        with pytest.raises(FetchError, match="the connection failed"):
            get(source)
        assert waits == [1, 2, 4, 8]

    def test_a_folder_that_cannot_be_made(self, get: Callable[..., Fetched], tmp_path: Path) -> None:
        (tmp_path / "ptb-xl").write_text("a file")
        with serve() as source, pytest.raises(FetchError, match="a folder that can be made"):
            get(source)


def test_a_fault_of_our_own_is_not_lost_in_a_thread(
    get: Callable[..., Fetched], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bool:
        raise RuntimeError("a fault of our own")

    monkeypatch.setattr(download_file, "_starts_at", broken)
    monkeypatch.setattr(download_file, "_is", broken)
    with serve() as source, pytest.raises(RuntimeError, match="a fault of our own"):
        get(source)


def test_a_table_that_is_none(get: Callable[..., Fetched]) -> None:
    with (
        server.Archive(FILES | {"ptbxl_database.csv": b"\xff\xff"}) as source,
        pytest.raises(FetchError, match="UTF-8"),
    ):
        get(source, first=1)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/x",
        "file:///etc",
        "host/x",
        "http://",
        "https://host/?q",
        "https://host/#f",
        "http://host:x/",
        "http://[/",
    ],
)
def test_addresses_that_are_none(tmp_path: Path, url: str) -> None:
    with pytest.raises(ArgumentError, match="an http or https address"):
        fetch("ptb-xl", to=tmp_path, url=url)


def test_a_password_in_an_address_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError) as caught:
        fetch("ptb-xl", to=tmp_path, url="https://me:secret@host/")
    assert "secret" not in str(caught.value)


def test_words_for_many() -> None:
    assert spread(["1-3,7", "7", " E1 "]) == ("1", "2", "3", "7", "E1")
    assert spread([]) == ()
    assert spread(["a-b"]) == ("a-b",)
    for wrong in ("3-1", "1-99999999", "1,,2", ""):
        with pytest.raises(ArgumentError):
            spread([wrong])


def test_the_summary_names_the_first_of_many(get: Callable[..., Fetched]) -> None:
    with serve(always={p: server.status(404) for p in FILES if p.startswith("records")}) as source:
        text = fetched_text(get(source))
    assert "Missing:  24; run the same line again to go on" in text
    assert "and 4 more; --json names all" in text


@pytest.mark.shared_data
def test_real_records(get: Callable[..., Fetched], shared: Path, tmp_path: Path) -> None:
    root = shared / "data" / "ptb-xl"
    names = ["SHA256SUMS.txt", "LICENSE.txt", "ptbxl_database.csv", "scp_statements.csv"]
    names += [
        f"records{r}/00000/0000{i}_{s}.{x}"
        for r, s in ((100, "lr"), (500, "hr"))
        for i in (1, 2)
        for x in ("hea", "dat")
    ]
    with server.Archive({name: (root / name).read_bytes() for name in names}) as source:
        done = get(source, first=2)
    assert done.is_complete
    assert (done.n_records, done.n_files) == (2, 11)
    from ecg_eval.datasets.ptb_xl import PtbXl

    got = PtbXl(tmp_path / "ptb-xl", sampling_rate_hz=100)
    assert got.problems() == []
    assert got.records()["has_signal"].sum() == 2
    assert (got.load("2").signal == PtbXl(root, sampling_rate_hz=100).load("2").signal).all()
