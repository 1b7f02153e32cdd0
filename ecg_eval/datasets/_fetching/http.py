"""HTTP for downloads, by requests: one client a thread that keeps its connections and follows the redirects it may.

Connections are kept because PTB-XL is 87,000 small files: a new TLS handshake for each would take most of the time.
Redirects are followed here rather than by requests, so that none leaves https and credentials stay with their server.
"""

import ipaddress
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth

MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_HEADERS = {"User-Agent": "ecg-eval (Python; research download)", "Accept-Encoding": "identity"}
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


def retry_after_s(headers: Mapping[str, str], now_s: float | None = None) -> float | None:
    """Return how long a server asks to wait, in seconds, from Retry-After as a number or a date; None if it does not.

    Parameters
    ----------
    headers : mapping of str to str
    now_s : float, optional
        Seconds since the epoch, for tests.
    """
    asked = headers.get("Retry-After", "").strip()
    if asked.isdecimal():
        return float(asked[:9])
    try:
        when_s = parsedate_to_datetime(asked).timestamp()
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
        self._session = requests.Session()
        self._session.headers.update(_HEADERS)
        self._response: requests.Response | None = None

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; the next request opens a new one."""
        if self._response is not None:
            self._response.close()
        self._session.close()

    def abort(self) -> None:
        """Wake this client's thread from the answer that it is reading, from another thread."""
        if self._response is not None:
            with suppress(OSError, RuntimeError, ValueError):  # it has been read to its end already
                self._response.raw.shutdown()

    def get(self, url: str, *, start: int = 0) -> requests.Response:
        """Return the answer to a GET, its body unread, redirects followed; `start` > 0 asks for the rest from there on.

        Raises
        ------
        RefusedRedirectError
            When a redirect leaves http(s), goes from https to http, or never ends.
        requests.RequestException
            When the connection fails (an OSError).
        """
        for _ in range(MAX_REDIRECTS + 1):
            response = self._ask(url, start)
            location = response.headers.get("Location")
            if response.status_code not in _REDIRECTS or location is None:
                return response
            self.discard(response)
            target = urljoin(url, location)
            schemes = urlsplit(url).scheme, urlsplit(target).scheme
            if schemes[1] not in ("http", "https") or schemes == ("https", "http"):
                raise RefusedRedirectError(f"it redirects to {target[:200]}, which is not followed")
            url = target
        raise RefusedRedirectError(f"it redirects more than {MAX_REDIRECTS} times")

    def discard(self, response: requests.Response) -> None:
        """Read what little is left of an answer that is not wanted, so that its connection can be used again."""
        response.raw.read(_DRAIN_BYTES)
        response.close()

    def _ask(self, url: str, start: int) -> requests.Response:
        host = urlsplit(url).hostname or ""
        self._response = self._session.get(
            url,
            headers={"Range": f"bytes={start}-"} if start else {},
            auth=self._authorization(url),
            proxies={"no_proxy": host} if is_loopback(host) else None,
            timeout=self._timeout_s,
            allow_redirects=False,
            stream=True,
        )
        return self._response

    def _authorization(self, url: str) -> AuthBase:
        if self._credentials is not None and origin_of(url) == self._credentials.origin:
            return HTTPBasicAuth(self._credentials.username.encode(), self._credentials.password.encode())
        return _Unsigned()


class _Unsigned(AuthBase):
    """No credentials at all: with None, requests would send what the user's .netrc holds for the host."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request
