"""The HTTP client of downloads: kept connections, redirects, proxies, credentials, waits."""

import base64
import ssl
import threading
from pathlib import Path
from typing import ClassVar

import pytest
import requests
import urllib3
from toys import loopback_archive as server

from ecg_eval.datasets._fetching.checksums import LIST_NAME
from ecg_eval.datasets._fetching.disk import free_bytes
from ecg_eval.datasets._fetching.download_file import FileFetcher, Wanted
from ecg_eval.datasets._fetching.http import Client, Credentials, RefusedRedirectError, origin_of, retry_after_s
from ecg_eval.datasets._fetching.patience import Pace, Patience, StopAllError, StoppedError

FILES = {"a.txt": b"first", "b.txt": b"second"}


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("9" * 40, 999_999_999.0),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 9.0),
        ("Fri, 31 Dec 1999 23:59:00 GMT", 0.0),  # past
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(said: str, seconds: float | None) -> None:
    # 1999-12-31T23:59:50Z is 946684790 s after the epoch (date -u -d 1999-12-31T23:59:50 +%s)
    assert retry_after_s({"Retry-After": said}, now_s=946_684_790) == seconds
    assert retry_after_s({}) is None


def test_a_date_is_measured_from_now() -> None:
    assert retry_after_s({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}) == 0


def test_a_connection_is_kept_and_opened_anew_when_the_server_closed_it() -> None:
    with server.Archive(dict(FILES)) as source, Client(timeout_s=5) as client:
        assert read(client.get(source.url + "a.txt")) == b"first"
        assert read(client.get(source.url + "b.txt")) == b"second"
        assert len(source.sockets) == 1
        source.close_connections()
        assert read(client.get(source.url + "a.txt")) == b"first"
        assert len(source.sockets) == 2


def read(answer: requests.Response) -> bytes:
    body: bytes = answer.raw.read()
    return body


def test_a_redirect_from_https_to_http_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()

    class Moved:
        status_code = 302
        headers: ClassVar = {"Location": "http://elsewhere/file"}

    monkeypatch.setattr(client, "_ask", lambda url, start: Moved())
    monkeypatch.setattr(client, "discard", lambda response: None)
    with pytest.raises(RefusedRedirectError, match="http://elsewhere/file"):
        client.get("https://here/file")


def test_credentials_go_to_their_server_only() -> None:
    with server.Archive(dict(FILES)) as elsewhere, server.Archive(dict(FILES), password="bWU6c2VjcmV0") as source:
        credentials = Credentials("me", "secret", origin_of(source.url))
        assert base64.b64decode("bWU6c2VjcmV0") == b"me:secret"
        assert "secret" not in repr(credentials)
        source.faults["a.txt"] = [server.status(302, Location=elsewhere.url + "b.txt")]
        with Client(timeout_s=5, credentials=credentials) as client:
            assert read(client.get(source.url + "b.txt")) == b"second"
            assert read(client.get(source.url + "a.txt")) == b"second"
        with Client(timeout_s=5) as client:
            answer = client.get(source.url + "b.txt")
            assert answer.status_code == 401
            client.discard(answer)
        ((path, headers),) = elsewhere.headers
        assert path == "b.txt"
        assert "Authorization" not in headers


def test_a_proxy_is_asked_for_everything_but_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with server.Archive(dict(FILES)) as source:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, source.url.replace("http://", "http://me:p%40ss@").rstrip("/").split("/files")[0])
        monkeypatch.setenv("no_proxy", "direct.example")
        with Client(timeout_s=5) as client:
            answer = client.get("http://archive.example/files/ptb-xl/1.0.3/a.txt")
            assert answer.status_code == 404  # the toy is no proxy: it is asked for the whole address
            client.discard(answer)
            path, headers = source.headers[-1]
            assert path == "http://archive.example/files/ptb-xl/1.0.3/a.txt"
            assert base64.b64decode(headers["Proxy-Authorization"].split()[1]) == b"me:p@ss"
            assert headers["Host"] == "archive.example"
            with pytest.raises(requests.exceptions.ProxyError, match="Tunnel connection failed: 501"):
                client.get("https://archive.example/a.txt")
            assert read(client.get(source.url + "a.txt")) == b"first"
            assert "Proxy-Authorization" not in source.headers[-1][1]
            monkeypatch.setattr(urllib3.connection.HTTPConnection, "connect", refuse)
            with pytest.raises(requests.ConnectionError, match=r"direct\.example"):
                client.get("http://direct.example/")


