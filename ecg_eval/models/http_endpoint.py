"""A model behind an address: our documented JSON, or MLflow's scoring server (``mlflow models serve``)."""

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Recordings
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.errors import ConfigError
from ecg_eval.models._parts.network_input import Batch
from ecg_eval.models._parts.outside_network import Outputs, OutsideNetwork

_PROTOCOLS = ("ecg_eval", "mlflow")
_PASSING = (429, 500, 502, 503, 504)
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 30.0
_MAX_ANSWER_BYTES = 1 << 26


class _NoAnswerError(Exception):
    """A batch without an answer; its message says why.

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


class HttpEndpoint(OutsideNetwork):
    """A model that answers over HTTP.

    The protocol "ecg_eval" sends ``{"findings": [...], "leads": [...], "sampling_rate_hz": 100, "signals": [...]}``,
    signals of shape (n, *input.shape), and expects ``{"scores": [[...], ...]}``, one row a signal and one column an
    output, null where it cannot answer. The protocol "mlflow" sends ``{"inputs": signals}`` and expects
    ``{"predictions": [[...], ...]}``.

    A batch that is not answered costs its own readings only, each with the reason in the model's card. Busy and failing
    servers (429, 500, 502, 503, 504), broken connections and answers that are no JSON are tried again, with growing
    waits.

    Parameters
    ----------
    url : str
    outputs, input, trained_on, spelling, activation, batch
        As for every outside network (``_parts/outside_network.py``).
    protocol : str
        "ecg_eval" or "mlflow".
    timeout_s : float
        For one answer, from its first byte to its last.
    tries : int
    """

    def __init__(
        self,
        url: str,
        *,
        outputs: Sequence[str | None],
        input: Mapping[str, Any],
        trained_on: Sequence[str],
        spelling: str = "code",
        activation: str = "none",
        batch: int = 32,
        protocol: str = "ecg_eval",
        timeout_s: float = 60,
        tries: int = 4,
    ) -> None:
        super().__init__(
            outputs=outputs, input=input, trained_on=trained_on, spelling=spelling, activation=activation, batch=batch
        )
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(self.name, "url", "an http or https address", url)
        if parts.password:
            remedy = "Put credentials into ~/.netrc, which is read for the host."
            raise ConfigError(self.name, "url", "without a password", f"{parts.scheme}://...@{parts.hostname}", remedy)
        if protocol not in _PROTOCOLS:
            raise ConfigError(self.name, "protocol", f"one of {', '.join(_PROTOCOLS)}", protocol)
        self.url, self.protocol = url, protocol
        self.timeout_s, self.tries = float(timeout_s), max(int(tries), 1)
        self._not_answered: Counter[str] = Counter()

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return the answers; NaN for recordings whose batch was not answered."""
        self._not_answered = Counter()
        return super().scores(recordings, findings)

    def forward(self, windows: Batch) -> Outputs:
        """Return the answers to a batch; NaN throughout, with the reason counted, where there is none."""
        reason = ""
        for attempt in range(self.tries):
            try:
                return self._asked(windows)
            except _NoAnswerError as error:
                reason = str(error)
                if not error.is_passing or attempt + 1 == self.tries:
                    break
                time.sleep(min(error.wait_s or _FIRST_WAIT_S * 2**attempt, _LONGEST_WAIT_S))
        self._not_answered[reason] += len(windows)
        return np.full((len(windows), len(self.outputs)), np.nan)

    def _asked(self, windows: Batch) -> Outputs:
        import requests

        body: dict[str, Any] = {"inputs": windows.tolist()}
        if self.protocol == "ecg_eval":
            about = {"leads": list(self.input.leads), "sampling_rate_hz": self.input.sampling_rate_hz}
            body = {"findings": list(self.outputs), **about, "signals": windows.tolist()}
        began = time.monotonic()
        try:
            with requests.post(self.url, json=body, timeout=self.timeout_s, stream=True) as response:
                if response.status_code != requests.codes.ok:
                    raise _refused(response.status_code, response.headers.get("Retry-After", ""))
                content = bytearray()
                for chunk in response.iter_content(1 << 16):
                    content += chunk
                    if len(content) > _MAX_ANSWER_BYTES:
                        raise _NoAnswerError(f"the answer is larger than {_MAX_ANSWER_BYTES} bytes")
                    if time.monotonic() - began > self.timeout_s:
                        raise _NoAnswerError(f"no whole answer within {self.timeout_s:g} s")
        except requests.Timeout:
            raise _NoAnswerError(f"no answer within {self.timeout_s:g} s") from None
        except requests.RequestException as error:
            raise _NoAnswerError(f"the connection failed ({type(error).__name__})") from None
        return self._table(bytes(content), len(windows))

    def _table(self, content: bytes, n: int) -> Outputs:
        """Return the numbers of an answer, shape (n, n_outputs)."""
        key = "scores" if self.protocol == "ecg_eval" else "predictions"
        try:
            answer = json.loads(content)[key]
            table = np.array([[np.nan if x is None else float(x) for x in row] for row in answer], dtype=np.float64)
        except (ValueError, KeyError, TypeError):
            raise _NoAnswerError(f"the answer is no JSON with a table under {key!r}") from None
        if table.shape != (n, len(self.outputs)):
            raise _NoAnswerError(f"the answer has shape {table.shape} where ({n}, {len(self.outputs)}) was asked for")
        return table

    def card(self) -> ModelCard:
        """Return what every outside network states, the address's host, and what was not answered."""
        card = super().card().also(host=urlsplit(self.url).hostname or "", protocol=self.protocol)
        return replace(card, counts={**card.counts, "not_answered": dict(self._not_answered)})


def _refused(status: int, retry_after: str) -> _NoAnswerError:
    wait_s = float(retry_after[:6]) if retry_after.isdecimal() else 0.0
    return _NoAnswerError(f"the server answered {status}", is_passing=status in _PASSING, wait_s=wait_s)
