"""Asking a server that may be busy, slow or wrong: one question, tried again with growing waits, never for ever."""

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

_PASSING = (408, 429, 500, 502, 503, 504)
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 30.0
_MAX_ANSWER_BYTES = 1 << 26

Answer = TypeVar("Answer")


class NoAnswerError(Exception):
    """A question without an answer; its message says why.

    Attributes
    ----------
    is_passing : bool
        Whether another try may help.
    wait_s : float
        How long the server asks to wait; 0 where it does not.
    """

    def __init__(self, why: str, *, is_passing: bool = True, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.is_passing, self.wait_s = is_passing, wait_s


def ask_again(ask: Callable[[], Answer], *, tries: int) -> Answer:
    """Return the first answer of at most `tries`, with growing waits in between.

    Raises
    ------
    NoAnswerError
        Of the last try, or of the first that another try would not help.
    """
    for attempt in range(1, tries):
        try:
            return ask()
        except NoAnswerError as error:
            if not error.is_passing:
                raise
            time.sleep(min(error.wait_s or _FIRST_WAIT_S * 2 ** (attempt - 1), _LONGEST_WAIT_S))
    return ask()


def post_json(
    url: str, body: Mapping[str, object], *, timeout_s: float, headers: Mapping[str, str] | None = None
) -> bytes:
    """Return what a server answers to a JSON body, all of it within `timeout_s`.

    Raises
    ------
    NoAnswerError
        For another status than 200, a broken connection, and an answer that is too large or too slow.
    """
    import requests

    began = time.monotonic()
    try:
        with requests.post(url, json=body, headers=headers, timeout=timeout_s, stream=True) as response:
            if response.status_code != requests.codes.ok:
                raise _refused(response.status_code, response.headers.get("Retry-After", ""))
            content = bytearray()
            for chunk in response.iter_content(1 << 16):
                content += chunk
                if len(content) > _MAX_ANSWER_BYTES:
                    raise NoAnswerError(f"the answer is larger than {_MAX_ANSWER_BYTES} bytes")
                if time.monotonic() - began > timeout_s:
                    raise NoAnswerError(f"no whole answer within {timeout_s:g} s")
            return bytes(content)
    except requests.Timeout:
        raise NoAnswerError(f"no answer within {timeout_s:g} s") from None
    except requests.RequestException as error:
        raise NoAnswerError(f"the connection failed ({type(error).__name__})") from None


def _refused(status: int, retry_after: str) -> NoAnswerError:
    wait_s = float(retry_after[:6]) if retry_after.isdecimal() else 0.0
    return NoAnswerError(f"the server answered {status}", is_passing=status in _PASSING, wait_s=wait_s)
