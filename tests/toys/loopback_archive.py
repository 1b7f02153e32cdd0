"""A public archive on this machine, in PhysioNet's layout, whose server misbehaves when a test asks it to."""

import hashlib
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

BASE = "/files/ptb-xl/1.0.3/"

# handler, file's path, its content -> whether the request was answered
Fault = Callable[["_Handler", str, bytes], bool]


@dataclass
class Archive:
    """Files by their path, and what goes wrong with them.

    Attributes
    ----------
    files : dict of str to bytes
        SHA256SUMS.txt is made from them unless it is among them.
    faults : dict of str to list of faults
        Path -> what happens at its first, second, ... request; a request past the list is answered well.
    always : dict of str to fault
        Path -> what happens every time.
    ranges : bool
        Whether Range is understood.
    password : str or None
        "user:password" in base64 that every request must bring.
    """

    files: dict[str, bytes]
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    always: dict[str, Fault] = field(default_factory=dict)
    ranges: bool = True
    password: str | None = None
    asked: Counter[str] = field(default_factory=Counter)
    headers: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""
    sockets: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.files.setdefault("SHA256SUMS.txt", sums(self.files))

    def __enter__(self) -> "Archive":
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"archive": self}))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_port}{BASE}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def close_connections(self) -> None:
        """Hang up on every client, as a server does that has waited long enough."""
        for kept in self.sockets:
            kept.shutdown(socket.SHUT_RDWR)


def sums(files: Mapping[str, bytes]) -> bytes:
    """Return SHA256SUMS.txt in PhysioNet's form."""
    return "".join(f"{hashlib.sha256(body).hexdigest()} {path}\n" for path, body in files.items()).encode()


def ptb_xl_files(n: int = 6) -> dict[str, bytes]:
    """Return a small archive that looks like PTB-XL: a table, and recordings of two rates."""
    rows = ["ecg_id,patient_id,strat_fold,filename_lr,filename_hr"]
    files: dict[str, bytes] = {"LICENSE.txt": b"free", "ptbxl_database.csv": b""}
    for i in range(1, n + 1):
        stems = [f"records{rate}/00000/{i:05d}_{letters}" for rate, letters in ((100, "lr"), (500, "hr"))]
        rows.append(f"{i},{i}.0,{(i - 1) % 3 + 1},{stems[0]},{stems[1]}")
        for stem, size in zip(stems, (2_400, 200_000), strict=True):
            files[f"{stem}.hea"] = f"{stem} 12".encode()
            files[f"{stem}.dat"] = bytes((i * 7 + k) % 251 for k in range(1000)) * (size // 1000)
    files["ptbxl_database.csv"] = ("\n".join(rows) + "\n").encode()
    return files


class _Handler(BaseHTTPRequestHandler):
    archive: Archive
    protocol_version = "HTTP/1.1"
    timeout = 5
    disable_nagle_algorithm = (
        True  # headers and body are two writes: the second would wait 40 ms for an acknowledgement
    )

    def setup(self) -> None:
        super().setup()
        self.archive.sockets.append(self.connection)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        archive = self.archive
        path = unquote(self.path).removeprefix(BASE)
        archive.asked[path] += 1
        archive.headers.append((path, dict(self.headers)))
        body = archive.files.get(path)
        if archive.password and self.headers.get("Authorization") != f"Basic {archive.password}":
            return self.answer(401)
        turn = archive.faults.get(path, [])[archive.asked[path] - 1 :][:1]
        for fault in [*turn, *filter(None, [archive.always.get(path)])]:
            if fault(self, path, body or b""):
                return None
        return self.answer(404) if body is None else self.serve(body)

    def answer(self, status: int, body: bytes = b"no", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def serve(self, body: bytes) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked is None or not self.archive.ranges:
            return self.answer(200, body)
        start = int(asked[1])
        if start >= len(body):
            return self.answer(416, b"", Content_Range=f"bytes */{len(body)}")
        return self.answer(206, body[start:], Content_Range=f"bytes {start}-{len(body) - 1}/{len(body)}")


def status(code: int, body: bytes = b"no", **headers: str) -> Fault:
    """Answer with a status, such as 503 with Retry_After, or a redirect with Location."""

    def fault(handler: _Handler, path: str, content: bytes) -> bool:
        handler.answer(code, body, **headers)
        return True

    return fault


def truncated(keep: int) -> Fault:
    """Promise all of what was asked for, send so many bytes of it, and close."""

    def fault(handler: _Handler, path: str, content: bytes) -> bool:
        asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        handler.send_response(206 if asked else 200)
        if asked:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        handler.send_header("Content-Length", str(len(content) - start))
        handler.end_headers()
        handler.wfile.write(content[start : start + keep])
        handler.close_connection = True
        return True

    return fault


def reset(handler: _Handler, path: str, content: bytes) -> bool:
    """Reset the connection in the middle of the body."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2])
    handler.wfile.flush()
    # no lingering: the kernel sends RST instead of FIN
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True
    handler.rfile = handler.wfile = open("/dev/null", "r+b")  # noqa: PTH123, SIM115 - what is left to flush goes nowhere
    return True


def other_bytes(handler: _Handler, path: str, content: bytes) -> bool:
    """Serve another content of the same length."""
    handler.answer(200, bytes(255 - byte for byte in content))
    return True


def hang(seconds: float, released: threading.Event) -> Fault:
    """Send half the body, then wait until released, at most so many seconds."""

    def fault(handler: _Handler, path: str, content: bytes) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[: len(content) // 2])
        handler.wfile.flush()
        released.wait(seconds)
        handler.close_connection = True
        return True

    return fault
