"""HTTP for downloads: one client a thread that keeps its connections, follows redirects within http(s), and resumes.

Connections are kept because PTB-XL is 87,000 small files: a new TLS handshake for each would take most of the time.
The standard library's ``http.client`` does that; ``urllib.request`` does not.
"""

import base64
import http.client
import ipaddress
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parsedate_to_datetime
from types import TracebackType
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_USER_AGENT = "ecg-eval (Python; research download)"
_DRAIN_BYTES = 65_536


class RefusedRedirectError(Exception):
    """A server sent us where we do not go; its message says where."""


@dataclass(frozen=True)
class Credentials:
    """A user name and a password for one server; the password is never shown.

    Attributes
    ----------
    origin : tuple of (str, str)
        Scheme and host[:port] that they are for; no other server ever sees them.
    """

    username: str
    password: str = field(repr=False)
    origin: tuple[str, str]

    def header(self) -> str:
        """Return the value of the Authorization header (Basic, RFC 7617)."""
        return _basic(self.username, self.password)


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


def origin_of(url: str) -> tuple[str, str]:
    """Return scheme and host[:port] of an address, without user information."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.rpartition("@")[2].lower()


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def retry_after_s(headers: Message, now_s: float | None = None) -> float | None:
    """Return how long a server asks to wait, in seconds, from Retry-After as a number or a date; None if it does not.

    Parameters
    ----------
    headers : Message
    now_s : float, optional
        Seconds since the epoch, for tests.
    """
    said = headers.get("Retry-After", "").strip()
    if said.isdecimal():
        return float(said[:9])
    try:
        when_s = parsedate_to_datetime(said).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(0.0, when_s - (time.time() if now_s is None else now_s))


class Client:
    """Gets files by HTTP, for one thread.

    Parameters
    ----------
    timeout_s : float
        How long one read or connect may hang.
    credentials : Credentials, optional
    """

    def __init__(self, *, timeout_s: float = 60, credentials: Credentials | None = None) -> None:
        self._timeout_s = timeout_s
        self._credentials = credentials
        self._connections: dict[tuple[str, str], http.client.HTTPConnection] = {}
        self._proxies = getproxies()
        self._socket: socket.socket | None = None

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; the next request opens a new one."""
        for connection in self._connections.values():
            connection.close()

    def abort(self) -> None:
        """Wake this client's thread from whatever it is reading, from another thread."""
        if self._socket is not None:
            with suppress(OSError):
                # the plain socket's own shutdown: that of TLS would first talk to the server
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def get(self, url: str, *, start: int = 0) -> http.client.HTTPResponse:
        """Return the answer to a GET, redirects followed; `start` > 0 asks for the rest from that byte on.

        Raises
        ------
        RefusedRedirectError
            When a redirect leaves http(s), goes from https to http, or never ends.
        OSError, http.client.HTTPException
            When the connection fails.
        """
        for _ in range(MAX_REDIRECTS + 1):
            response = self._ask(url, start)
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or location is None:
                return response
            self.discard(response)
            target = urljoin(url, quote(location, safe="%/:=&?~#+!$,;'@()*[]"))
            schemes = urlsplit(url).scheme, urlsplit(target).scheme
            if schemes[1] not in ("http", "https") or schemes == ("https", "http"):
                raise RefusedRedirectError(f"it redirects to {target[:200]}, which is not followed")
            url = target
        raise RefusedRedirectError(f"it redirects more than {MAX_REDIRECTS} times")

    def discard(self, response: http.client.HTTPResponse) -> None:
        """Read what little is left of an answer that is not wanted, so that its connection can be used again."""
        response.read(_DRAIN_BYTES)
        if not response.isclosed():
            response.close()
            self.close()

    def _ask(self, url: str, start: int) -> http.client.HTTPResponse:
        """Send one request; a kept connection that the server has closed meanwhile is opened anew, once."""
        parts = urlsplit(url)
        connection, target, headers = self._route(parts)
        headers |= {"User-Agent": _USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        if self._credentials is not None and origin_of(url) == self._credentials.origin:
            headers["Authorization"] = self._credentials.header()
        was_kept = connection.sock is not None
        try:
            return self._exchange(connection, target, headers)
        except (ConnectionError, http.client.BadStatusLine, http.client.ImproperConnectionState):
            connection.close()
            if not was_kept:
                raise
            return self._exchange(connection, target, headers)

    def _route(self, parts: SplitResult) -> tuple[http.client.HTTPConnection, str, dict[str, str]]:
        """Return the connection for an address, what to ask it for, and headers for a proxy on the way."""
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host = parts.hostname or ""
        proxy = None if is_loopback(host) or proxy_bypass(host) else self._proxies.get(parts.scheme)
        through = urlsplit(proxy if "://" in proxy else f"http://{proxy}") if proxy else None
        authorization = {}
        if through is not None and through.username is not None:
            said = _basic(unquote(through.username), unquote(through.password or ""))
            authorization["Proxy-Authorization"] = said
        key = (parts.scheme, parts.netloc)
        connection = self._connections.get(key)
        if connection is None:
            connection = self._connect(parts, through, authorization)
            self._connections[key] = connection
        if through is not None and parts.scheme == "http":
            return connection, parts._replace(fragment="").geturl(), authorization
        return connection, path, {}

    def _connect(
        self, parts: SplitResult, through: SplitResult | None, authorization: dict[str, str]
    ) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        if through is None:
            return kind(parts.hostname or "", parts.port, timeout=self._timeout_s)
        connection = kind(through.hostname or "", through.port or 80, timeout=self._timeout_s)
        if parts.scheme == "https":
            connection.set_tunnel(parts.hostname or "", parts.port or 443, headers=authorization)
        return connection

    def _exchange(
        self, connection: http.client.HTTPConnection, target: str, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        connection.request("GET", target, headers=headers)
        self._socket = connection.sock
        return connection.getresponse()