def refuse(connection: urllib3.connection.HTTPConnection) -> None:
    raise ConnectionRefusedError(connection.host)


def test_a_reading_thread_is_woken() -> None:
    released = threading.Event()
    with server.Archive(dict(FILES)) as source, Client(timeout_s=20) as client:
        client.abort()  # nothing to wake yet
        source.always["a.txt"] = server.hang(10, released)
        answer = client.get(source.url + "a.txt")
        threading.Timer(0.1, client.abort).start()
        assert len(answer.raw.read(3)) < 3
        released.set()


class TestOneFile:
    """What only a client of our own making can do to a file."""

    def fetcher(self, tmp_path: Path, pace: Pace, failure: Exception) -> FileFetcher:
        class Failing(Client):
            def get(self, url: str, *, start: int = 0) -> requests.Response:
                raise failure

        return FileFetcher(
            Failing(),
            base_url="https://archive.example/",
            folder=tmp_path,
            patience=Patience(sleep=lambda s: None),
            pace=pace,
            free=free_bytes,
        )

    def test_a_certificate_that_cannot_be_trusted_ends_all(self, tmp_path: Path) -> None:
        cause = ssl.SSLCertVerificationError("certificate verify failed")
        cause.verify_message = "self-signed certificate"
        error = requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(None, "/", cause))  # type: ignore[arg-type]
        with pytest.raises(StopAllError, match="self-signed certificate"):
            self.fetcher(tmp_path, Pace(None), error).fetch(Wanted("a.txt", "0" * 64))

    def test_a_failure_after_the_end_is_the_end(self, tmp_path: Path) -> None:
        pace = Pace(None)
        fetcher = self.fetcher(tmp_path, pace, ConnectionResetError())
        # the connection is cut by the one who stops, after this thread has begun to wait for its turn
        pace.wait_turn = pace.stop.set  # type: ignore[method-assign]
        with pytest.raises(StoppedError):
            fetcher.fetch(Wanted("a.txt", "0" * 64))

    def test_nothing_begins_after_the_end(self, tmp_path: Path) -> None:
        pace = Pace(None)
        pace.stop.set()
        with pytest.raises(StoppedError):
            self.fetcher(tmp_path, pace, ConnectionResetError()).fetch(Wanted("a.txt", "0" * 64))

    def test_a_name_that_the_disk_cannot_hold_costs_one_file(self, tmp_path: Path) -> None:
        fetcher = self.fetcher(tmp_path, Pace(lambda s: None), ConnectionResetError())
        outcome = fetcher.fetch(Wanted("a" * 300, "0" * 64))
        assert (outcome.state, outcome.reason) == ("missing", "it cannot be read or written here: File name too long")

    def test_a_folder_that_cannot_be_made_costs_one_file(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_text("a file where a folder should be")
        fetcher = self.fetcher(tmp_path, Pace(lambda s: None), ConnectionResetError())
        outcome = fetcher.fetch(Wanted("a/b.txt", "0" * 64))
        assert outcome.reason.startswith("it cannot be read or written here: ")
        assert not outcome.server_failed

    def test_an_error_of_the_disk_is_not_tried_again(self, tmp_path: Path) -> None:
        (tmp_path / "b.txt.part").mkdir()
        with server.Archive(dict(FILES)) as source, Client(timeout_s=5) as client:
            fetcher = FileFetcher(
                client,
                base_url=source.url,
                folder=tmp_path,
                patience=Patience(sleep=lambda s: None),
                pace=Pace(lambda s: None),
                free=free_bytes,
            )
            outcome = fetcher.fetch(Wanted("b.txt", "0" * 64))
            assert outcome.reason == "it cannot be read or written here: Is a directory"
            assert fetcher.fetch(Wanted(LIST_NAME, None)).state == "fetched"
