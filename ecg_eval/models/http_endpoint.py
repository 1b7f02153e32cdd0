"""A model behind an address: our documented JSON, or MLflow's scoring server (``mlflow models serve``)."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Recordings
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.findings import CANONICAL
from ecg_eval.errors import ConfigError
from ecg_eval.models._parts.asking import NoAnswerError, ask_again, post_json
from ecg_eval.models._parts.network_input import Batch
from ecg_eval.models._parts.outside_network import Outputs, OutsideNetwork

_PROTOCOLS = ("ecg_eval", "mlflow")


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

    works_elsewhere = True

    def __init__(
        self,
        url: str,
        *,
        outputs: Sequence[str | None],
        input: Mapping[str, object],
        trained_on: Sequence[str],
        spelling: str = CANONICAL,
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
        try:
            return ask_again(lambda: self._asked(windows), tries=self.tries)
        except NoAnswerError as error:
            self._not_answered[str(error)] += len(windows)
            return np.full((len(windows), len(self.outputs)), np.nan)

    def _asked(self, windows: Batch) -> Outputs:
        body: dict[str, object] = {"inputs": windows.tolist()}
        if self.protocol == "ecg_eval":
            about = {"leads": list(self.input.leads), "sampling_rate_hz": self.input.sampling_rate_hz}
            body = {"findings": list(self.outputs), **about, "signals": windows.tolist()}
        return self._table(post_json(self.url, body, timeout_s=self.timeout_s), len(windows))

    def _table(self, content: bytes, n: int) -> Outputs:
        """Return the numbers of an answer, shape (n, n_outputs)."""
        key = "scores" if self.protocol == "ecg_eval" else "predictions"
        try:
            answer = json.loads(content)[key]
            table = np.array([[np.nan if x is None else float(x) for x in row] for row in answer], dtype=np.float64)
        except (ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError):
            raise NoAnswerError(f"the answer is no JSON with a table under {key!r}") from None
        if table.shape != (n, len(self.outputs)):
            raise NoAnswerError(f"the answer has shape {table.shape} where ({n}, {len(self.outputs)}) was asked for")
        return table

    def card(self) -> ModelCard:
        """Return what every outside network states, the address's host, and what was not answered."""
        card = super().card().also(host=urlsplit(self.url).hostname or "", protocol=self.protocol)
        return replace(card, counts={**card.counts, "not_answered": dict(self._not_answered)})
